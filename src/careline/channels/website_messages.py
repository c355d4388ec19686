"""What website clients send and get, as structs, and the checks a type cannot express."""

import re
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from careline.channels.errors import EmergencyNotice, FieldInvalid
from careline.channels.wire import text_field
from careline.domain.conversation import Attachment, Choice, Direction, Hints, Incoming, TurnStatus

MAX_URLS = 10
MAX_URL_CHARACTERS = 2_048
MAX_MESSAGE_ID = 128
UNKNOWN_ZONE = "Etc/Unknown"
"""What browsers say (CLDR) when they do not know their zone."""
_LOCALE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
_URL_REFUSES = re.compile(r"[\x00-\x20\x7f\\]")

MediaUrl = Annotated[
    str,
    Meta(
        max_length=MAX_URL_CHARACTERS,
        description="http or https with a host and without a password",
        extra_json_schema={"format": "uri", "pattern": "^[hH][tT][tT][pP][sS]?://[^/?#@]+"},
    ),
]
MediaUrls = Annotated[list[MediaUrl], Meta(max_length=MAX_URLS)]
MessageId = Annotated[str, Meta(min_length=1, max_length=MAX_MESSAGE_ID)]


class ChatRequest(msgspec.Struct, frozen=True):
    """A visitor's message. `content` may be empty only when there is an attachment."""

    content: str
    media_urls: MediaUrls = []
    audio_urls: MediaUrls = []
    client_message_id: MessageId | None = None
    locale: Annotated[str, Meta(max_length=35, description="BCP 47, such as tr-TR", examples=["en"])] | None = None
    time_zone: Annotated[str, Meta(max_length=64, description="IANA", examples=["Europe/Istanbul"])] | None = None


class ChatReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer. `error_type` says that something failed and `content` is an apology."""

    content: str
    turn_id: str | None = None
    choices: tuple[Choice, ...] = ()
    emergency: EmergencyNotice | None = None
    error_type: str | None = None


class HistoryMessage(msgspec.Struct, frozen=True):
    """`audio_transcripts` are what was heard in `audio_urls`, null for a recording that could not be listened to."""

    id: str
    turn_id: str
    direction: Direction
    content: str
    timestamp: datetime
    media_urls: list[str]
    audio_urls: list[str]
    audio_transcripts: list[str | None]
    choices: tuple[Choice, ...]


class HistoryPage(msgspec.Struct, frozen=True):
    """Messages, oldest first. `next` is the `before` of the page of older ones; null when there are none."""

    messages: list[HistoryMessage]
    next: str | None


class TurnState(msgspec.Struct, frozen=True):
    id: str
    status: TurnStatus


class SessionState(msgspec.Struct, frozen=True):
    """The device's session; null times when there is none. `session_ttl` is in seconds."""

    active_agent: str | None
    locked_at: datetime | None
    session_ttl: int
    expires_at: datetime | None
    waiting_for_person: bool
    turn: TurnState | None


class SessionChange(msgspec.Struct, frozen=True):
    session_ttl: Annotated[int, Meta(ge=1, le=31_536_000, description="seconds")]


class CancelRequest(msgspec.Struct, frozen=True):
    """Without `turn_id`, the device's latest message is taken back."""

    turn_id: Annotated[str, Meta(max_length=64, extra_json_schema={"format": "uuid"})] | None = None


class CancelReply(msgspec.Struct, frozen=True):
    cancelled: bool


class Health(msgspec.Struct, frozen=True):
    status: Literal["healthy"]
    agent: str
    version: str


class Readiness(msgspec.Struct, frozen=True):
    """`checks` says of each part whether it can be used."""

    status: Literal["ready", "unavailable"]
    checks: dict[str, Literal["ok", "unavailable"]]


chat_decoder = msgspec.json.Decoder(ChatRequest)
session_decoder = msgspec.json.Decoder(SessionChange)
cancel_decoder = msgspec.json.Decoder(CancelRequest)


def incoming(request: ChatRequest, address: str, header_id: str | None, max_content: int) -> Incoming:
    """The message for the engine. `header_id` is the `Idempotency-Key` header. Raises FieldInvalid."""
    content = text_field("content", request.content, max_content)
    attachments = (
        *(Attachment("image", _checked_url(f"media_urls[{i}]", url)) for i, url in enumerate(request.media_urls)),
        *(Attachment("audio", _checked_url(f"audio_urls[{i}]", url)) for i, url in enumerate(request.audio_urls)),
    )
    if not content and not attachments:
        raise FieldInvalid("content", "content: a message needs text or an attachment.")
    external_id = request.client_message_id
    if external_id is None and header_id is not None:
        external_id = header_id.strip().strip('"')
        if not 1 <= len(external_id) <= MAX_MESSAGE_ID:
            raise FieldInvalid("Idempotency-Key", f"Idempotency-Key: 1 to {MAX_MESSAGE_ID} characters are allowed.")
    if external_id is not None and "\0" in external_id:
        raise FieldInvalid("client_message_id", "client_message_id: the NUL character is not allowed.")
    return Incoming(
        "website", address, content, attachments, external_id, client_hints(request.locale, request.time_zone)
    )


def client_hints(locale: str | None, zone: str | None) -> Hints:
    """What a client says of its language and its time zone. Raises FieldInvalid."""
    locale, zone = locale or None, zone or None
    if locale is not None and not _LOCALE.fullmatch(locale):
        raise FieldInvalid("locale", "locale: must be a language tag such as en or tr-TR.")
    if zone == UNKNOWN_ZONE:
        zone = None
    if zone is not None and not _is_zone(zone):
        raise FieldInvalid("time_zone", "time_zone: must be an IANA time zone such as Europe/Istanbul.")
    return Hints(locale.replace("_", "-") if locale else None, zone)


def _is_zone(name: str) -> bool:
    try:
        return _ZONE.fullmatch(name) is not None and ZoneInfo(name) is not None
    except (KeyError, ValueError, OSError):
        return False


def _checked_url(field: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound or _URL_REFUSES.search(url):
        raise FieldInvalid(field, f"{field}: must be an http or https address with a host.")
    if parts.username is not None or parts.password is not None:
        raise FieldInvalid(field, f"{field}: an address with a user name or password is not accepted.")
    return url
