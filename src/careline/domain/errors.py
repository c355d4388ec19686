"""The one error tree. A docstring is the message a person reads; no error here knows HTTP or carries personal data."""

from typing import Literal

ModelTrouble = Literal[
    "connect",
    "first_token_timeout",
    "token_timeout",
    "rate_limited",
    "quota",
    "server",
    "circuit_open",
    "bad_response",
    "refused_request",
    "too_large",
    "interrupted",
    "deadline",
    "too_slow",
]

AttachmentTrouble = Literal["address", "unreachable", "status", "redirects", "too_large", "kind", "timeout"]


class CarelineError(Exception):
    """Something went wrong."""

    def __str__(self) -> str:
        return " ".join(str(arg) for arg in self.args) or (self.__doc__ or "").strip()


class Invalid(CarelineError):
    """The input is not valid."""


class NotFound(CarelineError):
    """There is no such thing, or it is not yours."""


class IllegalTransition(CarelineError):
    """A turn cannot move from its state to that one."""


class IdempotencyConflict(CarelineError):
    """This message id was already used for a different message."""


class LeaseLost(CarelineError):
    """Another process has taken this turn over."""


class Overloaded(CarelineError):
    """The server has as much work as it can hold. Please try again in a moment."""


class TooManyWaiting(Overloaded):
    """Too many messages of this conversation wait for their answer. Please wait for the next one."""


class Unavailable(CarelineError):
    """A part of the system cannot be reached right now."""


class StoreUnavailable(Unavailable):
    """The database cannot be reached right now."""


class StoreFull(StoreUnavailable):
    """The database has no room to write."""


class ModelUnavailable(Unavailable):
    """The language model cannot answer right now.

    `retry_after` is in seconds, when the server (or the open circuit) says it. `streamed`: part of an answer was
    already given. Neither what was asked nor what the server said is in it: both may hold a patient's words.
    """

    def __init__(
        self,
        reason: ModelTrouble,
        *,
        retry_after: float | None = None,
        streamed: bool = False,
        status: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason: ModelTrouble = reason
        self.retry_after = retry_after
        self.streamed = streamed
        self.status = status

    def __str__(self) -> str:
        status = f", status {self.status}" if self.status is not None else ""
        return f"The language model cannot answer right now ({self.reason}{status})."


class AttachmentUnavailable(CarelineError):
    """A file that somebody pointed at cannot be had. Its address is not in it: it may hold a token.

    `address`: it is none that may be fetched; `kind`: what is there is no file of its kind.
    """

    def __init__(self, reason: AttachmentTrouble) -> None:
        super().__init__(reason)
        self.reason: AttachmentTrouble = reason

    def __str__(self) -> str:
        return f"The file cannot be had ({self.reason})."


class SlotTaken(CarelineError):
    """That time is no longer free."""


class HoldExpired(CarelineError):
    """The time was held for a while and has been released."""


class OutsideAvailability(CarelineError):
    """That time is not among the times that can be booked."""


class PackInvalid(CarelineError):
    """A pack file is not valid."""


class SettingsInvalid(CarelineError):
    """A setting is not valid."""
