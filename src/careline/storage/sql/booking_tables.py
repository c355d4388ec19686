"""The tables of the calendar. That bookings cannot overlap is said in the migration, in each engine's own way."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, text

from careline.storage.sql.tables import metadata
from careline.storage.sql.types import Id, UtcTime

ACTIVE = "status IN ('held', 'confirmed')"
"""Rows that take the provider's time, spelled as in the partial index, which only serves a query that says the same."""

bookings = Table(
    "bookings",
    metadata,
    Column("id", Id(), primary_key=True),
    Column("provider", String(128), nullable=False),
    Column("service", String(128), nullable=False),
    Column("conversation_id", Id(), nullable=False),
    Column("user_id", Id(), ForeignKey("users.id")),
    Column("starts_at", UtcTime(), nullable=False),
    Column("ends_at", UtcTime(), nullable=False),
    Column("busy_from", UtcTime(), nullable=False),
    Column("busy_until", UtcTime(), nullable=False),
    Column("status", String(16), nullable=False),
    Column("hold_expires_at", UtcTime(), nullable=False),
    Column("name", Text),
    Column("procedure", Text),
    Column("contact", Text),
    Column("country", String(2)),
    Column("time_zone", String(64)),
    Column("language", String(35)),
    Column("token", String(64), nullable=False, unique=True),
    Column("sequence", Integer, nullable=False),
    Column("created_at", UtcTime(), nullable=False),
    Column("updated_at", UtcTime(), nullable=False),
    CheckConstraint("status IN ('held', 'confirmed', 'cancelled', 'expired')", name="status"),
    CheckConstraint("starts_at < ends_at AND busy_from <= starts_at AND ends_at <= busy_until", name="times"),
    # A hold says nothing about a person; a booking says all of it.
    CheckConstraint(
        "(status IN ('held', 'expired') AND user_id IS NULL AND name IS NULL AND procedure IS NULL"
        " AND contact IS NULL AND country IS NULL AND time_zone IS NULL AND language IS NULL)"
        " OR (status IN ('confirmed', 'cancelled') AND user_id IS NOT NULL AND name IS NOT NULL"
        " AND procedure IS NOT NULL AND contact IS NOT NULL AND time_zone IS NOT NULL AND language IS NOT NULL)",
        name="person",
    ),
)


def _partial(name: str, where: str, *columns: str) -> Index:
    condition = text(where)
    return Index(name, *(bookings.c[one] for one in columns), postgresql_where=condition, sqlite_where=condition)


_partial("ix_bookings_busy", ACTIVE, "provider", "busy_until")
_partial("ix_bookings_held", "status = 'held'", "conversation_id")
_partial("ix_bookings_person", "user_id IS NOT NULL", "user_id", "starts_at")
_partial("ix_bookings_listed", "user_id IS NOT NULL", "id")

booking_requests = Table(
    "booking_requests",
    metadata,
    Column("request_id", String(128), primary_key=True),
    Column("booking_id", Id(), ForeignKey("bookings.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", UtcTime(), nullable=False),
)
Index("ix_booking_requests_booking_id", booking_requests.c.booking_id)
