"""How much one connection may ask."""


class TokenBucket:
    """`burst` at once, then `per_second`. Pure: the caller brings the time, in seconds of a monotonic clock."""

    def __init__(self, burst: float, per_second: float, now: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._tokens = burst
        self._at = now

    def take(self, now: float) -> float:
        """Takes one and answers 0, or takes none and answers the seconds until there is one."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._per_second
