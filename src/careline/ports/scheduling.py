"""The calendar."""

from datetime import datetime
from typing import Protocol

import msgspec

from careline.domain.booking import Booking, Hold, Slot, Visitor


class Window(msgspec.Struct, frozen=True):
    """When somebody would like to come: aware UTC, half-open. `daily` narrows each local day, in minutes from 00:00
    in `time_zone` (IANA)."""

    start: datetime
    end: datetime
    time_zone: str
    daily: tuple[int, int] | None = None


class Scheduling(Protocol):
    """The clinic's calendar. Every writing call is idempotent by `request_id` (turn id and a counter).

    All raise StoreUnavailable when the database cannot be reached.
    """

    async def slots(self, service: str, window: Window | None, now: datetime, limit: int) -> list[Slot]:
        """Free slots inside the window (or from now on), earliest first. Empty when there is none."""
        ...

    def bookable_until(self, service: str, now: datetime) -> datetime:
        """The end of how far ahead a slot may begin. Asks no database."""
        ...

    async def hold(self, slot: Slot, conversation_id: str, now: datetime, request_id: str) -> Hold:
        """Keeps a slot for the conversation, releasing what it held before. Raises SlotTaken, OutsideAvailability."""
        ...

    async def confirm(
        self, hold: Hold, person_id: str, visitor: Visitor, conversation_id: str, now: datetime, request_id: str
    ) -> Booking:
        """Books what is held; an expired hold is booked all the same if the time is still free.

        Raises SlotTaken, HoldExpired when somebody else has it.
        """
        ...

    async def reschedule(self, booking_id: str, person_id: str, slot: Slot, now: datetime, request_id: str) -> Booking:
        """Moves the booking in one transaction. Raises SlotTaken (the old time stands), NotFound."""
        ...

    async def cancel(self, booking_id: str, person_id: str, now: datetime, request_id: str) -> Booking:
        """Frees the time. Cancelling twice is one cancellation. Raises NotFound."""
        ...

    async def release(self, hold_id: str, conversation_id: str, now: datetime) -> None:
        """Gives a hold back. Nothing happens when it is gone already."""
        ...

    async def upcoming(self, person_id: str, now: datetime) -> list[Booking]:
        """The person's confirmed bookings that have not ended, earliest first."""
        ...

    async def by_token(self, token: str) -> Booking:
        """The booking whose calendar file this token opens, also a cancelled one. Raises NotFound."""
        ...
