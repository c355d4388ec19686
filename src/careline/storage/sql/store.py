"""The Store port on a Database."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, select, text

from careline.domain.conversation import Conversation, Incoming, Message, Person
from careline.domain.errors import LeaseLost
from careline.ports import Claim, Exchange, Finish, Lease, Page, Receipt, StoredTurn
from careline.storage.sql import claims, reading, sessions
from careline.storage.sql.accept import accept
from careline.storage.sql.database import Database
from careline.storage.sql.exchanges import import_exchange
from careline.storage.sql.finish import finish, was_finished
from careline.storage.sql.ids import observe
from careline.storage.sql.tables import messages, turns

NEWEST = tuple(select(table.c.id).order_by(table.c.id.desc()).limit(1) for table in (messages, turns))


class SqlStore:
    """`careline.ports.Store` on SQLite or PostgreSQL, with what staff read besides."""

    def __init__(self, database: Database, session_ttl: int = 86_400) -> None:
        """`session_ttl` is the time to live of new sessions, in seconds."""
        self.database = database
        self._session_ttl = session_ttl

    async def open(self) -> None:
        """Makes this process's ids follow the stored ones, even if the clock was set back since."""
        for newest in await self.database.read(lambda conn: [conn.execute(query).scalar() for query in NEWEST]):
            if newest is not None:
                observe(newest)

    async def accept(self, incoming: Incoming, now: datetime, lease: Lease) -> Receipt:
        return await self.database.write(
            partial(accept, incoming=incoming, now=now, lease=lease, session_ttl=self._session_ttl)
        )

    async def finish(self, finish_: Finish, next_lease: Lease) -> Claim | None:
        def work(conn: Connection) -> Claim | None:
            return finish(conn, finish_, next_lease)

        try:
            return await self.database.write(work)
        except LeaseLost:
            return await self.database.read(partial(was_finished, done=finish_, owner=next_lease.owner))

    async def cancel_queued(self, turn_id: str, at: datetime, events: bytes) -> bool:
        return await self.database.write(partial(claims.cancel_queued, turn_id=turn_id, at=at, events=events))

    async def renew(self, lease: Lease, turn_ids: Sequence[str]) -> None:
        await self.database.write(partial(claims.renew, lease=lease, turn_ids=turn_ids))

    async def take_over(
        self, now: datetime, lease: Lease, limit: int, *, everything: bool = False, but: Collection[str] = ()
    ) -> list[Claim]:
        work = partial(claims.take_over, now=now, lease=lease, limit=limit, everything=everything, but=frozenset(but))
        return await self.database.write(work)

    async def turn(self, turn_id: str) -> StoredTurn:
        return await self.database.read(partial(reading.stored_turn, turn_id=turn_id))

    async def latest_turn(self, channel: str, address: str, thread: str | None = None) -> StoredTurn | None:
        return await self.database.read(partial(reading.latest_turn, channel=channel, address=address, thread=thread))

    async def person(self, address: str) -> Person | None:
        return await self.database.read(partial(reading.person, address=address))

    async def session(self, channel: str, address: str) -> Conversation | None:
        return await self.database.read(partial(sessions.session, channel=channel, address=address))

    async def set_session_ttl(self, conversation_id: str, seconds: int) -> None:
        work = partial(sessions.set_session_ttl, conversation_id=conversation_id, seconds=seconds)
        await self.database.write(work)

    async def history(self, person_id: str, before: str | None, limit: int) -> Page[Message]:
        return await self.database.read(partial(reading.history, person_id=person_id, before=before, limit=limit))

    async def exchanges(
        self, conversation_id: str, before: str, after: str | None = None, limit: int = 30
    ) -> tuple[Message, ...]:
        """See `careline.ports.History`."""
        work = partial(reading.exchanges, conversation_id=conversation_id, before=before, after=after, limit=limit)
        return await self.database.read(work)

    async def end_expired(self, now: datetime, limit: int) -> list[str]:
        return await self.database.write(partial(sessions.end_expired, now=now, limit=limit))

    async def ping(self) -> None:
        await self.database.read(lambda conn: conn.execute(text("SELECT 1")).scalar_one())

    async def import_exchange(self, exchange: Exchange) -> bool:
        """Stores an exchange of the time without a database, once; False when it was stored before."""
        work = partial(import_exchange, exchange=exchange, session_ttl=self._session_ttl)
        return await self.database.write(work)

    # --- for staff ---

    async def conversations(
        self, before: str | None, limit: int, *, waiting: bool = False
    ) -> Page[reading.ListedConversation]:
        return await self.database.read(partial(reading.conversations, before=before, limit=limit, waiting=waiting))

    async def transcript(self, conversation_id: str) -> tuple[reading.ListedConversation, tuple[Message, ...]]:
        return await self.database.read(partial(reading.transcript, conversation_id=conversation_id))
