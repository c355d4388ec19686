"""What a page of history costs with few messages and with very many: the store's own call, in one process."""

import asyncio
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from careline.storage.migrate import upgrade
from careline.storage.sql.connect import open_database
from careline.storage.sql.store import SqlStore

if TYPE_CHECKING:
    pass

PAGE = 50
CALLS = 200
PERSON = "00000000-0000-7000-8000-000000000001"
COLUMNS = ("id", "user_id", "direction", "body", "created_at")


def message_id(number: int) -> str:
    """Time-ordered like real ones: 48 bits of time, then a counter."""
    return str(uuid.UUID(int=((1_700_000_000_000 + number) << 80) | (7 << 76) | (2 << 62) | number))


def page_costs(fresh_url: Callable[[], str], sizes: tuple[int, ...]) -> dict[int, tuple[float, float]]:
    """Seconds (median) for the newest page and for one in the middle, by the number of messages of the person."""
    costs = {}
    for size in sizes:
        url = fresh_url()
        upgrade(url)
        _fill(url, size)
        costs[size] = asyncio.run(_measure(url, size))
    return costs


@contextmanager
def sqlite() -> Iterator[Callable[[], str]]:
    """Each call tells the address of a new database file."""
    with tempfile.TemporaryDirectory(prefix="careline-bench-") as folder:
        numbers = count()
        yield lambda: f"sqlite:///{Path(folder) / f'history-{next(numbers)}.db'}"


def _fill(url: str, size: int) -> None:
    if url.startswith("sqlite"):
        _fill_sqlite(url.removeprefix("sqlite:///"), size)
    else:
        asyncio.run(_fill_postgres(url, size))


def _fill_sqlite(path: str, size: int) -> None:
    import sqlite3

    moment = "2026-01-01T00:00:00.000000Z"
    rows = ((message_id(n), PERSON, _direction(n), f"message {n}", moment) for n in range(size))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO users (id, phone_number) VALUES (?, 'chat_bench')", (PERSON,))
        names = ", ".join(COLUMNS)
        connection.executemany(f"INSERT INTO messages ({names}) VALUES (?, ?, ?, ?, ?)", rows)  # noqa: S608 - constant


async def _fill_postgres(url: str, size: int) -> None:
    import asyncpg

    moment = datetime(2026, 1, 1, tzinfo=UTC)
    connection: asyncpg.Connection = await asyncpg.connect(url)
    await connection.execute("INSERT INTO users (id, phone_number) VALUES ($1, 'chat_bench')", PERSON)
    rows = ((message_id(n), PERSON, _direction(n), f"message {n}", moment) for n in range(size))
    await connection.copy_records_to_table("messages", records=rows, columns=COLUMNS)
    await connection.execute("ANALYZE messages")
    await connection.close()


def _direction(number: int) -> str:
    return "outgoing" if number % 2 else "incoming"


async def _measure(url: str, size: int) -> tuple[float, float]:
    database = open_database(url)
    store = SqlStore(database)
    try:
        newest = await _median(store, None)
        middle = await _median(store, message_id(size // 2))
    finally:
        await database.close()
    return newest, middle


async def _median(store: SqlStore, before: str | None) -> float:
    taken = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        page = await store.history(PERSON, before, PAGE)
        taken.append(time.perf_counter() - begun)
        assert len(page.items) == PAGE
    return statistics.median(taken[CALLS // 10 :])
