"""A turn with all that is kept to explain it, for staff."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from careline.domain.errors import NotFound
from careline.storage.sql.ids import parse_id
from careline.storage.sql.reading import TURN


class ExplainedTurn(msgspec.Struct, frozen=True):
    """`events` is the packed log and `reply` its text, None while the turn has not ended and after erasure."""

    id: str
    conversation: str
    channel: str
    status: str
    agent: str | None
    attempt: int
    accepted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error_type: str | None
    events: bytes | None
    reply: str | None
    raw: list[dict[str, Any]]
    usage: dict[str, Any]


def explained_turn(conn: Connection, turn_id: str) -> ExplainedTurn:
    """Raises NotFound."""
    known = parse_id(turn_id)
    row = conn.execute(TURN, {"turn": known}).one_or_none() if known else None
    if row is None:
        raise NotFound
    return ExplainedTurn(
        id=row.id,
        conversation=row.conversation_id,
        channel=row.channel,
        status=row.status,
        agent=row.agent,
        attempt=row.attempt,
        accepted_at=row.accepted_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        error_type=row.error_type,
        events=row.events,
        reply=row.body,
        raw=row.raw or [],
        usage=row.usage or {},
    )
