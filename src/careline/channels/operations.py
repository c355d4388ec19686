"""What the HTTP API offers, as a table: the documentation and its tests are made from it."""

from typing import Any

import msgspec

from careline.channels import errors as refusals
from careline.channels.services import About
from careline.channels.website_frames import Frame
from careline.channels.website_messages import (
    MAX_MESSAGE_ID,
    CancelReply,
    CancelRequest,
    ChatReply,
    ChatRequest,
    Health,
    HistoryPage,
    Readiness,
    SessionChange,
    SessionState,
)
from careline.domain import errors


class Parameter(msgspec.Struct, frozen=True):
    """`place` is header, query or path; `schema` is JSON Schema."""

    name: str
    place: str
    description: str
    schema: dict[str, Any]
    example: Any = None


class Success(msgspec.Struct, frozen=True):
    """An answer that is not a problem. `content` is a struct (JSON), or None when the media types hold text."""

    description: str
    content: type | None = None
    example: Any = None
    media_types: tuple[str, ...] = ("application/json",)
    status: int = 200


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path. `refuses` are the error types it can answer with, besides a failure of ours (500)."""

    method: str
    path: str
    id: str
    summary: str
    description: str
    answers: tuple[Success, ...]
    parameters: tuple[Parameter, ...] = ()
    body: type | None = None
    body_example: Any = None
    body_required: bool = True
    refuses: tuple[type[Exception], ...] = ()


DEVICE = Parameter(
    "X-Device-ID",
    "header",
    "The visitor's device. Without it a cookie names the device; without either, a message gets a new device, and the "
    "answer sets the cookie and carries this header.",
    {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"},
    "device-1",
)
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "header",
    "The client's own id of the message, as `client_message_id`, which wins. A resend gets the first reply.",
    {"type": "string", "minLength": 1, "maxLength": MAX_MESSAGE_ID, "pattern": r'^[^\s"]+$'},
)
LAST_EVENT_ID = Parameter(
    "Last-Event-ID", "header", "The `id` of the last event received: what came after it follows.", {"type": "string"}
)
LAST_EVENT_ID_QUERY = Parameter(
    "last_event_id", "query", "The same, for clients that cannot set headers.", {"type": "string"}
)
BEFORE = Parameter("before", "query", "`next` of the page before.", {"type": "string", "format": "uuid"})
LIMIT = Parameter("limit", "query", "Messages on the page.", {"type": "integer", "minimum": 1, "maximum": 100})
TOKEN = Parameter(
    "token", "path", "From the booking's confirmation.", {"type": "string", "pattern": "^[A-Za-z0-9_-]{16,128}$"}
)

_STORE = (errors.StoreUnavailable, errors.StoreFull)
_BODY = (refusals.MalformedBody, refusals.BodyTooLarge, refusals.UnsupportedMedia, refusals.FieldInvalid)
_MESSAGE = (*_BODY, errors.IdempotencyConflict, errors.TooManyWaiting, errors.Overloaded, *_STORE)
_TURN = "0199a6e2-58d4-7cc3-9d0b-6a3c7e1f2b40"
_HELLO = {"content": "Hello, I want to schedule an appointment", "media_urls": [], "audio_urls": []}
_REPLY = "Hello! I'm Anna, the AI consultation assistant of Istanbul Medic. Is it okay for me to collect your details?"
_FRAMES = f"""id: ktkk
data: {{"content":"{_REPLY}","timestamp":"2026-11-21T09:30:15.120000Z","is_final":false}}

id: ktkl
data: {{"content":"","timestamp":"2026-11-21T09:30:15.121000Z","is_final":true,"turn_id":"{_TURN}"}}

"""
_FRAME_NOTE = (
    "Each event is an `id` line and a `data` line with a `Frame` (see the schemas). Joined `content`s are the reply; "
    "exactly one frame has `is_final`. After a frame with `restarted`, forget the text before it. Comment lines come "
    "while it is quiet."
)

OPERATIONS = (
    Operation(
        method="POST",
        path="/chat/",
        id="chat",
        summary="Send a message and get the whole reply",
        description="Also at `/chat`. A reply that failed is still a 200: an apology, and `error_type` says why.",
        parameters=(DEVICE, IDEMPOTENCY_KEY),
        body=ChatRequest,
        body_example=_HELLO,
        answers=(Success("The reply.", ChatReply, {"content": _REPLY, "turn_id": _TURN}),),
        refuses=(*_MESSAGE, refusals.TurnCancelled, errors.Unavailable),
    ),
    Operation(
        method="POST",
        path="/chat/stream",
        id="chatStream",
        summary="Send a message and stream the reply",
        description=f"{_FRAME_NOTE} A client that goes away does not stop the answer: resume it with GET.",
        parameters=(DEVICE, IDEMPOTENCY_KEY),
        body=ChatRequest,
        body_example={**_HELLO, "content": "I need help with my medical consultation"},
        answers=(
            Success(
                "The events. `text/event-stream` when `Accept` asks for it.",
                example=_FRAMES,
                media_types=("text/plain", "text/event-stream"),
            ),
        ),
        refuses=_MESSAGE,
    ),
    Operation(
        method="GET",
        path="/chat/stream",
        id="followStream",
        summary="Follow or resume the latest reply",
        description=f"For `EventSource`: the device's running or latest reply, from its start or after an event. "
        f"{_FRAME_NOTE}",
        parameters=(DEVICE, LAST_EVENT_ID, LAST_EVENT_ID_QUERY),
        answers=(
            Success("The events.", example=_FRAMES, media_types=("text/event-stream",)),
            Success("There is nothing more.", media_types=(), status=204),
        ),
        refuses=(refusals.FieldInvalid, *_STORE),
    ),
    Operation(
        method="GET",
        path="/chat/history",
        id="history",
        summary="Read the conversation",
        description="The device's messages, a page at a time from the newest backwards, oldest first on the page.",
        parameters=(DEVICE, BEFORE, LIMIT),
        answers=(Success("A page of messages.", HistoryPage, {"messages": [], "next": None}),),
        refuses=(refusals.FieldInvalid, *_STORE),
    ),
    Operation(
        method="GET",
        path="/chat/session",
        id="session",
        summary="See the session",
        description="The device's session: who answers, since when, and until when it stays open.",
        parameters=(DEVICE,),
        answers=(Success("The session; times are null when there is none.", SessionState),),
        refuses=(refusals.FieldInvalid, *_STORE),
    ),
    Operation(
        method="PATCH",
        path="/chat/session",
        id="changeSession",
        summary="Change how long the session stays open",
        description="`session_ttl` is in seconds after the last message.",
        parameters=(DEVICE,),
        body=SessionChange,
        body_example={"session_ttl": 3600},
        answers=(Success("The session as it is now.", SessionState),),
        refuses=(*_BODY, errors.NotFound, *_STORE),
    ),
    Operation(
        method="POST",
        path="/chat/cancel",
        id="cancel",
        summary="Take a message back",
        description="Stops the answer to the device's latest message, or to the one of `turn_id`.",
        parameters=(DEVICE,),
        body=CancelRequest,
        body_example={},
        body_required=False,
        answers=(Success("Whether there was an answer to stop.", CancelReply, {"cancelled": True}),),
        refuses=(*_BODY, *_STORE),
    ),
    Operation(
        method="GET",
        path="/chat/about",
        id="about",
        summary="Who answers here",
        description="The assistant's name, the clinic, the languages, and in each that it is an AI.",
        answers=(Success("The assistant.", About),),
    ),
    Operation(
        method="GET",
        path="/bookings/{token}.ics",
        id="bookingCalendar",
        summary="The calendar file of a booking",
        description="For whoever has the link of the confirmation.",
        parameters=(TOKEN,),
        answers=(Success("An iCalendar file.", example="BEGIN:VCALENDAR\r\n", media_types=("text/calendar",)),),
        refuses=(errors.NotFound, *_STORE),
    ),
    Operation(
        method="GET",
        path="/health",
        id="health",
        summary="Is the process alive?",
        description="Answers as long as the process does.",
        answers=(Success("It is.", Health, {"status": "healthy", "agent": "Anna", "version": "0.1.0"}),),
    ),
    Operation(
        method="GET",
        path="/ready",
        id="ready",
        summary="Can the server work?",
        description="Checks the database and the bus.",
        answers=(
            Success("It can.", Readiness, {"status": "ready", "checks": {"database": "ok", "bus": "ok"}}),
            Success("A part cannot be used.", Readiness, status=503),
        ),
    ),
)
FRAME = Frame
"""What the `data` line of a stream holds; no operation answers with it alone."""
