"""Bookings, which cannot overlap: the database itself refuses two that take the same time of one provider."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Text, text

from careline.storage.sql.types import Id, UtcTime

revision = "0002"
down_revision = "0001"

ACTIVE = "status IN ('held', 'confirmed')"

EXCLUSION = f"""
ALTER TABLE bookings ADD CONSTRAINT ex_bookings_overlap
EXCLUDE USING gist (provider WITH =, tstzrange(busy_from, busy_until) WITH &&) WHERE ({ACTIVE})
"""

# Times are text of one width and one zone, so they compare as what they mean.
TRIGGER = """
CREATE TRIGGER bookings_overlap_{event} BEFORE {when} ON bookings
WHEN NEW.status IN ('held', 'confirmed') AND EXISTS (
    SELECT 1 FROM bookings AS other
    WHERE other.provider = NEW.provider AND other.status IN ('held', 'confirmed') AND other.id <> {own}.id
    AND other.busy_until > NEW.busy_from AND other.busy_from < NEW.busy_until
)
BEGIN
    SELECT RAISE(ABORT, 'bookings overlap');
END
"""


def upgrade() -> None:
    op.create_table(
        "bookings",
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
    _partial_index("ix_bookings_busy", ACTIVE, "provider", "busy_until")
    _partial_index("ix_bookings_held", "status = 'held'", "conversation_id")
    _partial_index("ix_bookings_person", "user_id IS NOT NULL", "user_id", "starts_at")
    _partial_index("ix_bookings_listed", "user_id IS NOT NULL", "id")
    _refuse_overlaps()

    op.create_table(
        "booking_requests",
        Column("request_id", String(128), primary_key=True),
        Column("booking_id", Id(), ForeignKey("bookings.id"), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("at", UtcTime(), nullable=False),
    )
    op.create_index("ix_booking_requests_booking_id", "booking_requests", ["booking_id"])


def downgrade() -> None:
    op.drop_table("booking_requests")
    op.drop_table("bookings")


def _partial_index(name: str, where: str, *columns: str) -> None:
    op.create_index(name, "bookings", list(columns), postgresql_where=text(where), sqlite_where=text(where))


def _refuse_overlaps() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        op.execute(EXCLUSION)
    else:
        op.execute(TRIGGER.format(event="insert", when="INSERT", own="NEW"))
        changes = "UPDATE OF provider, status, busy_from, busy_until"
        op.execute(TRIGGER.format(event="update", when=changes, own="OLD"))
