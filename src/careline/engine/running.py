"""A turn while it runs here: it numbers and publishes events, keeps them for the record, and can be cancelled."""

import asyncio
import re
from collections.abc import Awaitable
from typing import Any, Literal, TypeVar

from careline.domain.conversation import Attachment, Turn
from careline.domain.errors import CarelineError
from careline.domain.events import Emergency, Published, Token, TurnEvent, first_seq
from careline.engine.record import pack
from careline.ports import Bus

MAX_REPLY_CHARACTERS = 200_000
T = TypeVar("T")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What PostgreSQL, or no database at all, takes as text: a model or an agent may say it all the same."""


class ReplyTooLong(CarelineError):
    """The assistant did not stop writing."""


class Running:
    """The events of one attempt. The reply is exactly its tokens joined."""

    def __init__(self, turn: Turn, bus: Bus) -> None:
        self.turn = turn
        self.cancelled: Literal["requested", "superseded"] | None = None
        self.superseded = False
        self.asking = False
        self._bus = bus
        self._log: list[Published] = []
        self._seq = first_seq(turn.attempt)
        self._texts: list[str] = []
        self._length = 0
        self.emergency: Emergency | None = None
        self.safety: dict[str, Any] | None = None
        self.raw: tuple[dict[str, Any], ...] = ()  # what explains the reply besides the outcome, also of a failed turn
        self.attachments: tuple[Attachment, ...] = ()  # the message's, once somebody has listened to them
        self.listened: tuple[dict[str, Any], ...] = ()
        self._listening: asyncio.Timeout | None = None
        self._task: asyncio.Task[object] | None = asyncio.current_task()
        self._time = asyncio.get_running_loop().time
        self._began = self._time()
        self._first: float | None = None

    @property
    def reply(self) -> str:
        return "".join(self._texts)

    def publish(self, event: TurnEvent, *, last_words: bool = False) -> None:
        """Gives the event the next seq and sends it to the followers. Raises ReplyTooLong, but never for last words."""
        if isinstance(event, Token):
            if not event.text:
                return
            if not event.text.isprintable() and _UNSTORABLE.search(event.text):
                event = Token(_UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", event.text))
            self._length += len(event.text)
            if self._length > MAX_REPLY_CHARACTERS and not last_words:
                raise ReplyTooLong
            self._texts.append(event.text)
            if self._first is None:
                self._first = self._time()
        elif isinstance(event, Emergency):
            self.emergency = event
        published = Published(self._seq, event)
        self._seq += 1
        self._log.append(published)
        self._bus.publish(self.turn.id, published)

    def took(self) -> dict[str, float | int | None]:
        """What this attempt has taken so far, in milliseconds; to its first token as well."""
        first = None if self._first is None else _ms(self._first - self._began)
        return {"attempt": self.turn.attempt, "first_token_ms": first, "ms": _ms(self._time() - self._began)}

    def record_with(self, final: TurnEvent) -> tuple[bytes, Published]:
        """The packed log as it will be once `final` is published, and `final` with its seq: publish it after commit."""
        published = Published(self._seq, final)
        return pack([*self._log, published]), published

    def cancel(self) -> bool:
        """Stops the assistant. False when it has already ended and the reply is being stored."""
        if self._task is None:
            return False
        if not self.cancelled:
            self.cancelled = "requested"
            self._task.cancel()
        return True

    def bind(self) -> None:
        """From here on the turn is not cut short any more: what it does now is done. Raises CancelledError when it has
        just been taken back."""
        if self.cancelled:
            raise asyncio.CancelledError
        self._task = None

    def supersede(self) -> None:
        """An emergency waits behind this turn: its assistant is stopped, or not begun, and recordings are left.

        The gate's look is not cut short, and neither is an emergency that this turn itself has told of.
        """
        self.superseded = True
        if self._listening is not None and not self._listening.expired():
            self._listening.reschedule(self._time())
        if self.asking and self._task is not None and self.emergency is None and not self.cancelled:
            self.cancelled = "superseded"
            self._task.cancel()

    async def unless_superseded(self, listening: Awaitable[T]) -> T | None:
        """What it gives; None as soon as an emergency waits behind this turn."""
        try:
            async with asyncio.timeout(0 if self.superseded else None) as self._listening:
                return await listening
        except TimeoutError:
            return None
        finally:
            self._listening = None

    def settle(self) -> None:
        """From here on the turn can no longer be cancelled."""
        if self.cancelled and self._task is not None:
            self._task.uncancel()
        self._task = None


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
