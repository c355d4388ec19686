"""Accepting a message: three statements when the session is open, a few more when it has to be begun."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, case, exists, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from careline.domain.conversation import Conversation, Incoming, Message, Person, Turn
from careline.domain.errors import IdempotencyConflict, Invalid, Overloaded, TooManyWaiting
from careline.ports import Claim, Lease, Receipt
from careline.storage.sql import rows
from careline.storage.sql.ids import new_id
from careline.storage.sql.sessions import end_session
from careline.storage.sql.tables import ONLY_THREAD, OPEN
from careline.storage.sql.tables import conversation_states as c
from careline.storage.sql.tables import messages as m
from careline.storage.sql.tables import turns as t
from careline.storage.sql.tables import users as u
from careline.storage.sql.types import Id, UtcTime

_ATTEMPTS = 5
MOST_WAITING = 200
"""Messages of one conversation that may wait for their answer: one who sends without end must not fill the disk."""

_open_turns = exists().where(t.c.conversation_id == c.c.id, OPEN)
_person_id = select(u.c.id).where(u.c.phone_number == bindparam("address")).scalar_subquery()
_alive = or_(c.c.expires_at >= bindparam("now", type_=UtcTime()), _open_turns)

TOUCH = (
    update(c)
    .where(
        c.c.user_id == _person_id,
        c.c.channel == bindparam("in_channel"),
        c.c.thread_key == bindparam("in_thread"),
        _alive,
    )
    .values(locked_at=bindparam("now", type_=UtcTime()))
    .returning(
        *c.c,
        select(u.c.name).where(u.c.phone_number == bindparam("address")).scalar_subquery().label("person_name"),
        select(u.c.created_at)
        .where(u.c.phone_number == bindparam("address"))
        .scalar_subquery()
        .label("person_created_at"),
    )
)
"""Locks the person's live session and moves its end."""

_busy = exists().where(t.c.conversation_id == bindparam("conversation_id", type_=Id()), OPEN)


def _insert_turn(insert: Any) -> Any:
    """The turn, running when no other of its conversation is open, queued otherwise; no row for a duplicate."""
    return (
        insert(t)
        .values(
            id=bindparam("id"),
            conversation_id=bindparam("conversation_id"),
            user_id=bindparam("user_id"),
            channel=bindparam("channel"),
            external_id=bindparam("external_id"),
            status=case((_busy, "queued"), else_="running"),
            attempt=1,
            lease_owner=bindparam("lease_owner"),
            lease_until=bindparam("lease_until"),
            hints=bindparam("hints"),
            accepted_at=bindparam("accepted_at"),
            started_at=case((_busy, null()), else_=bindparam("accepted_at", type_=UtcTime())),
        )
        .on_conflict_do_nothing(index_elements=["user_id", "external_id"])
        .returning(t.c.status)
    )


INSERT_TURN = {"sqlite": _insert_turn(sqlite_insert), "postgresql": _insert_turn(pg_insert)}
WAITING = select(func.count()).where(t.c.conversation_id == bindparam("conversation_id", type_=Id()), OPEN)
INSERT_MESSAGE = m.insert()
INSERT_PERSON = {
    "sqlite": sqlite_insert(u).on_conflict_do_nothing(index_elements=["phone_number"]),
    "postgresql": pg_insert(u).on_conflict_do_nothing(index_elements=["phone_number"]),
}
INSERT_CONVERSATION = c.insert().returning(*c.c)
LOCK_PERSON = select(u).where(u.c.phone_number == bindparam("address")).with_for_update(key_share=True)
FIND_CURRENT = select(c).where(
    c.c.user_id == bindparam("user_id", type_=Id()),
    c.c.channel == bindparam("channel"),
    c.c.thread_key == bindparam("thread_key"),
)
FIND_STALE = FIND_CURRENT.where(~_alive).with_for_update()
FIND_DUPLICATE = (
    select(t, m.c.body, m.c.attachments)
    .join_from(t, m, m.c.turn_id == t.c.id)
    .where(
        t.c.user_id == bindparam("user_id", type_=Id()),
        t.c.external_id == bindparam("external_id"),
        m.c.direction == "incoming",
    )
)


class Begun(msgspec.Struct, frozen=True):
    """What had to be made for a message: a person, a conversation, the end of an expired one."""

    person: bool = False
    conversation: bool = False
    ended: str | None = None


def accept(conn: Connection, incoming: Incoming, now: datetime, lease: Lease, session_ttl: int) -> Receipt:
    """What `Store.accept` promises, inside one transaction. `session_ttl` is that of a new session, in seconds."""
    _check(incoming)
    begun = Begun()
    for _ in range(_ATTEMPTS):
        where = {"in_channel": incoming.channel, "in_thread": thread_key(incoming)}
        parameters = {"address": incoming.address, **where, "now": now}
        row = conn.execute(TOUCH, parameters).one_or_none()
        if row is not None:
            person = Person(row.user_id, incoming.address, row.person_name, row.person_created_at)
            return _store(conn, incoming, now, lease, person, rows.conversation_of(row), begun)
        found = _begin(conn, incoming, now, begun)
        if isinstance(found, Receipt):
            return found
        begun, newcomer = found
        if newcomer is not None:
            conversation = begin_session(conn, session_key(newcomer.id, incoming), now, session_ttl)
            begun = msgspec.structs.replace(begun, conversation=True)
            return _store(conn, incoming, now, lease, newcomer, conversation, begun)
    raise Overloaded


def thread_key(incoming: Incoming) -> str:
    """What tells the person's open conversations on the channel apart."""
    return incoming.thread or ONLY_THREAD


def session_key(person_id: str, incoming: Incoming) -> dict[str, Any]:
    """What an open session is found by."""
    return {"user_id": person_id, "channel": incoming.channel, "thread_key": thread_key(incoming)}


def begin_session(conn: Connection, key: dict[str, Any], at: datetime, session_ttl: int) -> Conversation:
    """A session that began and was last used then. There must be no open one."""
    made = {"id": new_id(), **key, "session_ttl": session_ttl, "locked_at": at, "created_at": at}
    return rows.conversation_of(conn.execute(INSERT_CONVERSATION, made).one())


def _check(incoming: Incoming) -> None:
    """What neither database could store (or one of them could not)."""
    for text in (incoming.text, incoming.address, incoming.external_id or "", incoming.thread or ""):
        if "\x00" in text:
            raise Invalid("A text must not contain the character U+0000.")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Invalid("A text must not contain half a character.") from None


def _store(
    conn: Connection,
    incoming: Incoming,
    now: datetime,
    lease: Lease,
    person: Person,
    conversation: Conversation,
    begun: Begun,
) -> Receipt:
    message_id, turn_id = new_id(), new_id()
    turn_row = {
        "id": turn_id,
        "conversation_id": conversation.id,
        "user_id": person.id,
        "channel": incoming.channel,
        "external_id": incoming.external_id,
        "lease_owner": lease.owner,
        "lease_until": lease.until,
        "hints": rows.plain_one(incoming.hints),
        "accepted_at": now,
    }
    status = conn.execute(INSERT_TURN[conn.dialect.name], turn_row).scalar_one_or_none()
    if status is None:
        receipt = _duplicate(conn, person.id, incoming)
        if receipt is None:
            raise Overloaded
        return receipt
    if (
        status == "queued"
        and conn.execute(WAITING, {"conversation_id": conversation.id}).scalar_one() > MOST_WAITING + 1
    ):
        raise TooManyWaiting
    message = Message(message_id, turn_id, "incoming", incoming.text, now, incoming.attachments)
    conn.execute(INSERT_MESSAGE, message_row(message, person.id, conversation.id))
    turn = Turn(
        id=turn_id,
        conversation_id=conversation.id,
        person_id=person.id,
        channel=incoming.channel,
        status=status,
        attempt=1,
        accepted_at=now,
        external_id=incoming.external_id,
        hints=incoming.hints,
    )
    claim = Claim(turn, person, conversation, message) if status == "running" else None
    return Receipt(
        turn,
        duplicate=False,
        claim=claim,
        person_created=begun.person,
        conversation_created=begun.conversation,
        ended=begun.ended,
    )


def message_row(message: Message, person_id: str, conversation_id: str) -> dict[str, Any]:
    return {
        "id": message.id,
        "user_id": person_id,
        "direction": message.direction,
        "body": message.body,
        "media_url": rows.media_url_of(message.attachments),
        "created_at": message.created_at,
        "turn_id": message.turn_id,
        "conversation_id": conversation_id,
        "attachments": rows.plain(message.attachments),
        "choices": rows.plain(message.choices),
    }


def _begin(conn: Connection, incoming: Incoming, now: datetime, begun: Begun) -> tuple[Begun, Person | None] | Receipt:
    """Makes what is missing before a session can begin, and gives the person who needs one. Or finds that the message
    was stored before. None: meanwhile another has made what was missing."""
    row = conn.execute(LOCK_PERSON, {"address": incoming.address}).one_or_none()
    if row is None:
        person = Person(new_id(), incoming.address, None, now)
        new_person = {"id": person.id, "phone_number": person.address, "created_at": now}
        made = conn.execute(INSERT_PERSON[conn.dialect.name], new_person).rowcount == 1
        return (msgspec.structs.replace(begun, person=True), person) if made else (begun, None)
    if incoming.external_id is not None:
        receipt = _duplicate(conn, row.id, incoming)
        if receipt is not None:
            return receipt
    key = session_key(row.id, incoming)
    stale = conn.execute(FIND_STALE, {**key, "now": now}).one_or_none()
    if stale is not None:
        end_session(conn, stale.id, now, "expired", erase=stale.erase_on_end)
        begun = msgspec.structs.replace(begun, ended=stale.id)
    return begun, None if conn.execute(FIND_CURRENT, key).first() is not None else rows.person_of(row)


def duplicate_of(conn: Connection, person_id: str, external_id: str) -> Any:
    """The turn stored with this id of the client, with its message's `body` and `attachments`, or None."""
    return conn.execute(FIND_DUPLICATE, {"user_id": person_id, "external_id": external_id}).one_or_none()


def _duplicate(conn: Connection, person_id: str, incoming: Incoming) -> Receipt | None:
    """The receipt of the first message with this id. Raises IdempotencyConflict when that was another message."""
    row = duplicate_of(conn, person_id, incoming.external_id) if incoming.external_id is not None else None
    if row is None:
        return None
    erased = row.hints is None
    if not erased and (row.body != incoming.text or rows.sent(row.attachments) != incoming.attachments):
        raise IdempotencyConflict
    return Receipt(rows.turn_of(row), duplicate=True)
