"""What the statements run on: one synchronous style of function for both engines."""

from collections.abc import Callable
from typing import Literal, Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
DialectName = Literal["sqlite", "postgresql"]


class Database(Protocol):
    """Runs functions of a SQLAlchemy Connection, each atomically.

    A function may be run again from its beginning when its transaction had to be given up, so it changes nothing
    outside the connection. What it raises is raised to the caller and undoes only its own writes.
    """

    @property
    def dialect(self) -> DialectName: ...

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Durable when it returns. Raises StoreUnavailable, StoreFull, Overloaded, and IntegrityError as it is."""
        ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Sees everything whose `write` has returned. Raises StoreUnavailable."""
        ...

    async def close(self) -> None:
        """Ends what has begun and gives every connection back."""
        ...
