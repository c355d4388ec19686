"""Staff alerts that stay open until acknowledged, and health profiles."""

from alembic import op
from sqlalchemy import Column, ForeignKey, Integer, String, text

from careline.storage.sql.types import Id, Json, UtcTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "alerts",
        Column("id", Id(), primary_key=True),
        Column("turn_id", Id(), ForeignKey("turns.id"), nullable=False),
        Column("conversation_id", Id(), ForeignKey("conversation_states.id"), nullable=False),
        Column("kind", String(64), nullable=False),
        Column("level", String(32), nullable=False),
        Column("country", String(2)),
        Column("raised_at", UtcTime(), nullable=False),
        Column("last_raised_at", UtcTime(), nullable=False),
        Column("raised", Integer, nullable=False, server_default=text("1")),
        Column("acknowledged_at", UtcTime()),
        Column("acknowledged_by", String(255)),
    )
    _open_index("ix_alerts_open", "id")
    _open_index("ix_alerts_unanswered", "last_raised_at")

    op.create_table(
        "health_profiles",
        Column("user_id", Id(), ForeignKey("users.id"), primary_key=True),
        Column("facts", Json(), nullable=False),
        Column("updated_at", UtcTime(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("health_profiles")
    op.drop_table("alerts")


def _open_index(name: str, column: str) -> None:
    where = text("acknowledged_at IS NULL")
    op.create_index(name, "alerts", [column], postgresql_where=where, sqlite_where=where)
