"""What was said and answered, for channels and staff: by keyset, at the same cost however much there is."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, Integer, bindparam, select

from careline.domain.conversation import Conversation, Message, Person
from careline.domain.errors import Invalid, NotFound
from careline.ports import Page, StoredTurn
from careline.storage.sql import rows
from careline.storage.sql.ids import parse_id
from careline.storage.sql.tables import conversation_states as c
from careline.storage.sql.tables import messages as m
from careline.storage.sql.tables import turns as t
from careline.storage.sql.tables import users as u
from careline.storage.sql.types import Id

_before = bindparam("before", type_=Id())
_limit: BindParameter[int] = bindparam("limit", type_=Integer())

_answer = m.alias("answer")
TURN = (
    select(t, _answer.c.body, _answer.c.choices)
    .join_from(t, _answer, (_answer.c.turn_id == t.c.id) & (_answer.c.direction == "outgoing"), isouter=True)
    .where(t.c.id == bindparam("turn", type_=Id()))
)
PERSON = select(u).where(u.c.phone_number == bindparam("address"))
LATEST = (
    select(t.c.id)
    .where(t.c.user_id == bindparam("person", type_=Id()), t.c.channel == bindparam("channel"))
    .order_by(t.c.id.desc())
    .limit(1)
)
LATEST_IN_THREAD = (
    select(t.c.id)
    .where(
        t.c.conversation_id
        == select(c.c.id)
        .where(
            c.c.user_id == bindparam("person", type_=Id()),
            c.c.channel == bindparam("channel"),
            c.c.thread_key == bindparam("thread"),
        )
        .scalar_subquery()
    )
    .order_by(t.c.id.desc())
    .limit(1)
)
HISTORY = select(m).where(m.c.user_id == bindparam("person", type_=Id())).order_by(m.c.id.desc()).limit(_limit)
HISTORY_BEFORE = HISTORY.where(m.c.id < _before)
LISTED = select(c, u.c.phone_number).join_from(c, u, u.c.id == c.c.user_id).order_by(c.c.id.desc()).limit(_limit)
LISTED_WAITING = LISTED.where(c.c.waiting)
TRANSCRIPT = (
    select(m)
    .join_from(t, m, m.c.turn_id == t.c.id)
    .where(t.c.conversation_id == bindparam("conversation", type_=Id()))
    .order_by(m.c.id)
)

_ITS_TURNS = (
    select(t.c.id)
    .where(t.c.conversation_id == bindparam("conversation", type_=Id()), t.c.id < _before)
    .order_by(t.c.id.desc())
    .limit(_limit)
)
EXCHANGES = select(m).where(m.c.turn_id.in_(_ITS_TURNS)).order_by(m.c.id)
EXCHANGES_AFTER = select(m).where(m.c.turn_id.in_(_ITS_TURNS.where(t.c.id > bindparam("after", type_=Id()))))
EXCHANGES_AFTER = EXCHANGES_AFTER.order_by(m.c.id)


class ListedConversation(msgspec.Struct, frozen=True):
    """A conversation as staff see it. `address` is the person's `phone_number`."""

    conversation: Conversation
    address: str
    waiting_reason: str | None
    waiting_since: datetime | None


def stored_turn(conn: Connection, turn_id: str) -> StoredTurn:
    known = parse_id(turn_id)
    row = conn.execute(TURN, {"turn": known}).one_or_none() if known else None
    if row is None:
        raise NotFound
    return StoredTurn(
        turn=rows.turn_of(row),
        reply=None if row.events is None else row.body,
        events=row.events,
        choices=rows.choices_of(row.choices),
        finished_at=row.finished_at,
        error_type=row.error_type,
    )


def latest_turn(conn: Connection, channel: str, address: str, thread: str | None) -> StoredTurn | None:
    someone = person(conn, address)
    if someone is None:
        return None
    key = {"person": someone.id, "channel": channel}
    asked = conn.execute(LATEST, key) if thread is None else conn.execute(LATEST_IN_THREAD, {**key, "thread": thread})
    found = asked.scalar_one_or_none()
    return stored_turn(conn, found) if found else None


def person(conn: Connection, address: str) -> Person | None:
    row = conn.execute(PERSON, {"address": address}).one_or_none()
    return rows.person_of(row) if row else None


def history(conn: Connection, person_id: str, before: str | None, limit: int) -> Page[Message]:
    """Raises Invalid for a cursor that is none."""
    found = _page(conn, HISTORY, HISTORY_BEFORE, {"person": person_id}, before, limit)
    return msgspec.structs.replace(found, items=tuple(rows.message_of(row) for row in found.items))


def exchanges(
    conn: Connection, conversation_id: str, before: str, after: str | None, limit: int
) -> tuple[Message, ...]:
    """What `History.exchanges` promises. Erased messages are without their text."""
    terms = {"conversation": conversation_id, "before": before, "limit": limit}
    start = parse_id(after) if after else None
    found = conn.execute(EXCHANGES_AFTER, {**terms, "after": start}) if start else conn.execute(EXCHANGES, terms)
    messages = [rows.message_of(row) for row in found]
    return tuple(msgspec.structs.replace(one, body=one.said) for one in messages)


def conversations(conn: Connection, before: str | None, limit: int, *, waiting: bool) -> Page[ListedConversation]:
    """Newest first; with `waiting` only those that wait for a person. Raises Invalid for a cursor that is none."""
    first = LISTED_WAITING if waiting else LISTED
    found = _page(conn, first, first.where(c.c.id < _before), {}, before, limit)
    return msgspec.structs.replace(found, items=tuple(_listed(row) for row in found.items))


def transcript(conn: Connection, conversation_id: str) -> tuple[ListedConversation, tuple[Message, ...]]:
    """A conversation and everything said in it, oldest first. Raises NotFound."""
    known = parse_id(conversation_id)
    row = conn.execute(LISTED.where(c.c.id == known), {"limit": 1}).one_or_none() if known else None
    if row is None:
        raise NotFound
    said = conn.execute(TRANSCRIPT, {"conversation": known})
    return _listed(row), tuple(rows.message_of(message) for message in said)


def _listed(row: Any) -> ListedConversation:
    return ListedConversation(rows.conversation_of(row), row.phone_number, row.waiting_reason, row.waiting_since)


def _page(conn: Connection, first: Any, later: Any, terms: dict[str, Any], before: str | None, limit: int) -> Page[Any]:
    """One row more than asked for tells whether there is a next page."""
    terms = {**terms, "limit": limit + 1}
    if before is not None:
        terms["before"] = parse_id(before)
        if terms["before"] is None:
            raise Invalid("This is not a cursor that a page ended with.")
    found = conn.execute(first if before is None else later, terms).all()
    items = tuple(found[:limit])
    return Page(items, items[-1].id if len(found) > limit and items else None)
