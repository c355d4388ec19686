"""When to try again. Pure: chance and time are values."""

import msgspec

from careline.domain.errors import ModelUnavailable
from careline.models.trouble import PASSING


class Retries(msgspec.Struct, frozen=True):
    """Up to `most` further attempts, about `first_seconds` after the first one, then twice as late each time."""

    most: int = 2
    first_seconds: float = 0.25
    longest_seconds: float = 4.0

    def wait(self, error: ModelUnavailable, done: int, chance: float) -> float | None:
        """Seconds to the next attempt after `done` retries; None when there is to be none.

        `chance` (0 to 1) spreads the attempts of many over half of the time and all of it. What the server asks for in
        `Retry-After` is the least.
        """
        if error.streamed or error.reason not in PASSING or done >= self.most:
            return None
        own: float = min(self.longest_seconds, self.first_seconds * 2.0**done) * (0.5 + chance / 2)
        if error.retry_after is None:
            return own
        return error.retry_after + own * chance
