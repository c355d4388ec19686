"""What is booked: free slots, holds on them, and bookings. Times are aware UTC, half-open: [starts_at, ends_at)."""

from datetime import datetime
from typing import Literal

import msgspec

BookingStatus = Literal["held", "confirmed", "cancelled", "expired"]


class Slot(msgspec.Struct, frozen=True, order=True):
    """A time that can be booked with one provider. `provider` and `service` are ids of the pack's calendar."""

    starts_at: datetime
    ends_at: datetime
    provider: str
    service: str


class Hold(msgspec.Struct, frozen=True):
    """A slot kept for one conversation until `expires_at`. Its `id` becomes the booking's id."""

    id: str
    slot: Slot
    expires_at: datetime


class Visitor(msgspec.Struct, frozen=True):
    """Whom a booking is for, as they said it. `time_zone` is IANA, `language` BCP 47, `country` ISO 3166 alpha-2."""

    name: str
    procedure: str
    contact: str
    country: str | None
    time_zone: str
    language: str


class Booking(msgspec.Struct, frozen=True):
    """A booked slot. `sequence` grows with every change (iCalendar SEQUENCE); `token` opens its calendar file."""

    id: str
    person_id: str
    conversation_id: str
    address: str
    slot: Slot
    status: BookingStatus
    visitor: Visitor
    sequence: int
    token: str
    created_at: datetime
