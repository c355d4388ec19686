"""The schema: the migrations say what the tables say, and every query has an index."""

import asyncio
import re
from typing import Any

from sqlalchemy import Connection, Select, Update, event, text
from sqlalchemy.dialects import postgresql

from careline.storage.migrate import is_current
from careline.storage.migrations import HEAD
from careline.storage.sql import (
    accept,
    alerts,
    booking_tables,  # noqa: F401  its tables belong to the metadata
    claims,
    consents,
    exchanges,
    finish,
    outbox,
    profiles,
    reading,
    sessions,
    store,
)
from careline.storage.sql.ids import new_id
from careline.storage.sql.tables import messages, metadata
from tests.contracts.world import World, story

MODULES = (accept, alerts, claims, consents, exchanges, finish, outbox, profiles, reading, sessions, store)
WHOLE_OPEN_INDEX = {"ABANDONED"}
"""What goes through all open turns, of which there are few: through their partial index."""
WHOLE_LIST = {"LISTED", "NEWEST"}
"""What walks the primary key from its newest end."""


def _statements() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in MODULES:
        for name, value in vars(module).items():
            several = value if isinstance(value, tuple) else (value,)
            for number, statement in enumerate(several):
                if isinstance(statement, Select | Update):
                    found[f"{module.__name__.rpartition('.')[2]}.{name}.{number}"] = statement
    return found


STATEMENTS = _statements()


def _compiled(statement: Any, dialect: Any) -> str:
    return re.sub(r"\(__\[POSTCOMPILE_\w+\]\)", "(NULL, NULL)", str(statement.compile(dialect=dialect)))


@story
async def test_the_migrated_schema_is_that_of_the_tables(w: World) -> None:
    def differences(conn: Connection) -> list[Any]:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(conn, opts=options), metadata))

    assert await w.database.read(is_current)
    assert (await w.one("SELECT version_num FROM alembic_version")).version_num == HEAD
    assert await w.database.read(differences) == []


def test_there_are_statements_to_look_at() -> None:
    assert len(STATEMENTS) > 30


def test_sqlite_never_reads_a_whole_table(sqlite_url: str) -> None:
    import sqlite3

    from sqlalchemy.dialects import sqlite

    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    try:
        for name, statement in STATEMENTS.items():
            sql = _compiled(statement, sqlite.dialect())
            plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?")).fetchall()
            scans = [step for *_, step in plan if step.startswith("SCAN") and "CONSTANT ROW" not in step]
            short = name.split(".")[1]
            if short in WHOLE_OPEN_INDEX:
                assert all("ix_turns_open" in step for step in scans), (name, plan)
            elif short in WHOLE_LIST:
                assert all("USING INDEX" in step or "USING COVERING INDEX" in step for step in scans), (name, plan)
            elif short == "LISTED_WAITING":
                assert all("ix_conversation_states_waiting" in step for step in scans), (name, plan)
            elif short == "LISTED_OPEN":
                assert all("ix_alerts_open" in step for step in scans), (name, plan)
            else:
                assert scans == [], (name, sql, plan)
    finally:
        connection.close()


def test_postgres_never_has_to_read_a_whole_table(migrated_postgres_url: str) -> None:
    import asyncpg

    async def plans() -> None:
        connection = await asyncpg.connect(migrated_postgres_url)
        try:
            await connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
            for name, statement in STATEMENTS.items():
                sql = _compiled(statement, postgresql.asyncpg.dialect())  # type: ignore[no-untyped-call]
                nulls = ", ".join(["NULL"] * max(map(int, re.findall(r"\$(\d+)", sql)), default=0))
                await connection.execute(f"PREPARE asked AS {sql}")
                plan = await connection.fetch(f"EXPLAIN EXECUTE asked({nulls})" if nulls else "EXPLAIN EXECUTE asked")
                await connection.execute("DEALLOCATE asked")
                steps = [row[0] for row in plan]
                assert not any("Seq Scan" in step for step in steps), (name, steps)
        finally:
            await connection.close()

    asyncio.run(plans())


@story
async def test_a_page_of_history_costs_the_same_however_many_there_are(w: World) -> None:
    """One range of one index, no sorting, and no more rows read than shown."""
    turn = await w.exchange()
    rows = [{"id": new_id(), "user_id": turn.person_id, "direction": "incoming"} for _ in range(5000)]
    await w.database.write(lambda conn: conn.execute(messages.insert(), rows).rowcount)
    if w.database.dialect == "postgresql":
        await w.database.write(lambda conn: conn.execute(text("ANALYZE messages")).rowcount)
    plans = await w.database.read(lambda conn: _plans_of_history(conn, turn.person_id, rows[2500]["id"]))
    for plan in plans:
        assert "ix_messages_user_id_id" in plan or "pk_messages" in plan
        assert "Sort" not in plan
        assert "TEMP B-TREE" not in plan
        if w.database.dialect == "postgresql":
            assert "rows=51.00" in plan
            assert "Removed by Filter" not in plan
    assert len(plans) == 2


def _plans_of_history(conn: Connection, person_id: str, before: str) -> list[str]:
    """How the database reads a first and a later page: what the store really runs, asked again with EXPLAIN."""
    ran: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        ran.append((statement, parameters))

    event.listen(conn, "before_cursor_execute", note)
    try:
        reading.history(conn, person_id, None, 50)
        reading.history(conn, person_id, before, 50)
    finally:
        event.remove(conn, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if conn.dialect.name == "sqlite" else "EXPLAIN (ANALYZE)"
    return [str(conn.exec_driver_sql(f"{explain} {sql}", values).all()) for sql, values in ran]


NEWEST_OF_ALL = """
SELECT u.phone_number, m.direction, m.body, m.created_at FROM users u JOIN messages m ON u.id = m.user_id
WHERE u.phone_number LIKE 'chat_%' ORDER BY m.created_at DESC LIMIT 10
"""


@story
async def test_the_newest_messages_of_everybody_are_found_without_reading_all(w: World) -> None:
    """What operators ask by hand."""
    turn = await w.exchange()
    rows = [{"id": new_id(), "user_id": turn.person_id, "direction": "incoming"} for _ in range(5000)]
    await w.database.write(lambda conn: conn.execute(messages.insert(), rows).rowcount)
    if w.database.dialect == "postgresql":
        await w.database.write(lambda conn: conn.execute(text("ANALYZE messages")).rowcount)
    explain = "EXPLAIN QUERY PLAN" if w.database.dialect == "sqlite" else "EXPLAIN"
    plan = await w.database.read(lambda conn: str(conn.execute(text(explain + NEWEST_OF_ALL)).all()))
    assert "ix_messages_created_at" in plan
    assert "TEMP B-TREE" not in plan
