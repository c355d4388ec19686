"""Who talks, in which conversation, and what was said. Times are aware UTC; ids are UUID strings, time-ordered."""

from datetime import datetime
from typing import Any, Literal

import msgspec

ACCOUNT = "user_"
"""How the address of a person with an account begins."""
Direction = Literal["incoming", "outgoing"]
TurnStatus = Literal["queued", "running", "completed", "failed", "cancelled"]


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file the person pointed at. `transcript` is what was heard in a recording; None while nobody could listen."""

    kind: Literal["image", "audio"]
    url: str
    transcript: str | None = None


class Hints(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the client said about itself with a message: BCP 47 locale, IANA time zone, ISO 3166 alpha-2 country.

    `agents` False skips the multi-agent workflow. `profile` is the patient profile sent along, validated, plain JSON.
    """

    locale: str | None = None
    time_zone: str | None = None
    country: str | None = None
    agents: bool = True
    profile: dict[str, Any] | None = None


class Choice(msgspec.Struct, frozen=True):
    """An answer offered as a button: what it shows, and the text that is sent when it is chosen."""

    title: str
    value: str


class Incoming(msgspec.Struct, frozen=True):
    """A message as a channel hands it to the engine.

    `address` is the person's key on the channel (`users.phone_number`, for the website `chat_<device id>`).
    `external_id` is the client's own id of the message, unique for the person: a resend finds the first turn.
    `thread` names one of several conversations of the person on the channel; None is their only one.
    """

    channel: str
    address: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    external_id: str | None = None
    hints: Hints = Hints()
    thread: str | None = None


class Person(msgspec.Struct, frozen=True):
    id: str
    address: str
    name: str | None
    created_at: datetime

    @property
    def has_account(self) -> bool:
        """Whether they are known by more than a device or a session."""
        return self.address.startswith(ACCOUNT)


class Conversation(msgspec.Struct, frozen=True):
    """One session of one person on one channel.

    `agent` is the assistant it is locked to (None until the first turn ends), `locked_at` the time of the last
    message, `session_ttl` the seconds after which it expires. `state` belongs to the assistant: plain JSON.
    `safety` belongs to the gate: what the course of illness has shown so far, plain JSON.
    `interrupted` says that an emergency stopped what was going on and nobody has resumed it.
    """

    id: str
    person_id: str
    channel: str
    agent: str | None
    locked_at: datetime
    session_ttl: int
    created_at: datetime
    state: dict[str, Any] = {}
    language: str | None = None
    time_zone: str | None = None
    country: str | None = None
    interrupted: bool = False
    waiting: bool = False
    erase_on_end: bool = False
    safety: dict[str, Any] = {}
    ended_at: datetime | None = None


class Message(msgspec.Struct, frozen=True):
    id: str
    turn_id: str
    direction: Direction
    body: str
    created_at: datetime
    attachments: tuple[Attachment, ...] = ()
    choices: tuple[Choice, ...] = ()

    @property
    def said(self) -> str:
        """All that the person said with it: what they wrote, then what was heard in their recordings, a line each."""
        heard = (one.transcript for one in self.attachments)
        return "\n".join(text for text in (self.body, *heard) if text)


class Turn(msgspec.Struct, frozen=True):
    """One message and the answer to it. `attempt` counts from 1 and grows when another process takes it over."""

    id: str
    conversation_id: str
    person_id: str
    channel: str
    status: TurnStatus
    attempt: int
    accepted_at: datetime
    external_id: str | None = None
    hints: Hints = Hints()
