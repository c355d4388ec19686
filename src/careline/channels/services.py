"""What a channel is given to work with. The bootstrap fills it; a channel holds no other state."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Protocol

import msgspec

from careline.auth.tokens import Signer
from careline.domain.conversation import Incoming
from careline.domain.events import Published
from careline.engine.hearing import Heard
from careline.engine.reply import Reply
from careline.ports import Clock, Receipt, Store


class TurnEngine(Protocol):
    """The engine as a channel sees it."""

    def hear(self, incoming: Incoming) -> Heard: ...

    async def send(self, incoming: Incoming, heard: Heard | None = None) -> Receipt: ...

    def follow(
        self, turn_id: str, after: int = 0, idle_seconds: float = 15.0
    ) -> AsyncGenerator[Published | None, None]: ...

    async def wait(self, turn_id: str) -> Reply: ...

    async def cancel(self, turn_id: str) -> bool: ...


class CalendarFiles(Protocol):
    """The calendar files of bookings."""

    async def calendar(self, token: str) -> bytes:
        """The booking's iCalendar file. Raises NotFound when no booking has this token."""
        ...


class About(msgspec.Struct, frozen=True):
    """Who answers here. `disclosure` says in each language that it is an AI; a message has `max_content` characters."""

    name: str
    clinic: str
    disclosure: dict[str, str]
    languages: tuple[str, ...]
    version: str
    max_content: int = 4_000


class ChannelSettings(msgspec.Struct, frozen=True):
    """What the operator decided that a channel must know: characters, bytes, seconds, origins.

    A client of the assistant stream that takes nothing for `patience_seconds` is let go.
    """

    max_content: int = 4_000
    max_body: int = 65_536
    heartbeat_seconds: float = 15.0
    session_ttl: int = 86_400
    allowed_origins: tuple[str, ...] = ()
    default_device_id: str | None = None
    messages_per_minute: int = 60
    patience_seconds: float = 20.0


class Services(msgspec.Struct, frozen=True):
    """`checks` are awaited by the readiness probe; each raises when its part cannot be used."""

    engine: TurnEngine
    store: Store
    calendars: CalendarFiles
    about: About
    settings: ChannelSettings
    clock: Clock
    signer: Signer
    checks: Mapping[str, Callable[[], Awaitable[None]]]
