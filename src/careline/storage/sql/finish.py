"""Ending a turn: three statements, and the claim of the conversation's next one."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, case, exists, func, select, update

from careline.domain.conversation import Message
from careline.domain.effects import (
    AnyEffect,
    Deliver,
    EraseOnEnd,
    RaiseAlert,
    RecordConsent,
    RememberPerson,
    RememberProfile,
    RequestPerson,
)
from careline.domain.errors import LeaseLost
from careline.ports import Claim, Finish, Lease
from careline.storage.sql import rows
from careline.storage.sql.accept import INSERT_MESSAGE, message_row
from careline.storage.sql.alerts import raise_alert
from careline.storage.sql.claims import claim_next, claimed_by
from careline.storage.sql.consents import may_remember, record_consent
from careline.storage.sql.ids import derived_id, new_id, observe
from careline.storage.sql.profiles import remember_facts
from careline.storage.sql.tables import RUNNING, open_in, status_is
from careline.storage.sql.tables import conversation_states as c
from careline.storage.sql.tables import messages as m
from careline.storage.sql.tables import outbox as o
from careline.storage.sql.tables import turns as t
from careline.storage.sql.tables import users as u
from careline.storage.sql.types import Id, Json, UtcTime


def _or_kept(name: str) -> Any:
    """The new value, or the stored one where the new one is None."""
    column = c.c[name]
    return func.coalesce(bindparam(f"new_{name}", type_=column.type), column)


_REPLACED = (
    "active_agent",
    "state",
    "safety",
    "language",
    "time_zone",
    "country",
    "interrupted",
    "waiting",
    "erase_on_end",
)
_wanted = bindparam("new_waiting", type_=c.c.waiting.type)
SETTLE = (
    update(c)
    .where(c.c.id == bindparam("conversation", type_=Id()))
    .values(
        **{name: _or_kept(name) for name in _REPLACED},
        waiting_reason=_or_kept("waiting_reason"),
        waiting_since=case(
            (c.c.waiting, c.c.waiting_since),
            (_wanted.is_(True), bindparam("at", type_=UtcTime())),
            else_=c.c.waiting_since,
        ),
    )
)
"""Locks the conversation and changes what the turn changed in it."""

# In RETURNING, SQLAlchemy leaves the tables' names out on SQLite: a subquery there must not refer to the outer row.
_waiting_turn = t.alias("waiting_turn")
FINISH = (
    update(t)
    .where(
        t.c.id == bindparam("turn", type_=Id()),
        RUNNING,
        t.c.lease_owner == bindparam("owner"),
        t.c.attempt == bindparam("its_attempt"),
    )
    .values(
        status=bindparam("new_status"),
        finished_at=bindparam("at", type_=UtcTime()),
        events=bindparam("new_events"),
        raw=bindparam("new_raw", type_=Json()),
        usage=bindparam("new_usage", type_=Json()),
        error_type=bindparam("new_error_type"),
        agent=bindparam("new_agent"),
        lease_owner=None,
        lease_until=None,
    )
    .returning(
        exists()
        .where(
            _waiting_turn.c.conversation_id == bindparam("conversation", type_=Id()),
            open_in(_waiting_turn),
            status_is(_waiting_turn, "queued"),
        )
        .label("queued")
    )
)
HEARD = (
    update(m)
    .where(m.c.turn_id == bindparam("turn", type_=Id()), m.c.direction == "incoming")
    .values(attachments=bindparam("heard", type_=Json()))
)
FINISHED = select(t.c.status, t.c.attempt, t.c.events).where(t.c.id == bindparam("turn", type_=Id()))
REMEMBER = update(u).where(u.c.id == bindparam("person", type_=Id()))
PROFILE = select(u.c.profile).where(u.c.id == bindparam("person", type_=Id()))


def finish(conn: Connection, done: Finish, next_lease: Lease) -> Claim | None:
    """What `Store.finish` promises, inside one transaction. The same finish again (its answer was lost) is no error."""
    turn = done.turn
    conn.execute(SETTLE, _settlement(done))
    row = conn.execute(
        FINISH,
        {
            "turn": turn.id,
            "conversation": turn.conversation_id,
            "owner": done.owner,
            "its_attempt": turn.attempt,
            "new_status": done.status,
            "at": done.at,
            "new_events": done.events,
            "new_raw": list(done.raw) or None,
            "new_usage": done.usage or None,
            "new_error_type": done.error_type,
            "new_agent": done.agent,
        },
    ).one_or_none()
    if row is None:
        raise LeaseLost
    if done.attachments:
        conn.execute(HEARD, {"turn": turn.id, "heard": rows.plain(done.attachments)})
    if done.reply is not None:
        conn.execute(INSERT_MESSAGE, _reply_row(done))
    _apply(conn, done)
    return claim_next(conn, turn.conversation_id, done.at, next_lease) if row.queued else None


def was_finished(conn: Connection, done: Finish, owner: str) -> Claim | None:
    """The next claim of a finish that had been committed without its caller learning of it. Raises LeaseLost."""
    row = conn.execute(FINISHED, {"turn": done.turn.id}).one_or_none()
    if row is None or (row.status, row.attempt, row.events) != (done.status, done.turn.attempt, done.events):
        raise LeaseLost
    return claimed_by(conn, done.turn.conversation_id, owner)


def _settlement(done: Finish) -> dict[str, Any]:
    outcome = done.outcome if done.status == "completed" else None
    person = _last(done.effects, RequestPerson)
    erase = _last(done.effects, EraseOnEnd)
    return {
        "conversation": done.turn.conversation_id,
        "new_active_agent": done.agent if done.status == "completed" else None,
        "new_state": outcome.state if outcome else None,
        "new_safety": done.safety,
        "new_language": outcome.language if outcome else None,
        "new_time_zone": outcome.time_zone if outcome else None,
        "new_country": outcome.country if outcome else None,
        "new_interrupted": outcome.interrupted if outcome else None,
        "new_waiting": True if person else None,
        "new_waiting_reason": person.reason if person else None,
        "new_erase_on_end": erase.erase if erase else None,
        "at": done.at,
    }


def _last(effects: tuple[AnyEffect, ...], kind: Any) -> Any:
    return next((effect for effect in reversed(effects) if isinstance(effect, kind)), None)


def _reply_row(done: Finish) -> dict[str, Any]:
    turn = done.turn
    observe(turn.id)
    at = max(done.at, turn.accepted_at + timedelta(microseconds=1))
    said = (done.reply or "").replace("\0", "\N{REPLACEMENT CHARACTER}")  # as in json_text; events count characters
    reply = Message(new_id(), turn.id, "outgoing", said, at, (), done.choices)
    return message_row(reply, turn.person_id, turn.conversation_id)


def _apply(conn: Connection, done: Finish) -> None:
    """The effects with rows of their own; consents first, because the rest depends on them."""
    for effect in done.effects:
        if isinstance(effect, RecordConsent):
            record_consent(conn, done.turn, effect, done.at)
    for index, effect in enumerate(done.effects):
        match effect:
            case RememberPerson():
                _remember(conn, done.turn.person_id, effect)
            case Deliver():
                _deliver(conn, done, index, effect)
            case RaiseAlert():
                raise_alert(conn, effect, done.turn.id, done.turn.conversation_id, done.at)
            case RememberProfile():
                remember_facts(conn, done.turn.person_id, effect.facts, done.at)


def _remember(conn: Connection, person_id: str, facts: RememberPerson) -> None:
    if not may_remember(conn, person_id):
        return
    key = {"person": person_id}
    if facts.name is not None:
        conn.execute(REMEMBER.values(name=bindparam("new_name")), {**key, "new_name": facts.name})
    if facts.profile:
        known = conn.execute(PROFILE, key).scalar_one() or {}
        changed = {**key, "new_profile": {**known, **facts.profile}}
        conn.execute(REMEMBER.values(profile=bindparam("new_profile", type_=Json())), changed)


def _deliver(conn: Connection, done: Finish, index: int, work: Deliver) -> None:
    row = {
        "id": derived_id(done.turn.id, f"deliver:{index}"),
        "kind": work.kind,
        "payload": work.payload,
        "turn_id": done.turn.id,
        "due_at": done.at,
        "created_at": done.at,
    }
    conn.execute(o.insert(), row)
