"""What the store's tests are told in: a store on a fresh database, and short words for what happens to it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from careline.domain.conversation import Attachment, Incoming, Turn, TurnStatus
from careline.domain.effects import AnyEffect, Outcome
from careline.ports import Claim, Finish, Lease, Receipt
from careline.storage.sql.connect import open_database
from careline.storage.sql.outbox import SqlOutbox
from careline.storage.sql.store import SqlStore

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CHANNEL = "website"


def at(seconds: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(seconds=seconds)


def lease(owner: str = "a", until: float = 15) -> Lease:
    return Lease(owner, at(until))


class World:
    def __init__(self, url: str) -> None:
        self.url = url
        self.database = open_database(url)
        self.store = SqlStore(self.database)
        self.outbox = SqlOutbox(self.database)

    async def say(
        self,
        said: str = "hello",
        device: str = "one",
        *,
        id: str | None = None,  # noqa: A002
        when: float = 0,
        owner: str = "a",
        attachments: tuple[Attachment, ...] = (),
    ) -> Receipt:
        incoming = Incoming(CHANNEL, f"chat_{device}", said, attachments, id)
        return await self.store.accept(incoming, at(when), lease(owner, when + 15))

    async def answer(
        self,
        turn: Turn,
        reply: str | None = "good day",
        *effects: AnyEffect,
        when: float = 1,
        owner: str = "a",
        status: TurnStatus = "completed",
        outcome: Outcome | None = None,
        events: bytes = b"[]",
    ) -> Claim | None:
        done = Finish(turn, owner, status, reply, at(when), "anna", events, (), outcome, effects)
        return await self.store.finish(done, lease(owner, when + 15))

    async def exchange(self, *effects: AnyEffect, device: str = "one", when: float = 0, said: str = "hello") -> Turn:
        """A message and its answer."""
        turn = (await self.say(said, device, when=when)).turn
        await self.answer(turn, "good day", *effects, when=when + 1)
        return turn

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        return await self.database.read(lambda conn: list(conn.execute(text(sql), values).all()))

    async def one(self, sql: str, **values: Any) -> Any:
        (row,) = await self.rows(sql, **values)
        return row

    async def count(self, table: str) -> int:
        counted: int = (await self.one(f"SELECT count(*) FROM {table}"))[0]
        return counted


def story(scene: Callable[[World], Awaitable[None]]) -> Callable[[str], None]:
    """A test, on each engine, from a coroutine function that is given a world."""

    def test(database_url: str) -> None:
        play(database_url, scene)

    test.__doc__ = scene.__doc__
    return test


def play(url: str, scene: Callable[[World], Awaitable[None]]) -> None:
    async def scenes() -> None:
        world = World(url)
        try:
            await asyncio.wait_for(scene(world), 60)
        finally:
            await world.database.close()

    asyncio.run(scenes())


async def all_of(work: Iterable[Awaitable[Any]]) -> list[Any]:
    """What each returned or raised."""
    return list(await asyncio.gather(*work, return_exceptions=True))


async def postgres_execute(address: str, statement: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(address)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
