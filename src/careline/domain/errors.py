"""The one error tree. A docstring is the message a person reads; no error here knows HTTP or carries personal data."""


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


class Unavailable(CarelineError):
    """A part of the system cannot be reached right now."""


class StoreUnavailable(Unavailable):
    """The database cannot be reached right now."""


class StoreFull(StoreUnavailable):
    """The database has no room to write."""


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
