"""What several ports share: the clock, leases, pages."""

from datetime import datetime
from typing import Generic, Protocol, TypeVar

import msgspec

T = TypeVar("T")


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware UTC. Never goes back within a process, whatever the machine's clock does."""
        ...


class Lease(msgspec.Struct, frozen=True):
    """Who runs a turn, and until when nobody else may."""

    owner: str
    until: datetime


class Page(msgspec.Struct, Generic[T], frozen=True):
    items: tuple[T, ...]
    next: str | None = None
