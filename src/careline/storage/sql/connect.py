"""From a DATABASE_URL to a database."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from careline.domain.errors import SettingsInvalid
from careline.storage.sql.database import Database

_POSTGRES = {"postgres", "postgresql", "postgresql+asyncpg"}
_SQLITE = {"sqlite", "sqlite+pysqlite"}


def open_database(url: str, **options: Any) -> Database:
    """`sqlite:///path` or `postgresql://...` (also `postgres://`, `postgresql+asyncpg://`, `?host=/socket/folder`).

    Options go to SqliteDatabase or PostgresDatabase. Connects with the first use. Raises SettingsInvalid.
    """
    parsed = parse_url(url)
    if parsed.drivername == "sqlite":
        from careline.storage.sql.sqlite import SqliteDatabase

        return SqliteDatabase(Path(parsed.database or ""), **options)
    from careline.storage.sql.postgres import PostgresDatabase

    return PostgresDatabase(parsed, **options)


def parse_url(url: str) -> URL:
    """The address with one spelling of its scheme: `sqlite` or `postgresql+asyncpg`. Raises SettingsInvalid."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsInvalid("DATABASE_URL is not an address such as sqlite:///path or postgresql://...") from None
    if parsed.drivername in _SQLITE:
        if not parsed.database or parsed.database == ":memory:":
            raise SettingsInvalid("DATABASE_URL needs a file: sqlite:///path")
        return parsed.set(drivername="sqlite")
    if parsed.drivername in _POSTGRES:
        return parsed.set(drivername="postgresql+asyncpg")
    raise SettingsInvalid("DATABASE_URL must begin with sqlite:/// or postgresql://")
