"""Bringing a database to the schema of this program."""

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, exc, text

from careline.domain.errors import SettingsInvalid
from careline.storage.migrations import HEAD, REVISIONS
from careline.storage.sql.connect import parse_url
from careline.storage.sql.failures import postgres_failure, sqlite_failures

_LOCK = 0x0CA7E11E
"""The key under which processes that start together upgrade one after the other (PostgreSQL)."""


def upgrade(url: str) -> None:
    """Runs the revisions that are missing, all or none. Cheap when there is none; not for an event loop's thread.

    Raises SettingsInvalid for a database of a newer program, StoreUnavailable when it cannot be reached.
    """
    parsed = parse_url(url)
    if parsed.drivername == "sqlite":
        _upgrade_sqlite(Path(parsed.database or ""))
    else:
        asyncio.run(_upgrade_postgres(parsed))


def is_current(conn: Connection) -> bool:
    """Whether the schema is this program's."""
    return revision_of(conn) == HEAD


def revision_of(conn: Connection) -> str | None:
    """The revision of the database, or None for an empty one."""
    if conn.dialect.has_table(conn, "alembic_version"):
        return conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None


def _upgrade_sqlite(path: Path) -> None:
    from careline.storage.sql.sqlite import sqlite_engine

    engine = sqlite_engine(path, 30.0)
    try:
        with sqlite_failures(), engine.connect() as conn:
            if not is_current(conn):
                conn.rollback()
                conn.exec_driver_sql("BEGIN IMMEDIATE")
                _run(conn)
                conn.commit()
    finally:
        engine.dispose()


async def _upgrade_postgres(url: Any) -> None:
    from careline.storage.sql.postgres import postgres_engine

    engine = postgres_engine(url)
    try:
        async with engine.connect() as conn:
            if not await conn.run_sync(is_current):
                await conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                await conn.run_sync(_run)
                await conn.commit()
    except (exc.SQLAlchemyError, OSError, TimeoutError) as error:
        failure = postgres_failure(error)
        if failure is error:
            raise
        raise failure from None
    finally:
        await engine.dispose()


def _run(conn: Connection) -> None:
    known = revision_of(conn)
    if known is not None and known not in REVISIONS:
        raise SettingsInvalid("The database in DATABASE_URL belongs to a newer version of Careline.")
    if known == HEAD:
        return
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": conn})
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
