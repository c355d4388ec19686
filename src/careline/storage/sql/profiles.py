"""Health profiles: one row for a person, with the facts and where each comes from."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

import msgspec
from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from careline.domain.errors import NotFound
from careline.domain.patient import Fact, KnownProfile, merge
from careline.storage.sql.consents import ANSWERS, may_remember
from careline.storage.sql.database import Database
from careline.storage.sql.ids import parse_id
from careline.storage.sql.tables import health_profiles as h
from careline.storage.sql.tables import users as u
from careline.storage.sql.types import Id, Json, UtcTime

_person = bindparam("person", type_=Id())

PERSON = select(u.c.id).where(u.c.id == _person)
STORED = select(h.c.facts).where(h.c.user_id == _person)
LOCKED = STORED.with_for_update()
BEGIN = {
    "sqlite": sqlite_insert(h).on_conflict_do_nothing(index_elements=["user_id"]),
    "postgresql": pg_insert(h).on_conflict_do_nothing(index_elements=["user_id"]),
}
REPLACE = (
    update(h)
    .where(h.c.user_id == _person)
    .values(facts=bindparam("new_facts", type_=Json()), updated_at=bindparam("at", type_=UtcTime()))
)
FORGET = delete(h).where(h.c.user_id == _person)


def remember_facts(conn: Connection, person_id: str, facts: Sequence[Fact], at: datetime) -> None:
    """Merges facts into a person's profile, in the caller's transaction, unless the person has refused that."""
    if facts and not _refused(conn, person_id):
        _merge(conn, person_id, facts, at)


class SqlProfiles:
    """`careline.ports.Profiles` on a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, person_id: str, today: date) -> KnownProfile:
        return await self._database.read(partial(_get, person_id=person_id, today=today))

    async def record(self, person_id: str, facts: Sequence[Fact], at: datetime) -> KnownProfile:
        def work(conn: Connection) -> KnownProfile:
            known = parse_id(person_id)
            if known is None or conn.execute(PERSON, {"person": known}).first() is None:
                raise NotFound("There is no such person.")
            _merge(conn, known, facts, at)
            return _get(conn, known, at.date())

        return await self._database.write(work)

    async def forget(self, person_id: str) -> None:
        known = parse_id(person_id)

        def work(conn: Connection) -> None:
            conn.execute(FORGET, {"person": known})

        if known is not None:
            await self._database.write(work)


def _get(conn: Connection, person_id: str, today: date) -> KnownProfile:
    known = parse_id(person_id)
    stored = conn.execute(STORED, {"person": known}).scalar_one_or_none() if known else None
    return _read(stored).from_storage().as_of(today)


def _merge(conn: Connection, person_id: str, facts: Sequence[Fact], at: datetime) -> None:
    """The row is made first and then locked, so that two turns of one person cannot lose each other's facts."""
    key = {"person": person_id}
    conn.execute(BEGIN[conn.dialect.name], {"user_id": person_id, "facts": [], "updated_at": at})
    stored = _read(conn.execute(LOCKED, key).scalar_one())
    merged = merge(stored, KnownProfile(tuple(facts)).noted(at.date()))
    conn.execute(REPLACE, {**key, "new_facts": msgspec.to_builtins(merged.facts), "at": at})


def _refused(conn: Connection, person_id: str) -> bool:
    asked = conn.execute(ANSWERS, {"person": person_id}).first() is not None
    return asked and not may_remember(conn, person_id)


def _read(stored: object) -> KnownProfile:
    return KnownProfile(msgspec.convert(stored or (), tuple[Fact, ...]))
