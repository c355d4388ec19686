"""The statements of the calendar, each on an open connection inside somebody's transaction."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, or_, select, text, union, update

from careline.domain.booking import Booking, BookingStatus, Hold, Slot, Visitor
from careline.domain.errors import IdempotencyConflict
from careline.scheduling.expand import Busy
from careline.storage.sql.booking_tables import ACTIVE, booking_requests, bookings
from careline.storage.sql.ids import new_id, parse_id
from careline.storage.sql.tables import users

Kind = Literal["hold", "confirm", "reschedule", "cancel"]

_BOOKINGS = select(bookings, users.c.phone_number.label("address")).join(users, users.c.id == bookings.c.user_id)


def lock_provider(conn: Connection, provider: str) -> None:
    """Lets one transaction at a time change the provider's times, where the engine has several writers.

    The constraint holds without it, but two transactions that insert overlapping rows at once would wait for each
    other until the database breaks the deadlock.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:provider, 7))"), {"provider": provider})


def busy_times(conn: Connection, providers: Sequence[str], start: datetime, end: datetime, now: datetime) -> list[Busy]:
    """What takes the providers' time in [start, end), holds that have not expired included."""
    c = bookings.c
    rows = conn.execute(
        select(c.provider, c.busy_from, c.busy_until)
        .where(c.provider.in_(providers), text(ACTIVE), c.busy_until > start, c.busy_from < end)
        .where(or_(c.status == "confirmed", c.hold_expires_at > now))
    )
    return [Busy(*row) for row in rows]


def earlier(conn: Connection, kind: Kind, request_id: str) -> str | None:
    """The booking this request was about when it was done before. Raises IdempotencyConflict if it was another kind."""
    c = booking_requests.c
    row = conn.execute(select(c.booking_id, c.kind).where(c.request_id == request_id)).one_or_none()
    if row is not None and row.kind != kind:
        raise IdempotencyConflict
    return row.booking_id if row is not None else None


def remember(conn: Connection, kind: Kind, request_id: str, booking_id: str, now: datetime) -> None:
    conn.execute(insert(booking_requests).values(request_id=request_id, booking_id=booking_id, kind=kind, at=now))


def expire_in_the_way(conn: Connection, wanted: Busy, conversation_id: str, keep: str | None, now: datetime) -> None:
    """Ends the holds that no longer count: expired ones that overlap, and what else the conversation holds.

    Rows are locked in one order, so two transactions never wait for each other here.
    """
    c = bookings.c
    overlapping = select(c.id).where(
        text(ACTIVE),
        c.status == "held",
        c.provider == wanted.provider,
        c.busy_until > wanted.starts_at,
        c.busy_from < wanted.ends_at,
        c.hold_expires_at <= now,
    )
    mine = select(c.id).where(text("status = 'held'"), c.conversation_id == conversation_id)
    found = set(conn.execute(union(overlapping, mine)).scalars()) - {keep}
    if not found:
        return
    still = select(c.id).where(c.id.in_(found), c.status == "held").order_by(c.id).with_for_update()
    ids = conn.execute(still).scalars().all()
    conn.execute(update(bookings).where(c.id.in_(ids)).values(status="expired", updated_at=now))


def insert_hold(
    conn: Connection, slot: Slot, busy: Busy, conversation_id: str, expires_at: datetime, now: datetime
) -> Hold:
    """Raises IntegrityError when something else takes that time."""
    hold = Hold(new_id(), slot, expires_at)
    conn.execute(
        insert(bookings).values(
            id=hold.id,
            conversation_id=conversation_id,
            status="held",
            hold_expires_at=expires_at,
            token=secrets.token_urlsafe(24),
            sequence=0,
            created_at=now,
            updated_at=now,
            **_time_columns(slot, busy),
        )
    )
    return hold


def provider_of(conn: Connection, booking_id: str) -> str | None:
    """The provider of a hold or booking; None when there is no such thing."""
    return conn.execute(select(bookings.c.provider).where(bookings.c.id == parse_id(booking_id))).scalar_one_or_none()


def locked_row(conn: Connection, booking_id: str) -> Row[Any] | None:
    """The hold or booking, locked until the transaction ends."""
    query = select(bookings).where(bookings.c.id == parse_id(booking_id)).with_for_update()
    return conn.execute(query).one_or_none()


def set_confirmed(conn: Connection, booking_id: str, person_id: str, visitor: Visitor, now: datetime) -> None:
    """Raises IntegrityError when something else takes that time."""
    conn.execute(
        update(bookings)
        .where(bookings.c.id == booking_id)
        .values(
            status="confirmed",
            user_id=person_id,
            name=visitor.name,
            procedure=visitor.procedure,
            contact=visitor.contact,
            country=visitor.country,
            time_zone=visitor.time_zone,
            language=visitor.language,
            updated_at=now,
        )
    )


def set_time(conn: Connection, booking_id: str, slot: Slot, busy: Busy, sequence: int, now: datetime) -> None:
    """Raises IntegrityError when something else takes that time."""
    values = _time_columns(slot, busy)
    conn.execute(
        update(bookings).where(bookings.c.id == booking_id).values(sequence=sequence, updated_at=now, **values)
    )


def set_cancelled(conn: Connection, booking_id: str, sequence: int, now: datetime) -> None:
    conn.execute(
        update(bookings)
        .where(bookings.c.id == booking_id)
        .values(status="cancelled", sequence=sequence, updated_at=now)
    )


def release_hold(conn: Connection, hold_id: str, conversation_id: str, now: datetime) -> None:
    c = bookings.c
    conn.execute(
        update(bookings)
        .where(c.id == parse_id(hold_id), c.conversation_id == conversation_id, c.status == "held")
        .values(status="expired", updated_at=now)
    )


def booking(conn: Connection, booking_id: str) -> Booking | None:
    row = conn.execute(_BOOKINGS.where(bookings.c.id == booking_id)).one_or_none()
    return None if row is None else to_booking(row)


def booking_by_token(conn: Connection, token: str) -> Booking | None:
    row = conn.execute(_BOOKINGS.where(bookings.c.token == token)).one_or_none()
    return None if row is None else to_booking(row)


def upcoming_bookings(conn: Connection, person_id: str, now: datetime) -> list[Booking]:
    c = bookings.c
    mine = _BOOKINGS.where(c.user_id == person_id, c.status == "confirmed", c.ends_at > now)
    return [to_booking(row) for row in conn.execute(mine.order_by(c.starts_at, c.id))]


def list_bookings(
    conn: Connection, after: str | None, limit: int, status: BookingStatus | None = None
) -> list[Booking]:
    """Bookings in the order they were made, at most `limit`, those after booking id `after`. Holds are not listed."""
    query = _BOOKINGS.where(bookings.c.user_id.is_not(None)).order_by(bookings.c.id).limit(limit)
    if after is not None:
        query = query.where(bookings.c.id > after)
    if status is not None:
        query = query.where(bookings.c.status == status)
    return [to_booking(row) for row in conn.execute(query)]


def to_slot(row: Row[Any]) -> Slot:
    return Slot(row.starts_at, row.ends_at, row.provider, row.service)


def to_booking(row: Row[Any]) -> Booking:
    return Booking(
        id=row.id,
        person_id=row.user_id,
        conversation_id=row.conversation_id,
        address=row.address,
        slot=to_slot(row),
        status=row.status,
        visitor=Visitor(row.name, row.procedure, row.contact, row.country, row.time_zone, row.language),
        sequence=row.sequence,
        token=row.token,
        created_at=row.created_at,
    )


def _time_columns(slot: Slot, busy: Busy) -> dict[str, Any]:
    return {
        "provider": slot.provider,
        "service": slot.service,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "busy_from": busy.starts_at,
        "busy_until": busy.ends_at,
    }
