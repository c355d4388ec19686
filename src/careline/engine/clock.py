"""The engine's clock: the machine's time, but never backwards."""

from datetime import UTC, datetime, timedelta

_STEP = timedelta(microseconds=1)


class SystemClock:
    """Aware UTC, strictly growing within a process even when the machine's clock is set back."""

    def __init__(self) -> None:
        self._last = datetime.fromtimestamp(0, UTC)

    def now(self) -> datetime:
        self._last = max(datetime.now(UTC), self._last + _STEP)
        return self._last
