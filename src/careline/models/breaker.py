"""The circuit breaker: a server that fails again and again is left alone for a while. Pure; time is a value."""

from careline.domain.errors import ModelUnavailable

REQUEST_REASONS = frozenset({"too_large"})
HEALTHY_STATUS = frozenset({400, 409, 413, 422})


class Breaker:
    """Closed, it lets everything through. After `failures` in a row it opens: for `seconds`, then twice as long each
    time up to `longest_seconds`. Then one attempt is let through, and what comes of it closes or opens it again.

    Times are seconds of one monotonic clock. An attempt is known by the number that `admit` gave it: what attempts from
    before the opening come to no longer matters.
    """

    def __init__(self, failures: int = 5, seconds: float = 5.0, longest_seconds: float = 60.0) -> None:
        self._most = failures
        self._first = seconds
        self._longest = longest_seconds
        self._failed = 0
        self._openings = 0
        self._open_until: float | None = None
        self._trial: int | None = None
        self._round = 0

    @property
    def is_open(self) -> bool:
        return self._open_until is not None

    def admit(self, now: float) -> int:
        """The attempt's number. Raises ModelUnavailable("circuit_open") with the seconds left."""
        if self._open_until is not None:
            if now < self._open_until or self._trial is not None:
                raise ModelUnavailable("circuit_open", retry_after=max(self._open_until - now, 1.0))
            self._round += 1
            self._trial = self._round
        return self._round

    def answering(self, attempt: int) -> None:
        """The attempt has its first token. An open circuit closes, yet the next failure opens it again."""
        if attempt == self._trial:
            self._close()
            self._failed = self._most - 1

    def succeeded(self, attempt: int) -> None:
        if attempt == self._round:
            self._close()
            self._failed = 0
            self._openings = 0

    def failed(self, attempt: int, error: ModelUnavailable, now: float) -> float | None:
        """A server that refuses one request for what is in it is healthy. When this opens it, for how many seconds."""
        if error.reason in REQUEST_REASONS or (error.reason == "refused_request" and error.status in HEALTHY_STATUS):
            self.succeeded(attempt)
            return None
        if attempt != self._round:
            return None
        self._failed += 1
        if self._failed < self._most:
            return None
        seconds = min(self._longest, self._first * 2.0**self._openings)
        seconds = max(seconds, min(error.retry_after or 0.0, self._longest))
        self._open_until = now + seconds
        self._openings = min(self._openings + 1, 32)
        self._trial = None
        self._round += 1
        return seconds

    def abandoned(self, attempt: int) -> None:
        """The attempt was cancelled: nothing is known."""
        if attempt == self._trial:
            self._trial = None

    def _close(self) -> None:
        self._open_until = None
        self._trial = None
