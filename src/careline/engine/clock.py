"""The engine's clock: the machine's time, but never backwards."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_STEP = timedelta(microseconds=1)


def _machine() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """Aware UTC, strictly growing within a process even when the machine's clock is set back.

    Until the machine's time has caught up, this one goes at half its speed: were it to stand still, nothing would be
    due in the meantime, no delivery that is to be tried again and no alert that nobody has acknowledged.
    """

    def __init__(
        self, machine: Callable[[], datetime] = _machine, steady: Callable[[], float] = time.monotonic
    ) -> None:
        """`steady` tells seconds that nobody sets."""
        self._machine = machine
        self._steady = steady
        self._last = datetime.fromtimestamp(0, UTC)
        self._at = steady()

    def now(self) -> datetime:
        at = self._steady()
        passed = timedelta(seconds=(at - self._at) / 2)
        self._at = at
        self._last = max(self._machine(), self._last + max(_STEP, passed))
        return self._last
