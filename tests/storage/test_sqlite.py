"""The SQLite database: durable, many writes in one commit, and what goes wrong stays with whom it concerns."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from careline.domain.errors import LeaseLost, Overloaded, StoreFull, StoreUnavailable
from careline.storage.sql.sqlite import SqliteDatabase

Run = Callable[[Coroutine[Any, Any, Any]], Any]


def insert(n: int, pad: str = "") -> Callable[[Connection], int]:
    def work(conn: Connection) -> int:
        conn.exec_driver_sql("INSERT INTO things VALUES (?, ?)", (n, pad))
        return n

    return work


def numbers(conn: Connection) -> set[int]:
    return {row[0] for row in conn.exec_driver_sql("SELECT n FROM things")}


async def opened(tmp_path: Path, **options: Any) -> SqliteDatabase:
    database = SqliteDatabase(tmp_path / "things.db", **options)
    await database.write(lambda c: c.exec_driver_sql("CREATE TABLE things (n INTEGER PRIMARY KEY, pad TEXT)").rowcount)
    return database


class Held:
    """Keeps the writer thread busy, so that what is asked for meanwhile becomes one batch."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._go, self._begun = threading.Event(), threading.Event()
        self._task = asyncio.ensure_future(database.write(self._work))

    def _work(self, conn: Connection) -> None:
        self._begun.set()
        self._go.wait(30)

    async def __aenter__(self) -> "Held":
        await asyncio.to_thread(self._begun.wait, 30)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0)  # whoever was just started gets into the queue
        self._go.set()
        await self._task


def make_parts(conn: Connection) -> None:
    conn.exec_driver_sql("CREATE TABLE parts (n INTEGER REFERENCES things (n))")


def orphan(conn: Connection) -> None:
    """A part of nothing, which only the commit finds."""
    conn.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    conn.exec_driver_sql("INSERT INTO parts VALUES (99)")


def test_a_power_cut_takes_nothing_that_was_acknowledged(run: Run, tmp_path: Path) -> None:
    async def scene() -> None:
        database = await opened(tmp_path)
        settings = {}
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
            settings[name] = await database.write(
                lambda conn, name=name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one()  # type: ignore[misc]
            )
        await database.close()
        assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}

    run(scene())
    assert stat.S_IMODE((tmp_path / "things.db").stat().st_mode) == 0o600


def test_a_new_file_is_made_with_its_first_use_for_its_owner_alone(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "data" / "new.db"

    async def scene() -> None:
        database = SqliteDatabase(path)
        assert not path.parent.exists()
        await database.read(lambda conn: conn.exec_driver_sql("SELECT 1").scalar_one())
        await database.close()

    run(scene())
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path.parent, path)] == [0o700, 0o600]


def test_what_waits_is_committed_together(run: Run, tmp_path: Path) -> None:
    async def scene() -> None:
        database = await opened(tmp_path)
        said: list[str] = []
        await database.write(lambda conn: _driver(conn).set_trace_callback(said.append))
        async with Held(database):
            writes = [asyncio.ensure_future(database.write(insert(n))) for n in range(100)]
        assert await asyncio.gather(*writes) == list(range(100))
        await database.write(lambda conn: _driver(conn).set_trace_callback(None))
        await database.close()
        commits = [n for n, statement in enumerate(said) if statement == "COMMIT"]
        inserts = [n for n, statement in enumerate(said) if statement.startswith("INSERT")]
        assert len(inserts) == 100
        assert sum(inserts[0] < commit for commit in commits) == 1
        assert all(commit > inserts[-1] for commit in commits if commit > inserts[0])

    run(scene())


def test_one_that_fails_does_not_hurt_the_others(run: Run, tmp_path: Path) -> None:
    def half(conn: Connection) -> None:
        insert(1000)(conn)
        raise LeaseLost

    async def scene() -> None:
        database = await opened(tmp_path)
        async with Held(database):
            work = [insert(1), half, insert(2), insert(1), insert(3)]
            writes = [asyncio.ensure_future(database.write(one)) for one in work]
        found = await asyncio.gather(*writes, return_exceptions=True)
        assert [type(one) for one in found] == [int, LeaseLost, int, IntegrityError, int]
        assert await database.read(numbers) == {1, 2, 3}
        await database.close()

    run(scene())


def test_a_commit_that_fails_fails_everybody_in_it(run: Run, tmp_path: Path) -> None:
    async def scene() -> None:
        database = await opened(tmp_path)
        await database.write(make_parts)
        async with Held(database):
            writes = [asyncio.ensure_future(database.write(one)) for one in (insert(1), orphan, insert(2))]
        found = await asyncio.gather(*writes, return_exceptions=True)
        assert [type(one) for one in found] == [IntegrityError] * 3
        assert await database.read(numbers) == set()
        assert await database.write(insert(4)) == 4
        await database.close()

    run(scene())


def test_who_leaves_does_not_stop_the_others(run: Run, tmp_path: Path) -> None:
    async def scene() -> None:
        database = await opened(tmp_path)
        async with Held(database):
            writes = [asyncio.ensure_future(database.write(insert(n))) for n in range(5)]
            await asyncio.sleep(0)
            writes[2].cancel()
        found = await asyncio.gather(*writes, return_exceptions=True)
        assert [type(one) for one in found] == [int, int, asyncio.CancelledError, int, int]
        assert await database.read(numbers) == {0, 1, 3, 4}
        await database.close()

    run(scene())


def test_too_much_waiting_is_refused(run: Run, tmp_path: Path) -> None:
    async def scene() -> None:
        database = await opened(tmp_path, queue=3)
        async with Held(database):
            writes = [asyncio.ensure_future(database.write(insert(n))) for n in range(5)]
        found = await asyncio.gather(*writes, return_exceptions=True)
        assert [type(one) for one in found] == [int, int, int, Overloaded, Overloaded]
        await database.close()

    run(scene())


def test_a_full_disk_is_said_and_passes(run: Run, tmp_path: Path) -> None:
    """Those that still fit are stored; SQLite may give up a whole transaction when one does not."""

    async def scene() -> None:
        database = await opened(tmp_path)
        pages = await database.write(lambda conn: conn.exec_driver_sql("PRAGMA page_count").scalar_one())
        await database.write(lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count = {pages + 8}").scalar_one())
        async with Held(database):
            work = [insert(n, "x" * 200_000 if n % 5 == 4 else "x") for n in range(20)]
            writes = [asyncio.ensure_future(database.write(one)) for one in work]
        found = await asyncio.gather(*writes, return_exceptions=True)
        assert [n for n, one in enumerate(found) if isinstance(one, StoreFull)] == [4, 9, 14, 19]
        assert await database.read(numbers) == {one for one in found if isinstance(one, int)}
        await database.write(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count = 100000").scalar_one())
        assert await database.write(insert(4, "x" * 200_000)) == 4
        await database.close()

    run(scene())


def test_what_was_committed_alone_did_not_fail_because_another_did(run: Run, tmp_path: Path) -> None:
    """After SQLite gave a batch up each write gets a transaction of its own."""

    def gives_all_up(conn: Connection) -> None:
        conn.exec_driver_sql("ROLLBACK")
        raise LeaseLost

    async def scene() -> None:
        database = await opened(tmp_path)
        await database.write(make_parts)
        async with Held(database):
            work = [insert(1), gives_all_up, insert(2), orphan, insert(3)]
            writes = [asyncio.ensure_future(database.write(one)) for one in work]
        found = await asyncio.gather(*writes, return_exceptions=True)
        assert [type(one) for one in found] == [int, LeaseLost, int, IntegrityError, int]
        assert await database.read(numbers) == {1, 2, 3}
        await database.close()

    run(scene())


def test_another_process_that_writes_is_waited_for(run: Run, tmp_path: Path) -> None:
    async def scene() -> None:
        database = await opened(tmp_path)
        other = sqlite3.connect(tmp_path / "things.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO things VALUES (1, '')")
        write = asyncio.ensure_future(database.write(insert(2)))
        done, _ = await asyncio.wait([write], timeout=0.1)
        assert not done
        other.execute("COMMIT")
        other.close()
        assert await write == 2
        assert await database.read(numbers) == {1, 2}
        await database.close()

    run(scene())


def test_another_process_that_never_ends_makes_it_unavailable(run: Run, tmp_path: Path) -> None:
    async def scene() -> None:
        database = await opened(tmp_path, busy_seconds=0.05)
        other = sqlite3.connect(tmp_path / "things.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            await database.write(insert(2))
        other.execute("ROLLBACK")
        other.close()
        assert await database.write(insert(2)) == 2
        await database.close()

    run(scene())


def test_reading_sees_what_was_written_and_cannot_write(run: Run, tmp_path: Path) -> None:
    async def scene() -> None:
        database = await opened(tmp_path)
        for n in range(20):
            await database.write(insert(n))
            assert n in await database.read(numbers)
        with pytest.raises(StoreUnavailable):
            await database.read(insert(99))
        assert 99 not in await database.read(numbers)
        await database.close()

    run(scene())


def test_a_file_that_is_no_database_is_unavailable(run: Run, tmp_path: Path) -> None:
    async def scene() -> None:
        (tmp_path / "no.db").write_bytes(b"this is not a database at all, it is text" * 100)
        database = SqliteDatabase(tmp_path / "no.db")
        for use in (database.read, database.write):
            with pytest.raises(StoreUnavailable):
                await use(numbers)
        await database.close()

    run(scene())


def test_another_program_may_read_while_the_server_writes(run: Run, tmp_path: Path) -> None:
    """It must not take itself for the last one: it would delete the log that the server goes on writing to."""
    reads = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(len(c.execute(sys.argv[2]).fetchall()))"
    look = (sys.executable, "-c", f"{reads}; c.close()", str(tmp_path / "things.db"), "SELECT n FROM things")

    async def scene() -> None:
        database = await opened(tmp_path)
        for n in range(4):
            await database.write(insert(n))
            assert len(await database.read(numbers)) == n + 1
            seen = await asyncio.to_thread(subprocess.run, look, capture_output=True, text=True, check=True)
            assert int(seen.stdout) == n + 1
        await database.close()

    run(scene())


def test_closing_stores_what_waits_and_takes_no_more(run: Run, tmp_path: Path) -> None:
    async def scene() -> None:
        database = await opened(tmp_path)
        writes = [asyncio.ensure_future(database.write(insert(n))) for n in range(10)]
        await asyncio.sleep(0)
        await database.close()
        assert await asyncio.gather(*writes) == list(range(10))
        with pytest.raises(StoreUnavailable):
            await database.write(insert(11))

    run(scene())


def test_errors_do_not_repeat_what_was_said(run: Run, tmp_path: Path) -> None:
    async def scene() -> None:
        database = await opened(tmp_path)
        await database.write(insert(1))
        with pytest.raises(IntegrityError) as refused:
            await database.write(insert(1, "I have a rash"))
        assert "rash" not in str(refused.value)
        await database.close()

    run(scene())


def _driver(conn: Connection) -> Any:
    return conn.connection.driver_connection
