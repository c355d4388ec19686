"""What the database itself guarantees about bookings, whatever a program tries, and what its queries cost."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, inspect, text, update
from sqlalchemy.exc import IntegrityError

from careline.domain.booking import Visitor
from careline.scheduling.expand import Busy
from careline.storage.sql import booking_rows as rows
from careline.storage.sql.booking_tables import booking_requests, bookings
from careline.storage.sql.bookings import SqlScheduling
from careline.storage.sql.connect import open_database
from careline.storage.sql.database import Database
from careline.storage.sql.ids import new_id
from tests.contracts.scheduling_kinds import CONVERSATIONS, PEOPLE, World, in_database, play, sqlite_url
from tests.scheduling.calendars import clinic

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOW = NOON - timedelta(hours=8)
VISITOR = Visitor("John Doe", "hair_transplant", "john@example.com", "GB", "Europe/London", "en")
PERSON = {
    "user_id": PEOPLE[0],
    "name": "John Doe",
    "procedure": "hair_transplant",
    "contact": "john@example.com",
    "country": "GB",
    "time_zone": "Europe/London",
    "language": "en",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def on(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Callable[[Database], Any]], None]:
    """Runs a story on a migrated database with people in it."""
    url = sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    make = in_database(url)

    def run(story: Callable[[Database], Any]) -> None:
        async def with_database(world: World) -> None:
            assert world.database is not None
            await story(world.database)

        play(make, clinic(), with_database)

    return run


On = Callable[[Callable[[Database], Any]], None]


def row(minutes: int = 0, length: int = 30, status: str = "confirmed", **values: Any) -> dict[str, Any]:
    """A booking `minutes` after noon."""
    start = NOON + timedelta(minutes=minutes)
    end = start + timedelta(minutes=length)
    booking_id = new_id()
    return {
        "id": booking_id,
        "provider": "elif",
        "service": "consultation",
        "conversation_id": CONVERSATIONS[0],
        "starts_at": start,
        "ends_at": end,
        "busy_from": start,
        "busy_until": end,
        "status": status,
        "hold_expires_at": NOON,
        "token": booking_id,
        "sequence": 0,
        "created_at": NOW,
        "updated_at": NOW,
        **(PERSON if status in ("confirmed", "cancelled") else dict.fromkeys(PERSON)),
        **values,
    }


def _execute(statement: Any, conn: Connection) -> None:
    conn.execute(statement)


async def put(database: Database, *many: dict[str, Any]) -> None:
    await database.write(lambda conn: conn.execute(insert(bookings), list(many)) and None)


async def refused(database: Database, *many: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        await put(database, *many)


@pytest.mark.parametrize("status", ["confirmed", "held"])
@pytest.mark.parametrize(("minutes", "length"), [(0, 30), (-15, 30), (15, 30), (10, 5), (-10, 90), (29, 1)])
def test_no_program_can_insert_an_overlap(on: On, status: str, minutes: int, length: int) -> None:
    async def story(database: Database) -> None:
        await put(database, row())
        await refused(database, row(minutes, length, status))

    on(story)


def test_times_that_touch_other_providers_and_ended_rows_are_no_overlap(on: On) -> None:
    async def story(database: Database) -> None:
        await put(database, row(), row(-30), row(30), row(provider="deniz"))
        await put(database, row(status="cancelled"), row(status="cancelled"), row(status="expired"))

    on(story)


def test_two_rows_of_one_statement_cannot_overlap(on: On) -> None:
    async def story(database: Database) -> None:
        await refused(database, row(), row(15))
        await put(database, row())

    on(story)


def test_buffers_count(on: On) -> None:
    async def story(database: Database) -> None:
        await put(database, row(busy_until=NOON + timedelta(minutes=40)))
        await refused(database, row(30))
        await put(database, row(40))

    on(story)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "confirmed", **PERSON},
        {"provider": "elif", "status": "confirmed", **PERSON},
        {"status": "held"},
    ],
)
def test_no_update_can_make_an_overlap(on: On, change: dict[str, Any]) -> None:
    async def story(database: Database) -> None:
        other = row(status="expired", provider=change.get("provider", "elif"))
        await put(database, row(), other)
        with pytest.raises(IntegrityError):
            await database.write(
                partial(_execute, update(bookings).where(bookings.c.id == other["id"]).values(**change))
            )

    on(story)


def test_no_update_of_the_time_or_provider_can_make_an_overlap(on: On) -> None:
    async def story(database: Database) -> None:
        later, elsewhere = row(60), row(provider="deniz")
        await put(database, row(), later, elsewhere)
        changes: list[tuple[dict[str, Any], dict[str, Any]]] = [
            (later, {"busy_from": NOON}),
            (elsewhere, {"provider": "elif"}),
        ]
        for moved, change in changes:
            statement = update(bookings).where(bookings.c.id == moved["id"]).values(**change)
            with pytest.raises(IntegrityError):
                await database.write(partial(_execute, statement))

    on(story)


def test_a_hold_knows_nothing_of_a_person_and_a_booking_all(on: On) -> None:
    async def story(database: Database) -> None:
        for name, value in PERSON.items():
            await refused(database, {**row(status="held"), name: value})
            if name != "country":
                await refused(database, {**row(), name: None})
        await refused(database, row(status="booked"))
        await refused(database, row(busy_from=NOON + timedelta(minutes=1)))
        await refused(database, row(length=0))

    on(story)


def test_a_hold_leaves_no_personal_data_behind_before_it_is_confirmed(on: On) -> None:
    async def story(database: Database) -> None:
        scheduling = SqlScheduling(database, clinic())
        [slot] = await scheduling.slots("consultation", None, NOW, 1)
        await scheduling.hold(slot, CONVERSATIONS[0], NOW, "r1")
        stored = await database.read(lambda conn: conn.execute(text("SELECT * FROM bookings")).mappings().one())
        assert {stored[name] for name in PERSON} == {None}

    on(story)


def test_the_tables_are_those_of_the_migrations(on: On) -> None:
    def compare(conn: Connection) -> None:
        found = inspect(conn)
        for table in (bookings, booking_requests):
            columns = {column["name"]: bool(column["nullable"]) for column in found.get_columns(table.name)}
            assert columns == {column.name: bool(column.nullable) for column in table.columns}
            indexes = {index["name"] for index in found.get_indexes(table.name)}
            assert {index.name for index in table.indexes} <= indexes

    async def story(database: Database) -> None:
        await database.read(compare)

    on(story)


# --- listing ----------------------------------------------------------------------------------------------------


def test_bookings_are_listed_by_page_and_status_and_holds_are_none(on: On) -> None:
    async def story(database: Database) -> None:
        made = [row(30 * at, status="cancelled" if at % 3 == 0 else "confirmed") for at in range(7)]
        await put(database, *made, row(600, status="held"), row(700, status="expired"))
        ids = [one["id"] for one in made]

        async def page(after: str | None, limit: int, status: Any = None) -> list[str]:
            return [b.id for b in await database.read(lambda conn: rows.list_bookings(conn, after, limit, status))]

        assert await page(None, 3) == ids[:3]
        assert await page(ids[2], 3) == ids[3:6]
        assert await page(ids[5], 3) == ids[6:]
        assert await page(None, 9, "cancelled") == ids[::3]
        assert await page(None, 9, "held") == []
        [first, *_] = await database.read(lambda conn: rows.list_bookings(conn, None, 1))
        assert (first.address, first.visitor, first.status) == ("chat_device-0", VISITOR, "cancelled")

    on(story)


# --- what queries cost ------------------------------------------------------------------------------------------


def plan_of(conn: Connection, call: Callable[[Connection], object]) -> str:
    """How SQLite answers the last statement of the call."""
    seen: list[tuple[str, Any]] = []

    class Spy:
        dialect = conn.dialect

        def execute(self, statement: Any, *args: Any) -> Any:
            compiled = statement.compile(dialect=conn.dialect, compile_kwargs={"render_postcompile": True})
            processors = compiled._bind_processors
            values = [
                processors[name](compiled.params[name]) if name in processors else compiled.params[name]
                for name in compiled.positiontup or []
            ]
            seen.append((str(compiled), tuple(values)))
            return conn.execute(statement, *args)

    call(Spy())  # type: ignore[arg-type]
    statement, values = seen[-1]
    plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    return " / ".join(line[3] for line in plan)


@pytest.mark.parametrize(
    ("call", "index"),
    [
        (
            lambda conn: rows.busy_times(conn, ("elif",), NOW, NOON, NOW),
            "ix_bookings_busy (provider=? AND busy_until>?)",
        ),
        (lambda conn: rows.upcoming_bookings(conn, PEOPLE[0], NOW), "ix_bookings_person (user_id=?"),
        (lambda conn: rows.booking_by_token(conn, "token"), "(token=?)"),
        (lambda conn: rows.list_bookings(conn, None, 5), "ix_bookings_listed"),
        (lambda conn: rows.list_bookings(conn, new_id(), 5), "(id>?)"),
        (
            lambda conn: rows.expire_in_the_way(conn, Busy("elif", NOW, NOON), CONVERSATIONS[0], None, NOW),
            "ix_bookings_busy (provider=? AND busy_until>?)",
        ),
        (
            lambda conn: rows.expire_in_the_way(conn, Busy("elif", NOW, NOON), CONVERSATIONS[0], None, NOW),
            "ix_bookings_held (conversation_id=?)",
        ),
    ],
)
def test_queries_use_an_index(tmp_path: Path, call: Callable[[Connection], object], index: str) -> None:
    in_database(sqlite_url(tmp_path))

    async def story() -> None:
        database = open_database(sqlite_url(tmp_path))
        try:
            plan = await database.write(lambda conn: plan_of(conn, call))
        finally:
            await database.close()
        assert index in plan
        assert "SCAN bookings " not in plan.replace("SCAN bookings USING INDEX ix_bookings_listed", "")

    asyncio.run(story())


def test_deleting_a_booking_with_its_requests_is_possible(on: On) -> None:
    """Foreign keys: the requests go first."""

    async def story(database: Database) -> None:
        scheduling = SqlScheduling(database, clinic())
        [slot] = await scheduling.slots("consultation", None, NOW, 1)
        await scheduling.hold(slot, CONVERSATIONS[0], NOW, "r1")
        with pytest.raises(IntegrityError):
            await database.write(lambda conn: conn.execute(delete(bookings)) and None)
        await database.write(lambda conn: [conn.execute(delete(t)) for t in (booking_requests, bookings)] and None)

    on(story)
