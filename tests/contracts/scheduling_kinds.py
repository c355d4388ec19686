"""The calendars under one contract: in memory, on SQLite, on PostgreSQL, each with people to book for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from careline.domain.booking import Booking, Slot, Visitor
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
ANN, BOB = PEOPLE[:2]
HERE, THERE = CONVERSATIONS[:2]
ADDRESSES = {person: f"chat_device-{index}" for index, person in enumerate(PEOPLE)}

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, 07:00 in Istanbul
MINUTES = timedelta(minutes=1)
LATER = NOW + 11 * MINUTES
"""When every hold of NOW has expired."""
JOHN = Visitor("John Doe", "hair_transplant", "john@example.com", "GB", "Europe/London", "en")
AYSE = Visitor("Ayşe Yılmaz", "rinoplasti", "+905321234567", None, "Europe/Istanbul", "tr")


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


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def calendars(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes a calendar of each kind, with people to book for."""
    if request.param == "memory":
        return in_memory
    url = sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    return in_database(url)


def at(hour: int, minute: int = 0, day: int = 23, provider: str = "elif") -> Slot:
    """The half hour from this time of day, UTC."""
    start = datetime(2026, 11, day, hour, minute, tzinfo=UTC)
    return Slot(start, start + 30 * MINUTES, provider, "consultation")


async def starts(scheduling: Scheduling, now: datetime = NOW, limit: int = 3) -> list[datetime]:
    return [slot.starts_at for slot in await scheduling.slots("consultation", None, now, limit)]


async def book(
    scheduling: Scheduling, slot: Slot, person: str = ANN, conversation: str = HERE, now: datetime = NOW
) -> Booking:
    name = f"{conversation}/{slot.starts_at}"
    hold = await scheduling.hold(slot, conversation, now, f"hold {name}")
    return await scheduling.confirm(hold, person, JOHN, conversation, now, f"confirm {name}")
