"""The clinic's calendar in the database, which itself refuses bookings that overlap."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from careline.domain.booking import Booking, Hold, Slot, Visitor
from careline.domain.errors import HoldExpired, NotFound, SlotTaken, StoreUnavailable
from careline.ports import Window
from careline.scheduling.calendar import Calendar
from careline.scheduling.expand import Busy, busy_around, check_offered, free_slots, search_range
from careline.storage.sql import booking_rows as rows
from careline.storage.sql.database import Database
from careline.storage.sql.failures import sqlstate

T = TypeVar("T")

OVERLAP = "bookings overlap"
"""What the SQLite triggers say."""
_EXCLUSION_VIOLATION = "23P01"
_UNIQUE_VIOLATION = "23505"
_ATTEMPTS = 3


class SqlScheduling:
    """A `careline.ports.Scheduling` on SQLite or PostgreSQL."""

    def __init__(self, database: Database, calendar: Calendar) -> None:
        self.calendar = calendar
        self._database = database

    async def slots(self, service: str, window: Window | None, now: datetime, limit: int) -> list[Slot]:
        wanted = self.calendar.service(service)
        start, end = search_range(wanted, window, now)
        if start >= end:
            return []
        start, end = start - wanted.buffer_before, end + wanted.duration + wanted.buffer_after

        def read(conn: Connection) -> list[Busy]:
            return rows.busy_times(conn, wanted.providers, start, end, now)

        return free_slots(self.calendar, wanted, window, await self._database.read(read), now, limit)

    def bookable_until(self, service: str, now: datetime) -> datetime:
        return search_range(self.calendar.service(service), None, now)[1]

    async def hold(self, slot: Slot, conversation_id: str, now: datetime, request_id: str) -> Hold:
        return await self._change(lambda conn: _hold(conn, self.calendar, slot, conversation_id, now, request_id))

    async def confirm(
        self, hold: Hold, person_id: str, visitor: Visitor, conversation_id: str, now: datetime, request_id: str
    ) -> Booking:
        return await self._change(
            lambda conn: _confirm(conn, hold.id, person_id, visitor, conversation_id, now, request_id)
        )

    async def reschedule(self, booking_id: str, person_id: str, slot: Slot, now: datetime, request_id: str) -> Booking:
        return await self._change(
            lambda conn: _reschedule(conn, self.calendar, booking_id, person_id, slot, now, request_id)
        )

    async def cancel(self, booking_id: str, person_id: str, now: datetime, request_id: str) -> Booking:
        return await self._change(lambda conn: _cancel(conn, booking_id, person_id, now, request_id))

    async def release(self, hold_id: str, conversation_id: str, now: datetime) -> None:
        await self._change(lambda conn: rows.release_hold(conn, hold_id, conversation_id, now))

    async def upcoming(self, person_id: str, now: datetime) -> list[Booking]:
        return await self._database.read(lambda conn: rows.upcoming_bookings(conn, person_id, now))

    async def by_token(self, token: str) -> Booking:
        found = await self._database.read(lambda conn: rows.booking_by_token(conn, token))
        if found is None:
            raise NotFound
        return found

    async def _change(self, change: Callable[[Connection], T]) -> T:
        """Runs the change; again when a twin of the request was stored meanwhile, which is then found."""
        for _ in range(_ATTEMPTS):
            try:
                return await self._database.write(change)
            except IntegrityError as error:
                if _is_overlap(error):
                    raise SlotTaken from None
                if not _is_twin(error):
                    raise
        raise StoreUnavailable


def _hold(
    conn: Connection, calendar: Calendar, slot: Slot, conversation_id: str, now: datetime, request_id: str
) -> Hold:
    rows.lock_provider(conn, slot.provider)
    if (known := rows.earlier(conn, "hold", request_id)) and (row := rows.locked_row(conn, known)):
        if row.conversation_id != conversation_id:
            raise NotFound
        return Hold(row.id, rows.to_slot(row), row.hold_expires_at)
    service = check_offered(calendar, slot, now)
    busy = busy_around(service, slot)
    rows.expire_in_the_way(conn, busy, conversation_id, None, now)
    hold = rows.insert_hold(conn, slot, busy, conversation_id, now + service.hold, now)
    rows.remember(conn, "hold", request_id, hold.id, now)
    return hold


def _confirm(
    conn: Connection,
    hold_id: str,
    person_id: str,
    visitor: Visitor,
    conversation_id: str,
    now: datetime,
    request_id: str,
) -> Booking:
    known = rows.earlier(conn, "confirm", request_id) or hold_id
    rows.lock_provider(conn, rows.provider_of(conn, known) or "")
    row = rows.locked_row(conn, known)
    if row is None or row.conversation_id != conversation_id or row.user_id not in (None, person_id):
        raise NotFound
    if row.status in ("held", "expired"):
        if row.starts_at <= now:
            raise HoldExpired
        busy = Busy(row.provider, row.busy_from, row.busy_until)
        rows.expire_in_the_way(conn, busy, conversation_id, row.id, now)
        rows.set_confirmed(conn, row.id, person_id, visitor, now)
        rows.remember(conn, "confirm", request_id, row.id, now)
    elif row.status == "cancelled":
        raise HoldExpired
    return _stored(conn, row.id)


def _reschedule(
    conn: Connection,
    calendar: Calendar,
    booking_id: str,
    person_id: str,
    slot: Slot,
    now: datetime,
    request_id: str,
) -> Booking:
    rows.lock_provider(conn, slot.provider)
    row = rows.locked_row(conn, booking_id)
    if row is None or row.user_id != person_id:
        raise NotFound
    if rows.earlier(conn, "reschedule", request_id) == row.id:
        return _stored(conn, row.id)
    if row.status != "confirmed" or row.ends_at <= now:
        raise NotFound
    if rows.to_slot(row) == slot:
        return _stored(conn, row.id)
    busy = busy_around(check_offered(calendar, slot, now), slot)
    rows.expire_in_the_way(conn, busy, row.conversation_id, None, now)
    rows.set_time(conn, row.id, slot, busy, row.sequence + 1, now)
    rows.remember(conn, "reschedule", request_id, row.id, now)
    return _stored(conn, row.id)


def _cancel(conn: Connection, booking_id: str, person_id: str, now: datetime, request_id: str) -> Booking:
    row = rows.locked_row(conn, booking_id)
    if row is None or row.user_id != person_id:
        raise NotFound
    if rows.earlier(conn, "cancel", request_id) is None and row.status == "confirmed":
        rows.set_cancelled(conn, row.id, row.sequence + 1, now)
        rows.remember(conn, "cancel", request_id, row.id, now)
    return _stored(conn, row.id)


def _stored(conn: Connection, booking_id: str) -> Booking:
    found = rows.booking(conn, booking_id)
    if found is None:
        raise NotFound
    return found


def _is_overlap(error: IntegrityError) -> bool:
    return sqlstate(error) == _EXCLUSION_VIOLATION or OVERLAP in str(error.orig)


def _is_twin(error: IntegrityError) -> bool:
    return sqlstate(error) == _UNIQUE_VIOLATION or "UNIQUE constraint failed" in str(error.orig)
