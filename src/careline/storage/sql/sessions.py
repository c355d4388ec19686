"""Sessions: how they end, and what is erased then."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, select, update

from careline.domain.conversation import Conversation
from careline.domain.errors import NotFound
from careline.storage.sql import rows
from careline.storage.sql.consents import may_remember
from careline.storage.sql.ids import parse_id
from careline.storage.sql.tables import CURRENT, OPEN
from careline.storage.sql.tables import conversation_states as c
from careline.storage.sql.tables import health_profiles as h
from careline.storage.sql.tables import messages as m
from careline.storage.sql.tables import outbox as o
from careline.storage.sql.tables import turns as t
from careline.storage.sql.tables import users as u
from careline.storage.sql.types import Id, UtcTime

_conversation = bindparam("conversation", type_=Id())
_open_turns = exists().where(t.c.conversation_id == c.c.id, OPEN)
_its_turns = select(t.c.id).where(t.c.conversation_id == _conversation)

END = (
    update(c)
    .where(c.c.id == _conversation, c.c.ended_at.is_(None))
    .values(thread_key=None, ended_at=bindparam("at", type_=UtcTime()), ended_reason=bindparam("reason"))
    .returning(c.c.user_id)
)
EXPIRED = (
    select(c.c.id, c.c.erase_on_end)
    .where(c.c.ended_at.is_(None), c.c.expires_at < bindparam("now", type_=UtcTime()), ~_open_turns)
    .order_by(c.c.expires_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
ERASE = (
    update(m).where(m.c.turn_id.in_(_its_turns)).values(body="", media_url=None, attachments=None, choices=None),
    update(t).where(t.c.conversation_id == _conversation).values(events=None, raw=None, hints=None),
    update(c).where(c.c.id == _conversation).values(state=None, safety=None, waiting_reason=None),
    update(o)
    .where(o.c.turn_id.in_(_its_turns), (o.c.delivered_at.is_not(None)) | (o.c.failed_at.is_not(None)))
    .values(payload={}),
)
_person = bindparam("person", type_=Id())
FORGET = (
    update(u).where(u.c.id == _person).values(name=None, profile=None),
    delete(h).where(h.c.user_id == _person),
)
CURRENT_OF = (
    select(c)
    .join(u, u.c.id == c.c.user_id)
    .where(u.c.phone_number == bindparam("address"), c.c.channel == bindparam("channel"), CURRENT)
)
SET_TTL = update(c).where(c.c.id == _conversation).values(session_ttl=bindparam("seconds"))


def end_session(conn: Connection, conversation_id: str, at: datetime, reason: str, *, erase: bool) -> None:
    """Ends it; with `erase` nothing anybody said in it is left. Its rows stay, so that counts stay right."""
    key = {"conversation": conversation_id}
    person = conn.execute(END, {**key, "at": at, "reason": reason}).scalar_one_or_none()
    if person is None or not erase:
        return
    for statement in ERASE:
        conn.execute(statement, key)
    if not may_remember(conn, person):
        for forgetting in FORGET:
            conn.execute(forgetting, {"person": person})


def end_expired(conn: Connection, now: datetime, limit: int) -> list[str]:
    ended = conn.execute(EXPIRED, {"now": now, "limit": limit}).all()
    for row in ended:
        end_session(conn, row.id, now, "expired", erase=row.erase_on_end)
    return [row.id for row in ended]


def session(conn: Connection, channel: str, address: str) -> Conversation | None:
    row = conn.execute(CURRENT_OF, {"channel": channel, "address": address}).one_or_none()
    return rows.conversation_of(row) if row else None


def set_session_ttl(conn: Connection, conversation_id: str, seconds: int) -> None:
    known = parse_id(conversation_id)
    if known is None or conn.execute(SET_TTL, {"conversation": known, "seconds": seconds}).rowcount != 1:
        raise NotFound
