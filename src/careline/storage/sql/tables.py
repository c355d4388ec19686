"""The tables. Names of tables and columns that the clients' own SQL uses stay as they are."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Computed,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
    text,
)

from careline.storage.sql.types import Id, Json, SessionEnd, UtcNow, UtcTime

__all__ = ["CURRENT", "OPEN", "QUEUED", "RUNNING", "Id", "Json", "UtcTime", "metadata"]

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

users = Table(
    "users",
    metadata,
    Column("id", Id(), primary_key=True),
    Column("phone_number", String(255), nullable=False, unique=True),
    Column("name", String(255)),
    Column("profile", Json()),
    Column("created_at", UtcTime(), nullable=False, server_default=UtcNow()),
)

conversation_states = Table(
    "conversation_states",
    metadata,
    Column("id", Id(), primary_key=True),
    Column("user_id", Id(), ForeignKey("users.id"), nullable=False),
    Column("channel", String(32), nullable=False),
    Column(
        "thread_key", String(64)
    ),  # 'current' or the thread's name while the session is open, NULL once it has ended
    Column("active_agent", String(50)),
    Column("locked_at", UtcTime(), nullable=False, server_default=UtcNow()),
    Column("session_ttl", Integer, nullable=False, server_default=text("86400")),
    Column("expires_at", UtcTime(), Computed(SessionEnd(), persisted=True)),
    Column("state", Json()),
    Column("safety", Json()),
    Column("language", String(35)),
    Column("time_zone", String(64)),
    Column("country", String(2)),
    Column("interrupted", Boolean, nullable=False, server_default=false()),
    Column("waiting", Boolean, nullable=False, server_default=false()),
    Column("waiting_reason", Text),
    Column("waiting_since", UtcTime()),
    Column("erase_on_end", Boolean, nullable=False, server_default=false()),
    Column("created_at", UtcTime(), nullable=False, server_default=UtcNow()),
    Column("ended_at", UtcTime()),
    Column("ended_reason", String(32)),
    UniqueConstraint("user_id", "channel", "thread_key"),
)
Index(
    "ix_conversation_states_unended",
    conversation_states.c.expires_at,
    postgresql_where=text("ended_at IS NULL"),
    sqlite_where=text("ended_at IS NULL"),
)
Index(
    "ix_conversation_states_waiting",
    conversation_states.c.id,
    postgresql_where=text("waiting"),
    sqlite_where=text("waiting = 1"),
)

turns = Table(
    "turns",
    metadata,
    Column("id", Id(), primary_key=True),
    Column("conversation_id", Id(), ForeignKey("conversation_states.id"), nullable=False),
    Column("user_id", Id(), ForeignKey("users.id"), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("external_id", String(255)),
    Column("status", String(16), nullable=False),
    Column("attempt", Integer, nullable=False, server_default=text("1")),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcTime()),
    Column("hints", Json()),
    Column("accepted_at", UtcTime(), nullable=False),
    Column("started_at", UtcTime()),
    Column("finished_at", UtcTime()),
    Column("error_type", String(64)),
    Column("agent", String(50)),
    Column("events", LargeBinary),
    Column("raw", Json()),
    Column("usage", Json()),
    CheckConstraint("status IN ('queued', 'running', 'completed', 'failed', 'cancelled')", name="status"),
    UniqueConstraint("user_id", "external_id"),
)
Index("ix_turns_user_id_channel_id", turns.c.user_id, turns.c.channel, turns.c.id)
Index("ix_turns_conversation_id_id", turns.c.conversation_id, turns.c.id)
Index(
    "ix_turns_open",
    turns.c.conversation_id,
    turns.c.id,
    postgresql_where=text("status IN ('queued', 'running')"),
    sqlite_where=text("status IN ('queued', 'running')"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Id(), primary_key=True),
    Column("user_id", Id(), ForeignKey("users.id"), nullable=False),
    Column("direction", String(20), nullable=False),
    Column("body", Text, nullable=False, server_default=text("''")),
    Column("media_url", Text),  # addresses of images, one a line
    Column("created_at", UtcTime(), nullable=False, server_default=UtcNow()),
    Column("turn_id", Id(), ForeignKey("turns.id")),
    Column("conversation_id", Id(), ForeignKey("conversation_states.id")),
    Column("attachments", Json()),
    Column("choices", Json()),
    CheckConstraint("direction IN ('incoming', 'outgoing')", name="direction"),
)
Index("ix_messages_user_id_id", messages.c.user_id, messages.c.id)
Index("ix_messages_turn_id", messages.c.turn_id)
Index("ix_messages_created_at", messages.c.created_at)

consents = Table(
    "consents",
    metadata,
    Column("id", Id(), primary_key=True),
    Column("user_id", Id(), ForeignKey("users.id"), nullable=False),
    Column("conversation_id", Id(), ForeignKey("conversation_states.id"), nullable=False),
    Column("turn_id", Id(), ForeignKey("turns.id"), nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("version", String(64), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("at", UtcTime(), nullable=False),
)
Index("ix_consents_user_id_id", consents.c.user_id, consents.c.id)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id(), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("payload", Json(), nullable=False),
    Column("turn_id", Id(), ForeignKey("turns.id")),
    Column("due_at", UtcTime(), nullable=False),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcTime()),
    Column("delivered_at", UtcTime()),
    Column("failed_at", UtcTime()),
    Column("error_type", String(64)),
    Column("created_at", UtcTime(), nullable=False, server_default=UtcNow()),
)
Index(
    "ix_outbox_due",
    outbox.c.due_at,
    postgresql_where=text("delivered_at IS NULL AND failed_at IS NULL"),
    sqlite_where=text("delivered_at IS NULL AND failed_at IS NULL"),
)
Index("ix_outbox_turn_id", outbox.c.turn_id)

alerts = Table(
    "alerts",
    metadata,
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
for _name, _column in (("open", alerts.c.id), ("unanswered", alerts.c.last_raised_at)):
    Index(
        f"ix_alerts_{_name}",
        _column,
        postgresql_where=text("acknowledged_at IS NULL"),
        sqlite_where=text("acknowledged_at IS NULL"),
    )

health_profiles = Table(
    "health_profiles",
    metadata,
    Column("user_id", Id(), ForeignKey("users.id"), primary_key=True),
    Column("facts", Json(), nullable=False),  # a list of careline.domain.patient.Fact
    Column("updated_at", UtcTime(), nullable=False),
)


def status_is(table: FromClause, *statuses: str) -> ColumnElement[bool]:
    """Turns (or an alias of them) in one of these statuses.

    In literals, not parameters: only so does PostgreSQL see that a partial index fits. SQLite sees it only where the
    index's own condition is repeated, so what looks for some of the open turns must say OPEN (or `open_in`) as well.
    """
    return table.c.status.in_([literal_column(f"'{status}'") for status in statuses])


def open_in(table: FromClause) -> ColumnElement[bool]:
    return status_is(table, "queued", "running")


OPEN = open_in(turns)
QUEUED = status_is(turns, "queued")
RUNNING = status_is(turns, "running")
ONLY_THREAD = "current"
"""The thread key of a person's open conversation on a channel where they have one at a time."""
CURRENT = conversation_states.c.thread_key == literal_column(f"'{ONLY_THREAD}'")
