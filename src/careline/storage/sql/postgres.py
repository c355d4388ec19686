"""PostgreSQL over asyncpg: the same synchronous functions, a few connections that commit many writes together.

Writing together costs a function half of what it costs alone (no BEGIN and COMMIT of its own, fewer switches), and it
does so exactly when there is much to write.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeVar, cast

from sqlalchemy import URL, Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from careline.domain.errors import Overloaded, StoreUnavailable, Unavailable
from careline.storage.sql.failures import again, connection_lost, postgres_failure
from careline.storage.sql.group import Job
from careline.storage.sql.types import json_text, json_value

T = TypeVar("T")
BATCH = 32
"""Writes of one commit at most: their rows stay locked until it."""
_ATTEMPTS = 5


class PostgresDatabase:
    """A pool of connections. A lost one is replaced; a transaction whose commit was not yet sent is run again."""

    dialect: Literal["postgresql"] = "postgresql"

    def __init__(
        self,
        url: URL,
        *,
        queue: int = 4096,
        writers: int = 4,
        readers: int = 6,
        connect_seconds: float = 3.0,
        wait_seconds: float = 10.0,
    ) -> None:
        """`queue` bounds the writes that wait; `wait_seconds` the wait for a connection, and a statement."""
        self._engine = postgres_engine(url, writers + readers, connect_seconds, wait_seconds)
        self._bound = queue
        self._writers = writers
        self._waiting: deque[Job] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._writing = 0

    async def write(self, work: Callable[[Connection], T]) -> T:
        if len(self._waiting) >= self._bound:
            raise Overloaded
        job = Job(work, asyncio.get_running_loop())
        self._waiting.append(job)
        if self._writing < self._writers:
            self._writing += 1
            self._spawn(self._write_waiting())
        return cast(T, await job.future)

    async def read(self, work: Callable[[Connection], T]) -> T:
        # Apart from the caller: a connection whose reader is cancelled in the middle would have to be thrown away.
        return cast(T, await asyncio.shield(self._spawn(self._run(work, commit=False))))

    async def close(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self._engine.dispose()

    def _spawn(self, work: Any) -> "asyncio.Task[Any]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _write_waiting(self) -> None:
        try:
            while self._waiting:
                taken = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                jobs = [job for job in taken if not job.future.cancelled()]
                await self._write_together(jobs)
                for job in jobs:
                    job.resolve()
        finally:
            self._writing -= 1

    async def _write_together(self, jobs: list[Job]) -> None:
        """All in one transaction; each in its own when one of them fails."""
        alone = len(jobs) == 1
        try:
            await self._run(partial(_run_all, jobs), commit=True, insist=alone)
        except Exception as error:
            if not alone and not isinstance(error, Unavailable):
                for job in jobs:
                    await self._write_together([job])
                return
            for job in jobs:
                job.fail(error)

    async def _run(self, work: Callable[[Connection], T], *, commit: bool, insist: bool = True) -> T:
        """With `insist` a conflict with another transaction is tried again as well, not only a lost connection."""
        for attempt in range(1, _ATTEMPTS + 1):
            sent = False
            try:
                async with self._engine.connect() as connection:
                    result = await connection.run_sync(work)
                    sent = True
                    await (connection.commit() if commit else connection.rollback())
                    return result
            except Exception as error:
                passing = connection_lost(error) or (insist and again(error))
                if attempt < _ATTEMPTS and passing and not sent:
                    continue
                failure = postgres_failure(error)
                if failure is error:
                    raise
                raise failure from None
        raise StoreUnavailable


def _run_all(jobs: list[Job], connection: Connection) -> None:
    for job in jobs:
        failure = job.run(connection)
        if failure is not None:
            raise failure


def postgres_engine(
    url: URL, connections: int = 1, connect_seconds: float = 3.0, wait_seconds: float = 60.0
) -> AsyncEngine:
    """The driver set up as the store needs it: no value of a statement in any error, JSON by msgspec."""
    return create_async_engine(
        url,
        hide_parameters=True,
        json_serializer=json_text,
        json_deserializer=json_value,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=wait_seconds,
        pool_use_lifo=True,
        connect_args={"timeout": connect_seconds, "command_timeout": wait_seconds},
    )
