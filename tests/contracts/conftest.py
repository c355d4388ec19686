"""A fresh, migrated database for each test, on every engine there is."""

import asyncio
import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from careline.storage.migrate import upgrade
from tests.contracts.scheduling_kinds import calendars as calendars
from tests.contracts.world import postgres_execute

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "careline.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: Callable[[str], str]) -> str:
    """The name of a database that others are copied from."""
    asyncio.run(postgres_execute(postgres_server("postgres"), "CREATE DATABASE migrated"))
    upgrade(postgres_server("migrated"))
    return "migrated"


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    shutil.copy(migrated_sqlite, tmp_path / "careline.db")
    return f"sqlite:///{tmp_path / 'careline.db'}"


@pytest.fixture
def migrated_postgres_url(migrated_postgres: str, postgres_server: Callable[[str], str]) -> Iterator[str]:
    name = f"contract_{next(_numbers)}"
    maintenance = postgres_server("postgres")
    asyncio.run(postgres_execute(maintenance, f"CREATE DATABASE {name} TEMPLATE {migrated_postgres}"))
    yield postgres_server(name)
    asyncio.run(postgres_execute(maintenance, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    fixture = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    url: str = request.getfixturevalue(fixture)
    return url
