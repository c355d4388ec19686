"""The calendar in memory: for tests and for trying things out. Keeps every promise of the one in the database."""

import secrets
import uuid
from datetime import datetime
from typing import Literal

import msgspec

from careline.domain.booking import Booking, BookingStatus, Hold, Slot, Visitor
from careline.domain.errors import HoldExpired, IdempotencyConflict, NotFound, SlotTaken
from careline.ports import Window
from careline.scheduling.calendar import Calendar
from careline.scheduling.expand import Busy, busy_around, check_offered, free_slots, search_range

Kind = Literal["hold", "confirm", "reschedule", "cancel"]


class _Row(msgspec.Struct):
    id: str
    conversation_id: str
    slot: Slot
    busy: Busy
    status: BookingStatus
    hold_expires_at: datetime
    token: str
    created_at: datetime
    person_id: str | None = None
    visitor: Visitor | None = None
    sequence: int = 0

    def takes_time(self, now: datetime) -> bool:
        return self.status == "confirmed" or (self.status == "held" and self.hold_expires_at > now)


class MemoryScheduling:
    """A `careline.ports.Scheduling`. Nothing here awaits, so every call is one step for all others.

    `addresses` maps a person's id to their address; who is not in it has their id for an address.
    """

    def __init__(self, calendar: Calendar, addresses: dict[str, str] | None = None) -> None:
        self.calendar = calendar
        self._addresses = addresses if addresses is not None else {}
        self._rows: dict[str, _Row] = {}
        self._requests: dict[str, tuple[Kind, str]] = {}

    async def slots(self, service: str, window: Window | None, now: datetime, limit: int) -> list[Slot]:
        busy = [row.busy for row in self._rows.values() if row.takes_time(now)]
        return free_slots(self.calendar, self.calendar.service(service), window, busy, now, limit)

    def bookable_until(self, service: str, now: datetime) -> datetime:
        return search_range(self.calendar.service(service), None, now)[1]

    async def hold(self, slot: Slot, conversation_id: str, now: datetime, request_id: str) -> Hold:
        if earlier := self._earlier("hold", request_id):
            if earlier.conversation_id != conversation_id:
                raise NotFound
            return Hold(earlier.id, earlier.slot, earlier.hold_expires_at)
        service = check_offered(self.calendar, slot, now)
        mine = self._held_by(conversation_id)
        busy = busy_around(service, slot)
        self._check_free(busy, now, mine)
        _expire(mine)
        row = _Row(
            id=str(uuid.uuid4()),
            conversation_id=conversation_id,
            slot=slot,
            busy=busy,
            status="held",
            hold_expires_at=now + service.hold,
            token=secrets.token_urlsafe(24),
            created_at=now,
        )
        self._rows[row.id] = row
        self._requests[request_id] = ("hold", row.id)
        return Hold(row.id, slot, row.hold_expires_at)

    async def confirm(
        self, hold: Hold, person_id: str, visitor: Visitor, conversation_id: str, now: datetime, request_id: str
    ) -> Booking:
        row = self._earlier("confirm", request_id) or self._rows.get(hold.id)
        if row is None or row.conversation_id != conversation_id or row.person_id not in (None, person_id):
            raise NotFound
        if row.status == "confirmed":
            return self._booking(row)
        if row.status == "cancelled" or row.slot.starts_at <= now:
            raise HoldExpired
        mine = self._held_by(conversation_id)
        self._check_free(row.busy, now, [*mine, row])
        _expire(mine)
        row.status, row.person_id, row.visitor = "confirmed", person_id, visitor
        self._requests[request_id] = ("confirm", row.id)
        return self._booking(row)

    async def reschedule(self, booking_id: str, person_id: str, slot: Slot, now: datetime, request_id: str) -> Booking:
        row = self._own(booking_id, person_id)
        if self._earlier("reschedule", request_id) is row:
            return self._booking(row)
        if row.status != "confirmed" or row.slot.ends_at <= now:
            raise NotFound
        if row.slot == slot:
            return self._booking(row)
        busy = busy_around(check_offered(self.calendar, slot, now), slot)
        mine = self._held_by(row.conversation_id)
        self._check_free(busy, now, [*mine, row])
        _expire(mine)
        row.slot, row.busy, row.sequence = slot, busy, row.sequence + 1
        self._requests[request_id] = ("reschedule", row.id)
        return self._booking(row)

    async def cancel(self, booking_id: str, person_id: str, now: datetime, request_id: str) -> Booking:
        row = self._own(booking_id, person_id)
        if self._earlier("cancel", request_id) is row:
            return self._booking(row)
        if row.status == "confirmed":
            row.status, row.sequence = "cancelled", row.sequence + 1
            self._requests[request_id] = ("cancel", row.id)
        return self._booking(row)

    async def release(self, hold_id: str, conversation_id: str, now: datetime) -> None:
        _expire([row for row in self._held_by(conversation_id) if row.id == hold_id])

    async def upcoming(self, person_id: str, now: datetime) -> list[Booking]:
        rows = [row for row in self._rows.values() if row.person_id == person_id and row.status == "confirmed"]
        later = [row for row in rows if row.slot.ends_at > now]
        return [self._booking(row) for row in sorted(later, key=lambda row: (row.slot.starts_at, row.id))]

    async def by_token(self, token: str) -> Booking:
        for row in self._rows.values():
            if row.token == token and row.person_id is not None:
                return self._booking(row)
        raise NotFound

    def _earlier(self, kind: Kind, request_id: str) -> _Row | None:
        if request_id not in self._requests:
            return None
        earlier_kind, row_id = self._requests[request_id]
        if earlier_kind != kind:
            raise IdempotencyConflict
        return self._rows[row_id]

    def _own(self, booking_id: str, person_id: str) -> _Row:
        row = self._rows.get(booking_id)
        if row is None or row.person_id != person_id:
            raise NotFound
        return row

    def _held_by(self, conversation_id: str) -> list[_Row]:
        return [row for row in self._rows.values() if row.conversation_id == conversation_id and row.status == "held"]

    def _check_free(self, wanted: Busy, now: datetime, mine: list[_Row]) -> None:
        for row in self._rows.values():
            if row not in mine and row.takes_time(now) and _overlap(row.busy, wanted):
                raise SlotTaken

    def _booking(self, row: _Row) -> Booking:
        if row.person_id is None or row.visitor is None:
            raise NotFound
        return Booking(
            id=row.id,
            person_id=row.person_id,
            conversation_id=row.conversation_id,
            address=self._addresses.get(row.person_id, row.person_id),
            slot=row.slot,
            status=row.status,
            visitor=row.visitor,
            sequence=row.sequence,
            token=row.token,
            created_at=row.created_at,
        )


def _expire(rows: list[_Row]) -> None:
    for row in rows:
        row.status = "expired"


def _overlap(one: Busy, other: Busy) -> bool:
    return one.provider == other.provider and one.starts_at < other.ends_at and other.starts_at < one.ends_at
