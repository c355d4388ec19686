"""Everything that can happen in a turn: a closed, tagged union. Channels translate it with an exhaustive match."""

from typing import Any, Literal

import msgspec

from careline.domain.conversation import Choice

SEQ_PER_ATTEMPT = 1 << 20
"""Room for the events of one attempt. A second attempt numbers from here, so a client of the first sees all of it."""


class Event(msgspec.Struct, frozen=True, tag_field="type", tag=str.lower, omit_defaults=True):
    """What every event is."""


class Accepted(Event, frozen=True):
    """The message is stored durably."""


class Started(Event, frozen=True):
    """A runner has begun. `agent` is the assistant that answers."""

    agent: str


class Restarted(Event, frozen=True):
    """An earlier attempt died; forget what it sent, all of it comes again."""

    attempt: int


class Status(Event, frozen=True):
    """A step of the work, in the words of the assistant stream (`validating`, `retrieving_context`, ...)."""

    status: str
    details: dict[str, Any] = {}


class Emergency(Event, frozen=True):
    """Help is needed now. Comes before any other content. `number` is what to dial in `country` (ISO 3166)."""

    level: str
    kind: str
    number: str
    country: str | None
    message: str


class Token(Event, frozen=True):
    """A piece of the reply. The reply is exactly the pieces of one attempt joined."""

    text: str


class Citation(Event, frozen=True):
    """A source behind the reply."""

    source: str
    title: str
    url: str | None = None


class Tool(Event, frozen=True):
    """The assistant did something outside the conversation (looked up times, held one, booked)."""

    name: str
    outcome: str
    details: dict[str, Any] = {}


class Handoff(Event, frozen=True):
    """A person of the clinic is asked to take over."""

    reason: str


class Completed(Event, frozen=True):
    """The reply is final and stored."""

    choices: tuple[Choice, ...] = ()


class Failed(Event, frozen=True):
    """The turn raised. The tokens before this say so politely and are stored as the reply."""

    error_type: str


class Cancelled(Event, frozen=True):
    """The person took the message back; there is no reply."""

    reason: Literal["requested", "superseded"] = "requested"


TurnEvent = (
    Accepted
    | Started
    | Restarted
    | Status
    | Emergency
    | Token
    | Citation
    | Tool
    | Handoff
    | Completed
    | Failed
    | Cancelled
)
FINAL = (Completed, Failed, Cancelled)


class Published(msgspec.Struct, frozen=True):
    """An event with its place in the turn: `seq` counts from 1 and only grows, also across attempts."""

    seq: int
    event: TurnEvent


def first_seq(attempt: int) -> int:
    """The seq of the first event of this attempt (attempts count from 1)."""
    return (attempt - 1) * SEQ_PER_ATTEMPT + 1
