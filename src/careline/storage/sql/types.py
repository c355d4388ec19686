"""Column types that mean the same on SQLite and PostgreSQL, and the few expressions that differ between them."""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import CHAR, Dialect, Text, types
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def json_text(value: Any) -> str:
    """The value as JSON. A NUL, which PostgreSQL takes in no text, becomes U+FFFD: a model or an agent may say one."""
    found = _encode(value)
    return (_NUL.sub(rb"\1\\ufffd", found) if b"\\u0000" in found else found).decode()


def json_value(text: str | bytes) -> Any:
    return _decode(text)


class Id(types.TypeDecorator[str]):
    """A UUID, in Python always its lower-case text form: UUID on PostgreSQL, CHAR(36) on SQLite."""

    impl = CHAR(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.UUID(as_uuid=False) if postgres else CHAR(36))


class UtcTime(types.TypeDecorator[datetime]):
    """An aware datetime, in Python always UTC: TIMESTAMPTZ on PostgreSQL, fixed-width text on SQLite, which sorts.

    A naive datetime raises ValueError.
    """

    impl = types.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True) if postgres else CHAR(27))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone cannot be stored.")
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.isoformat(timespec="microseconds")[:-6] + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


class Json(types.TypeDecorator[Any]):
    """Plain JSON: JSONB on PostgreSQL, TEXT on SQLite. None is SQL NULL."""

    impl = Text()
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.JSONB(none_as_null=True) if postgres else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        # On PostgreSQL the engine's own json_serializer does it.
        return value if value is None or dialect.name == "postgresql" else json_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return json_value(value) if isinstance(value, str) and dialect.name != "postgresql" else value


class UtcNow(FunctionElement[datetime]):
    """The database's own time, as a column default for rows written by hand."""

    type = UtcTime()
    inherit_cache = True


@compiles(UtcNow, "postgresql")
def _now_postgresql(element: UtcNow, compiler: SQLCompiler, **kw: Any) -> str:
    return "now()"


@compiles(UtcNow, "sqlite")
def _now_sqlite(element: UtcNow, compiler: SQLCompiler, **kw: Any) -> str:
    return "(strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))"


class SessionEnd(FunctionElement[datetime]):
    """`locked_at` and `session_ttl` seconds, as a generated column: what expiry is compared and indexed by.

    On SQLite exact to the millisecond.
    """

    type = UtcTime()
    inherit_cache = True


@compiles(SessionEnd, "postgresql")
def _end_postgresql(element: SessionEnd, compiler: SQLCompiler, **kw: Any) -> str:
    # By way of a zone-less timestamp, because timestamptz + interval is not immutable.
    return "(locked_at AT TIME ZONE 'UTC' + make_interval(secs => session_ttl)) AT TIME ZONE 'UTC'"


@compiles(SessionEnd, "sqlite")
def _end_sqlite(element: SessionEnd, compiler: SQLCompiler, **kw: Any) -> str:
    return "strftime('%Y-%m-%dT%H:%M:%f000Z', locked_at, session_ttl || ' seconds')"
