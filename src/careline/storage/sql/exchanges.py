"""Storing what was answered while the database was away."""

from sqlalchemy import Connection, bindparam, select, update

from careline.domain.conversation import Incoming, Message
from careline.domain.errors import Overloaded
from careline.ports import Exchange
from careline.storage.sql import rows
from careline.storage.sql.accept import (
    FIND_CURRENT,
    INSERT_MESSAGE,
    INSERT_PERSON,
    LOCK_PERSON,
    begin_session,
    duplicate_of,
    message_row,
    session_key,
)
from careline.storage.sql.alerts import raise_alert
from careline.storage.sql.ids import neighbours, new_id
from careline.storage.sql.tables import conversation_states as c
from careline.storage.sql.tables import turns as t
from careline.storage.sql.types import Id, UtcTime

_ATTEMPTS = 3
WAIT = (
    update(c)
    .where(c.c.id == bindparam("conversation", type_=Id()), ~c.c.waiting)
    .values(
        waiting=True,
        waiting_reason=bindparam("why", type_=c.c.waiting_reason.type),
        waiting_since=bindparam("at", type_=UtcTime()),
    )
)
STORED = select(t.c.id).where(t.c.id == bindparam("turn", type_=Id()))


def import_exchange(conn: Connection, exchange: Exchange, session_ttl: int) -> bool:
    """Stores it as a completed turn, among the messages of its time. False when it was stored before: by an earlier
    import, or because the person sent the message again (same external id) once the database was back."""
    incoming, turn_id = exchange.incoming, exchange.turn_id
    person_id = _locked_person(conn, exchange)
    if conn.execute(STORED, {"turn": turn_id}).first() is not None:
        return False
    if incoming.external_id is not None and duplicate_of(conn, person_id, incoming.external_id) is not None:
        return False
    conversation_id = _conversation(conn, person_id, exchange, session_ttl)
    turn = {
        "id": turn_id,
        "conversation_id": conversation_id,
        "user_id": person_id,
        "channel": incoming.channel,
        "external_id": incoming.external_id,
        "status": "completed",
        "hints": rows.plain_one(incoming.hints),
        "accepted_at": exchange.accepted_at,
        "started_at": exchange.accepted_at,
        "finished_at": exchange.replied_at,
        "agent": exchange.agent,
        "events": exchange.events,
        "raw": list(exchange.raw) or None,
    }
    conn.execute(t.insert(), turn)
    for message in _messages(incoming, exchange):
        conn.execute(INSERT_MESSAGE, message_row(message, person_id, conversation_id))
    if exchange.waiting is not None:
        conn.execute(WAIT, {"conversation": conversation_id, "why": exchange.waiting, "at": exchange.replied_at})
    for alert in exchange.alerts:
        raise_alert(conn, alert, turn_id, conversation_id, exchange.replied_at)
    return True


def _messages(incoming: Incoming, exchange: Exchange) -> tuple[Message, Message]:
    before, after = neighbours(exchange.turn_id)
    return (
        Message(before, exchange.turn_id, "incoming", incoming.text, exchange.accepted_at, incoming.attachments),
        Message(after, exchange.turn_id, "outgoing", exchange.reply, exchange.replied_at),
    )


def _locked_person(conn: Connection, exchange: Exchange) -> str:
    address = exchange.incoming.address
    for _ in range(_ATTEMPTS):
        person = conn.execute(LOCK_PERSON, {"address": address}).one_or_none()
        if person is not None:
            found: str = person.id
            return found
        new_person = {"id": new_id(), "phone_number": address, "created_at": exchange.accepted_at}
        conn.execute(INSERT_PERSON[conn.dialect.name], new_person)
    raise Overloaded


def _conversation(conn: Connection, person_id: str, exchange: Exchange, session_ttl: int) -> str:
    """The person's open session, or a new one that began and was last used then."""
    key = session_key(person_id, exchange.incoming)
    current = conn.execute(FIND_CURRENT, key).one_or_none()
    if current is not None:
        found: str = current.id
        return found
    return begin_session(conn, key, exchange.accepted_at, session_ttl).id
