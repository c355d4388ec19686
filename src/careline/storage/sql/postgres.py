"""PostgreSQL over asyncpg: the same synchronous functions, run on a pool of connections."""

from collections.abc import Callable
from typing import Literal, TypeVar

from sqlalchemy import URL, Connection, exc
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from careline.domain.errors import StoreUnavailable
from careline.storage.sql.failures import again, postgres_failure
from careline.storage.sql.types import json_text, json_value

T = TypeVar("T")
_ATTEMPTS = 5


class PostgresDatabase:
    """A pool of connections. Lost connections are replaced; a transaction whose commit was not sent is run again."""

    dialect: Literal["postgresql"] = "postgresql"

    def __init__(
        self, url: URL, *, connections: int = 10, connect_seconds: float = 3.0, wait_seconds: float = 10.0
    ) -> None:
        """`wait_seconds` bounds both the wait for a free connection and a single statement."""
        self._engine = postgres_engine(url, connections, connect_seconds, wait_seconds)

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await self._run(work, commit=True)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._run(work, commit=False)

    async def close(self) -> None:
        await self._engine.dispose()

    async def _run(self, work: Callable[[Connection], T], *, commit: bool) -> T:
        for attempt in range(1, _ATTEMPTS + 1):
            sent = False
            try:
                async with self._engine.connect() as connection:
                    result = await connection.run_sync(work)
                    sent = True
                    await (connection.commit() if commit else connection.rollback())
                    return result
            except (exc.SQLAlchemyError, OSError, TimeoutError) as error:
                if attempt < _ATTEMPTS and not sent and _passing(error):
                    continue
                failure = postgres_failure(error)
                if failure is error:
                    raise
                raise failure from None
        raise StoreUnavailable


def _passing(error: BaseException) -> bool:
    """A conflict with another transaction, or a pooled connection that had died: nothing was written, so again."""
    return again(error) or (isinstance(error, exc.DBAPIError) and error.connection_invalidated)


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
