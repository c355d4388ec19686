"""The calendars under one contract: in memory, on SQLite, on PostgreSQL, each with people to book for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert

from careline.ports import Scheduling
from careline.scheduling.calendar import Calendar
from careline.scheduling.memory import MemoryScheduling
from careline.storage.migrate import upgrade
from careline.storage.sql.bookings import SqlScheduling
from careline.storage.sql.connect import open_database
from careline.storage.sql.database import Database
from careline.storage.sql.ids import new_id
from careline.storage.sql.tables import users

PEOPLE = tuple(new_id() for _ in range(48))
CONVERSATIONS = tuple(new_id() for _ in range(48))
ADDRESSES = {person: f"chat_device-{index}" for index, person in enumerate(PEOPLE)}


class World(msgspec.Struct):
    """`database` is None in memory."""

    scheduling: Scheduling
    database: Database | None = None


Make = Callable[[Calendar], Any]


@asynccontextmanager
async def in_memory(calendar: Calendar) -> AsyncIterator[World]:
    yield World(MemoryScheduling(calendar, ADDRESSES))


def in_database(url: str) -> Make:
    """Upgrades the database at the address once, outside any loop."""
    upgrade(url)

    @asynccontextmanager
    async def make(calendar: Calendar) -> AsyncIterator[World]:
        database = open_database(url)
        try:
            rows = [
                {"id": p, "phone_number": a, "created_at": datetime(2026, 1, 1, tzinfo=UTC)}
                for p, a in ADDRESSES.items()
            ]
            await database.write(lambda conn: conn.execute(insert(users), rows) and None)
            yield World(SqlScheduling(database, calendar), database)
        finally:
            await database.close()

    return make


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'careline.db'}"


def play(make: Make, calendar: Calendar, story: Callable[[World], Coroutine[Any, Any, None]]) -> None:
    """Runs the story on a fresh calendar."""

    async def run() -> None:
        async with make(calendar) as world:
            await asyncio.wait_for(story(world), 60)

    asyncio.run(run())
