"""SQLite: one writer thread that commits many writes with one fsync, and a few reader threads."""

import asyncio
import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event

from careline.domain.errors import Overloaded
from careline.storage.sql.failures import sqlite_failure, sqlite_failures
from careline.storage.sql.group import Job, Jobs

T = TypeVar("T")
BATCH = 256
"""Writes of one commit at most, so that the first of them does not wait long for the last."""
_making = threading.Lock()


class SqliteDatabase:
    """The embedded database. A write is on the disk (power cut included) when `write` returns."""

    dialect: Literal["sqlite"] = "sqlite"

    def __init__(self, path: Path, *, queue: int = 4096, readers: int = 2, busy_seconds: float = 10.0) -> None:
        """`queue` bounds the writes that wait; `busy_seconds` is how long another process may hold the file."""
        self._engine = sqlite_engine(path, busy_seconds)
        self._jobs = Jobs(queue)
        self._slots = readers * 512
        self._reading = 0
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="sqlite-read")
        self._read_connections: list[Connection] = []
        self._writer = threading.Thread(target=self._write_all, name="sqlite-write", daemon=True)
        self._writer.start()

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await self._jobs.add(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        if self._reading >= self._slots:
            raise Overloaded
        self._reading += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)
        finally:
            self._reading -= 1

    async def close(self) -> None:
        self._jobs.close()
        await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._read_connections:
            connection.close()
        self._engine.dispose()

    # --- reader threads ---

    def _read(self, work: Callable[[Connection], T]) -> T:
        with sqlite_failures():
            connection: Connection | None = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = self._engine.connect()
                _driver(connection).execute("PRAGMA query_only = ON")
                self._read_connections.append(connection)
            _driver(connection).execute("BEGIN")
            try:
                return work(connection)
            finally:
                _roll_back(connection)

    # --- the writer thread ---

    def _write_all(self) -> None:
        connection: Connection | None = None
        while jobs := self._jobs.take(BATCH):
            try:
                if connection is None:
                    with sqlite_failures():
                        connection = self._engine.connect()
                if not _attempt(connection, jobs):
                    for job in jobs:
                        _alone(connection, job)
            except BaseException as error:  # whatever it was, nobody may wait for ever
                for job in jobs:
                    job.fail(error)
            self._jobs.settle(jobs)
        if connection is not None:
            connection.close()


def _attempt(connection: Connection, jobs: list[Job]) -> bool:
    """Runs these in one transaction. False when SQLite gave all of it up because of one (disk full), and nothing is
    written; a single job has then failed."""
    driver = _driver(connection)
    with sqlite_failures():
        driver.execute("BEGIN IMMEDIATE")
        try:
            for job in jobs:
                driver.execute("SAVEPOINT job")
                failure = job.run(connection)
                if failure is not None:
                    job.fail(sqlite_failure(failure))
                    if not driver.in_transaction:
                        return False
                    driver.execute("ROLLBACK TO job")
                driver.execute("RELEASE job")
            connection.commit()
        finally:
            _roll_back(connection)
    return True


def _alone(connection: Connection, job: Job) -> None:
    """Runs it in a transaction of its own: what becomes of it says nothing about the others."""
    try:
        _attempt(connection, [job])
    except BaseException as error:
        job.fail(error)


def _roll_back(connection: Connection) -> None:
    """Ends whatever transaction is left, of SQLite and of SQLAlchemy."""
    driver = _driver(connection)
    if driver.in_transaction:
        driver.execute("ROLLBACK")
    connection.rollback()


def _driver(connection: Connection) -> sqlite3.Connection:
    driver: Any = connection.connection.driver_connection
    return driver  # type: ignore[no-any-return]


def sqlite_engine(path: Path, busy_seconds: float) -> Engine:
    """Connections that are durable, leave transactions to their user, and put no value into an error.

    A file that is not there yet is made with the first connection, readable for its owner alone.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        hide_parameters=True,
        pool_size=0,
        max_overflow=-1,
        connect_args={"timeout": busy_seconds, "isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "do_connect")
    def make(dialect: object, record: object, arguments: object, options: object) -> None:
        # Only a file that is not there is opened. To close one takes away every lock this process has on it, and
        # another program that then reads the database deletes the log the server is still writing to.
        with _making, contextlib.suppress(OSError):  # SQLite will say it better
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    @event.listens_for(engine, "connect")
    def prepare(driver: sqlite3.Connection, record: object) -> None:
        _use_wal(driver, busy_seconds)
        driver.execute("PRAGMA synchronous = FULL")
        driver.execute("PRAGMA foreign_keys = ON")
        driver.execute("PRAGMA journal_size_limit = 67108864")

    return engine


def _use_wal(driver: sqlite3.Connection, busy_seconds: float) -> None:
    """SQLite does not wait by itself while another process is changing the mode of a new file."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            driver.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
