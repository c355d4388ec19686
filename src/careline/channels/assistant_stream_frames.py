"""From the events of a turn to the frames of the assistant stream. Pure: what is sent is a function of the events."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, assert_never

import msgspec

from careline.channels.errors import INTERNAL, INTERNAL_DETAIL, FieldInvalid, MalformedBody, TooFast, answer_to
from careline.domain.conversation import Choice, Turn
from careline.domain.errors import Invalid
from careline.domain.events import (
    Accepted,
    Cancelled,
    Citation,
    Completed,
    Emergency,
    Failed,
    Handoff,
    Published,
    Restarted,
    Started,
    Status,
    Token,
    Tool,
)

AGENTS = ("triage", "diagnostic", "treatment")
FIRST_STATUSES = ("validating", "checking_emergency")
"""Told when the turn starts, so an assistant that tells them once more is not repeated."""
_RUNNING = "running_"


class ServerFrame(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True, kw_only=True):
    """What every frame has: `type`, the time, and in a turn `seq`, which only grows: the place to resume after."""

    timestamp: datetime
    seq: int | None = None


class ConnectionFrame(ServerFrame, frozen=True, tag="connection", kw_only=True):
    """Comes once, first."""

    status: str
    session_id: str


class StreamStartMetadata(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`workflow` is `multi_agent` or `single_agent`. `restarted`: forget the text so far, all of it comes again."""

    workflow: str
    agents: tuple[str, ...]
    session_id: str
    turn_id: str
    restarted: bool = False


class StreamStartFrame(ServerFrame, frozen=True, tag="stream_start", kw_only=True):
    """The message is stored and will be answered."""

    metadata: StreamStartMetadata


class StatusFrame(ServerFrame, frozen=True, tag="status", kw_only=True):
    """A step of the work."""

    status: str
    details: dict[str, Any]


class EmergencyFrame(ServerFrame, frozen=True, tag="emergency", kw_only=True):
    """Help is needed now: call `number`. Comes before any token."""

    level: str
    kind: str
    number: str
    country: str | None
    message: str


class TokenFrame(ServerFrame, frozen=True, tag="token", kw_only=True):
    """A piece of the reply."""

    content: str


class CitationFrame(ServerFrame, frozen=True, tag="citation", kw_only=True):
    """A source behind the reply."""

    source: str
    title: str
    url: str | None = None


class HandoffFrame(ServerFrame, frozen=True, tag="handoff", kw_only=True):
    """A person of the clinic was asked to take over."""

    reason: str


class StreamEndMetadata(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    agents_completed: tuple[str, ...]
    session_id: str
    turn_id: str
    choices: tuple[Choice, ...] = ()
    cancelled: bool = False


class StreamEndFrame(ServerFrame, frozen=True, tag="stream_end", kw_only=True):
    """The reply is final and stored (or, `cancelled`, the message was taken back)."""

    metadata: StreamEndMetadata


class ErrorFrame(ServerFrame, frozen=True, tag="error", kw_only=True):
    """Something was refused or failed. With `turn_id` it ends that turn. `retry_after` is in seconds."""

    error_type: str
    message: str
    field: str | None = None
    retry_after: float | None = None
    session_id: str | None = None
    turn_id: str | None = None


class PongFrame(ServerFrame, frozen=True, tag="pong", kw_only=True):
    """Answers a ping."""


class CancelledFrame(ServerFrame, frozen=True, tag="cancel", kw_only=True):
    """Answers a cancel: whether the message could be taken back."""

    cancelled: bool


FRAMES = (
    ConnectionFrame,
    StreamStartFrame,
    StatusFrame,
    EmergencyFrame,
    TokenFrame,
    CitationFrame,
    HandoffFrame,
    StreamEndFrame,
    ErrorFrame,
    PongFrame,
    CancelledFrame,
)
_encoder = msgspec.json.Encoder()


def text_of(frame: ServerFrame) -> str:
    """The frame as it goes over the wire."""
    return _encoder.encode(frame).decode()


def error_frame(error: Exception, at: datetime) -> ErrorFrame:
    """What a client is told of an error that ends nothing but its own frame."""
    answer = answer_to(error)
    error_type = answer.error_type
    if isinstance(error, MalformedBody):
        return ErrorFrame(timestamp=at, error_type="invalid_json", message="A frame must be valid JSON.")
    if isinstance(error, Invalid):
        error_type = "validation_error"
    return ErrorFrame(
        timestamp=at,
        error_type=error_type,
        message=INTERNAL_DETAIL if answer is INTERNAL else str(error),
        field=error.field if isinstance(error, FieldInvalid) else None,
        retry_after=round(error.retry_after, 2) if isinstance(error, TooFast) else answer.retry_after,
    )


class TurnFrames:
    """The frames of one turn after `after`. Feed it every event from the first one: it folds what came before.

    Several frames may come of one event; only the last carries its `seq`, so resuming after it loses none.
    """

    def __init__(
        self, turn: Turn, session_id: str, after: int = 0, is_new: Callable[[Emergency], bool] = lambda _: True
    ) -> None:
        """`is_new` is asked whether an emergency has to be shown."""
        self._is_new = is_new
        self._turn = turn
        self._session_id = session_id
        self._after = after
        self._agents: list[str] = []
        self.finished = False

    def feed(self, published: Published, at: datetime) -> list[ServerFrame]:
        frames = self._frames(published, at)
        return frames if published.seq > self._after else []

    def lost(self, at: datetime) -> list[ServerFrame]:
        """The end of a turn whose events are gone: its text was erased."""
        self.finished = True
        return [self._end(None, at)]

    def _frames(self, published: Published, at: datetime) -> list[ServerFrame]:
        seq, event = published.seq, published.event
        match event:
            case Accepted():
                return [self._start(seq, at)]
            case Restarted():
                self._agents.clear()
                return [self._start(seq, at, restarted=True)]
            case Started():
                *before, last = FIRST_STATUSES
                told: list[ServerFrame] = [StatusFrame(timestamp=at, status=name, details={}) for name in before]
                return [*told, StatusFrame(timestamp=at, seq=seq, status=last, details={})]
            case Status():
                return self._status(event, seq, at)
            case Emergency():
                return [_emergency(event, at, seq)] if self._is_new(event) else []
            case Token():
                return [TokenFrame(timestamp=at, seq=seq, content=event.text)]
            case Citation():
                return [CitationFrame(timestamp=at, seq=seq, source=event.source, title=event.title, url=event.url)]
            case Tool():
                return []
            case Handoff():
                return [HandoffFrame(timestamp=at, seq=seq, reason=event.reason)]
            case Completed():
                self.finished = True
                return [self._end(seq, at, event.choices)]
            case Failed():
                self.finished = True
                return [self._failed(seq, at)]
            case Cancelled():
                self.finished = True
                return [self._end(seq, at, cancelled=True)]
            case _:
                assert_never(event)

    def _status(self, event: Status, seq: int, at: datetime) -> list[ServerFrame]:
        if event.status in FIRST_STATUSES:
            return []
        details = event.details
        if event.status.startswith(_RUNNING):
            agent = event.status.removeprefix(_RUNNING)
            if agent not in self._agents:
                self._agents.append(agent)
            details = {"current_agent": agent, **details}
        return [StatusFrame(timestamp=at, seq=seq, status=event.status, details=details)]

    def _start(self, seq: int, at: datetime, *, restarted: bool = False) -> StreamStartFrame:
        agents = self._turn.hints.agents
        metadata = StreamStartMetadata(
            workflow="multi_agent" if agents else "single_agent",
            agents=AGENTS if agents else (),
            session_id=self._session_id,
            turn_id=self._turn.id,
            restarted=restarted,
        )
        return StreamStartFrame(timestamp=at, seq=seq, metadata=metadata)

    def _end(
        self, seq: int | None, at: datetime, choices: tuple[Choice, ...] = (), *, cancelled: bool = False
    ) -> StreamEndFrame:
        metadata = StreamEndMetadata(
            agents_completed=() if cancelled else tuple(self._agents),
            session_id=self._session_id,
            turn_id=self._turn.id,
            choices=choices,
            cancelled=cancelled,
        )
        return StreamEndFrame(timestamp=at, seq=seq, metadata=metadata)

    def _failed(self, seq: int, at: datetime) -> ErrorFrame:
        return ErrorFrame(
            timestamp=at,
            seq=seq,
            error_type="turn_failed",
            message=INTERNAL_DETAIL,
            session_id=self._session_id,
            turn_id=self._turn.id,
        )


def emergency_ahead(event: Emergency, at: datetime) -> EmergencyFrame:
    """The frame of an emergency that is shown before its turn: it has no `seq`."""
    return _emergency(event, at)


def _emergency(event: Emergency, at: datetime, seq: int | None = None) -> EmergencyFrame:
    return EmergencyFrame(
        timestamp=at,
        seq=seq,
        level=event.level,
        kind=event.kind,
        number=event.number,
        country=event.country,
        message=event.message,
    )
