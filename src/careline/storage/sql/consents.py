"""What a person agreed to: every answer is kept, the latest for a purpose counts."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from careline.domain.conversation import Turn
from careline.domain.effects import RecordConsent
from careline.storage.sql.ids import new_id
from careline.storage.sql.tables import consents
from careline.storage.sql.types import Id

ANSWERS = (
    select(consents.c.purpose, consents.c.granted)
    .where(consents.c.user_id == bindparam("person", type_=Id()))
    .order_by(consents.c.id.desc())
)


def record_consent(conn: Connection, turn: Turn, answer: RecordConsent, at: datetime) -> None:
    row = {
        "id": new_id(),
        "user_id": turn.person_id,
        "conversation_id": turn.conversation_id,
        "turn_id": turn.id,
        "purpose": answer.purpose,
        "granted": answer.granted,
        "text": answer.text,
        "version": answer.version,
        "locale": answer.locale,
        "at": at,
    }
    conn.execute(consents.insert(), row)


def may_remember(conn: Connection, person_id: str) -> bool:
    """Whether a consent of this person stands: granted, and not withdrawn since."""
    latest: dict[str, bool] = {}
    for row in conn.execute(ANSWERS, {"person": person_id}):
        latest.setdefault(row.purpose, row.granted)
    return any(latest.values())
