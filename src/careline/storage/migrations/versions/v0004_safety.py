"""What the gate has seen of a course of illness so far, with the conversation."""

from alembic import op
from sqlalchemy import Column

from careline.storage.sql.types import Json

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("conversation_states", Column("safety", Json()))


def downgrade() -> None:
    op.drop_column("conversation_states", "safety")
