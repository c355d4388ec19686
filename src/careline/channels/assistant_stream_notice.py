"""An emergency shown ahead of its turn, when storing the message or an earlier turn takes too long."""

import asyncio
from collections.abc import Callable

from careline.domain.events import Emergency

AHEAD_SECONDS = 0.05
"""How long a person in danger waits for the disk: then the emergency is told before the message is stored."""


class Notice:
    """Tells of one message's emergency once: by its turn, or ahead of it after a moment, or when it is refused.

    `late` is called after that moment. Who is about to send the frame asks `take` or `new` immediately before, so that
    nothing of the turn can come in between.
    """

    def __init__(self, emergency: Emergency | None, late: Callable[["Notice"], None]) -> None:
        self._emergency = emergency
        self._told: Emergency | None = None
        self._timer: asyncio.TimerHandle | None = None
        if emergency is not None:
            self._timer = asyncio.get_running_loop().call_later(AHEAD_SECONDS, late, self)

    def take(self) -> Emergency | None:
        """What is to be sent ahead, and from now on counts as told."""
        self._stop()
        if self._told is not None:
            return None
        self._told = self._emergency
        return self._emergency

    def new(self, emergency: Emergency) -> bool:
        """Whether the turn's emergency is to be sent: it was not told, or with another number."""
        self._stop()
        told, self._told = self._told, emergency
        return told is None or (told.number, told.level, told.kind) != (
            emergency.number,
            emergency.level,
            emergency.kind,
        )

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
