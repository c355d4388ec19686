"""Who runs which turn: claims, leases, takeovers, and turns taken back before they began."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, exists, or_, select, update

from careline.domain.errors import NotFound
from careline.ports import Claim, Lease
from careline.storage.sql import rows
from careline.storage.sql.ids import parse_id
from careline.storage.sql.tables import OPEN, QUEUED, RUNNING, open_in
from careline.storage.sql.tables import conversation_states as c
from careline.storage.sql.tables import messages as m
from careline.storage.sql.tables import turns as t
from careline.storage.sql.tables import users as u
from careline.storage.sql.types import Id, UtcTime

_conversation = bindparam("conversation", type_=Id())
_turn = bindparam("turn", type_=Id())
_owner = bindparam("owner", type_=t.c.lease_owner.type)
_until = bindparam("until", type_=UtcTime())
_at = bindparam("at", type_=UtcTime())

_oldest_queued = (
    select(t.c.id).where(t.c.conversation_id == _conversation, OPEN, QUEUED).order_by(t.c.id).limit(1).scalar_subquery()
)
CLAIM_NEXT = (
    update(t)
    .where(t.c.id == _oldest_queued, QUEUED)
    .values(status="running", lease_owner=_owner, lease_until=_until, started_at=_at)
    .returning(*t.c)
)
CLAIMED_BY = select(t).where(t.c.conversation_id == _conversation, OPEN, RUNNING, t.c.lease_owner == _owner)
LOCK = select(c).where(c.c.id == _conversation).with_for_update()
TRY_LOCK = select(c).where(c.c.id == _conversation).with_for_update(skip_locked=True)
PERSON = select(u).where(u.c.id == bindparam("person", type_=Id()))
QUESTION = select(m).where(m.c.turn_id == _turn, m.c.direction == "incoming")

_older = t.alias("older")
_first = ~exists().where(
    _older.c.conversation_id == t.c.conversation_id,
    open_in(_older),
    _older.c.id < t.c.id,
)
_free = or_(
    QUEUED,
    t.c.lease_until < _at,
    and_(bindparam("everything", type_=c.c.waiting.type), t.c.lease_owner != _owner),
)
ABANDONED = (
    select(t.c.id, t.c.conversation_id)
    .where(OPEN, _first, _free)
    .order_by(t.c.accepted_at, t.c.id)
    .limit(bindparam("limit"))
)
TAKE_OVER = (
    update(t)
    .where(t.c.id == _turn, OPEN, _free)
    .values(
        status="running",
        attempt=case((QUEUED, t.c.attempt), else_=t.c.attempt + 1),
        lease_owner=_owner,
        lease_until=_until,
        started_at=_at,
    )
    .returning(*t.c)
)
RENEW = (
    update(t)
    .where(
        t.c.id.in_(
            select(t.c.id)
            .where(t.c.id.in_(bindparam("turns", type_=Id(), expanding=True)), RUNNING, t.c.lease_owner == _owner)
            .with_for_update(skip_locked=True)
        )
    )
    .values(lease_until=_until)
)
CONVERSATION_OF = select(t.c.conversation_id).where(t.c.id == _turn)
CANCEL = (
    update(t).where(t.c.id == _turn, QUEUED).values(status="cancelled", finished_at=_at, events=bindparam("new_events"))
)


def claim_next(conn: Connection, conversation_id: str, at: datetime, lease: Lease) -> Claim | None:
    """The oldest queued turn, now running for the lease's owner. The conversation must be locked."""
    key = {"conversation": conversation_id}
    turn = conn.execute(CLAIM_NEXT, {**key, "owner": lease.owner, "until": lease.until, "at": at}).one_or_none()
    return _claim(conn, turn, conn.execute(LOCK, key).one()) if turn else None


def claimed_by(conn: Connection, conversation_id: str, owner: str) -> Claim | None:
    """The turn of this conversation that `owner` runs."""
    key = {"conversation": conversation_id}
    turn = conn.execute(CLAIMED_BY, {**key, "owner": owner}).one_or_none()
    return _claim(conn, turn, conn.execute(LOCK, key).one()) if turn else None


def take_over(
    conn: Connection, now: datetime, lease: Lease, limit: int, *, everything: bool, but: Collection[str] = ()
) -> list[Claim]:
    """Only the oldest open turn of a conversation; a conversation somebody is working on is left alone."""
    terms = {"at": now, "owner": lease.owner, "everything": everything}
    claims: list[Claim] = []
    for found in conn.execute(ABANDONED, {**terms, "limit": limit + len(but)}).all():
        if found.id in but or len(claims) == limit:
            continue
        conversation = conn.execute(TRY_LOCK, {"conversation": found.conversation_id}).one_or_none()
        if conversation is None:
            continue
        turn = conn.execute(TAKE_OVER, {**terms, "turn": found.id, "until": lease.until}).one_or_none()
        if turn is not None:
            claims.append(_claim(conn, turn, conversation))
    return claims


def renew(conn: Connection, lease: Lease, turn_ids: Sequence[str]) -> None:
    """Rows that are being changed at this moment are skipped: they are ending, or somebody else's."""
    if turn_ids:
        conn.execute(RENEW, {"turns": list(turn_ids), "owner": lease.owner, "until": lease.until})


def cancel_queued(conn: Connection, turn_id: str, at: datetime, events: bytes) -> bool:
    key = {"turn": parse_id(turn_id)}
    conversation = conn.execute(CONVERSATION_OF, key).scalar_one_or_none() if key["turn"] else None
    if conversation is None:
        raise NotFound
    conn.execute(LOCK, {"conversation": conversation})
    return conn.execute(CANCEL, {**key, "at": at, "new_events": events}).rowcount == 1


def _claim(conn: Connection, turn: Any, conversation: Any) -> Claim:
    person = conn.execute(PERSON, {"person": turn.user_id}).one()
    question = conn.execute(QUESTION, {"turn": turn.id}).one()
    return Claim(
        rows.turn_of(turn), rows.person_of(person), rows.conversation_of(conversation), rows.message_of(question)
    )
