"""What the flow assistant needs from packages it may not import: handed in by whoever wires the program."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import msgspec

from careline.domain.booking import Booking


class ShowTime(Protocol):
    def __call__(self, moment: datetime, time_zone: str, language: str, now: datetime | None = None) -> str:
        """A moment for a person to read, always with the zone."""
        ...


class CalendarFile(Protocol):
    def __call__(self, booking: Booking, *, summary: str, at: datetime, description: str = "") -> bytes:
        """The booking as an iCalendar file."""
        ...


class Tools(msgspec.Struct, frozen=True):
    """`public_url` has no slash at its end and is empty when unknown: links are then relative."""

    show_time: ShowTime
    show_date: ShowTime
    show_clock: Callable[[datetime, str], str]
    place_name: Callable[[str, str], str]
    country_name: Callable[[str, str], str]
    calendar_file: CalendarFile
    public_url: str = ""
