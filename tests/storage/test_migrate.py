"""Bringing a database up to date: from nothing, again, at once, and never back."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from careline.domain.errors import SettingsInvalid, StoreUnavailable
from careline.storage.migrate import is_current, revision_of, upgrade
from careline.storage.migrations import HEAD, REVISIONS
from careline.storage.sql.connect import open_database, parse_url

Run = Callable[[Coroutine[Any, Any, Any]], Any]


def asked(run: Run, url: str, question: Callable[[Any], Any]) -> Any:
    async def ask() -> Any:
        database = open_database(url)
        try:
            return await database.read(question)
        finally:
            await database.close()

    return run(ask())


def test_an_empty_database_becomes_current_and_stays_so(run: Run, empty_url: str) -> None:
    assert asked(run, empty_url, revision_of) is None
    assert not asked(run, empty_url, is_current)
    upgrade(empty_url)
    assert asked(run, empty_url, is_current)
    upgrade(empty_url)
    assert asked(run, empty_url, revision_of) == HEAD


def test_programs_that_start_together_upgrade_once(run: Run, empty_url: str) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            upgrade(empty_url)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert asked(run, empty_url, is_current)


def test_the_database_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    upgrade(url)
    with sqlite3.connect(tmp_path / "new.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(SettingsInvalid, match="newer"):
        upgrade(url)


def test_a_revision_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "half.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE outbox (n INTEGER)")  # in the way of the last table of the first revision
    connection.close()
    with pytest.raises(Exception, match="outbox"):
        upgrade(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    connection.close()
    assert tables == ["outbox"]


def test_an_unreachable_database_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable):
        upgrade("postgresql://a:b@127.0.0.1:1/c")


def test_revisions_are_a_chain_in_the_order_of_their_names() -> None:
    from alembic.script import ScriptDirectory

    from careline.storage import migrations

    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == REVISIONS
    assert scripts.get_heads() == [HEAD]


def test_a_current_database_costs_no_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'current.db'}"
    upgrade(url)
    program = (
        "import sys; from careline.storage.migrate import upgrade;"
        f"upgrade({url!r}); print([m for m in sys.modules if m.startswith('alembic')])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///a.db", "sqlite"),
        ("postgres://u:p@h/d", "postgresql+asyncpg"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg"),
        ("postgresql+asyncpg://u:p@/d?host=/run/pg", "postgresql+asyncpg"),
    ],
)
def test_addresses_have_several_spellings(url: str, driver: str) -> None:
    assert parse_url(url).drivername == driver


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://u:s3cret@h/d", "sqlite://", "sqlite:///:memory:", "://"])
def test_other_addresses_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        parse_url(url)
    assert "s3cret" not in str(refused.value)
