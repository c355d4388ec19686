"""Between rows and the domain's objects."""

from typing import Any

import msgspec

from careline.domain.conversation import Attachment, Choice, Conversation, Hints, Message, Person, Turn

Row = Any  # a SQLAlchemy row; its columns are attributes


def person_of(row: Row) -> Person:
    return Person(row.id, row.phone_number, row.name, row.created_at)


def conversation_of(row: Row) -> Conversation:
    return Conversation(
        id=row.id,
        person_id=row.user_id,
        channel=row.channel,
        agent=row.active_agent,
        locked_at=row.locked_at,
        session_ttl=row.session_ttl,
        created_at=row.created_at,
        state=row.state or {},
        language=row.language,
        time_zone=row.time_zone,
        country=row.country,
        interrupted=row.interrupted,
        waiting=row.waiting,
        erase_on_end=row.erase_on_end,
        safety=row.safety or {},
        ended_at=row.ended_at,
    )


def turn_of(row: Row) -> Turn:
    return Turn(
        id=row.id,
        conversation_id=row.conversation_id,
        person_id=row.user_id,
        channel=row.channel,
        status=row.status,
        attempt=row.attempt,
        accepted_at=row.accepted_at,
        external_id=row.external_id,
        hints=msgspec.convert(row.hints or {}, Hints),
    )


def message_of(row: Row) -> Message:
    return Message(
        id=row.id,
        turn_id=row.turn_id or "",
        direction=row.direction,
        body=row.body,
        created_at=row.created_at,
        attachments=_attachments(row.attachments),
        choices=choices_of(row.choices),
    )


def choices_of(stored: Any) -> tuple[Choice, ...]:
    return msgspec.convert(stored or (), tuple[Choice, ...])


def _attachments(stored: Any) -> tuple[Attachment, ...]:
    return msgspec.convert(stored or (), tuple[Attachment, ...])


def sent(stored: Any) -> tuple[Attachment, ...]:
    """Attachments as they came, without what was heard in them since."""
    return tuple(Attachment(one.kind, one.url) for one in _attachments(stored))


def media_url_of(attachments: tuple[Attachment, ...]) -> str | None:
    """The addresses of the images, one a line, or None."""
    return "\n".join(a.url for a in attachments if a.kind == "image") or None


def plain(structs: tuple[msgspec.Struct, ...]) -> list[Any] | None:
    """Structs as plain JSON, or None when there is none."""
    return [plain_one(struct) for struct in structs] or None


def plain_one(struct: msgspec.Struct) -> Any:
    return msgspec.to_builtins(struct)
