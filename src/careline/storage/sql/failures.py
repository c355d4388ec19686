"""From what drivers raise to the errors of the domain. None of these carries a statement, a value or an address."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from careline.domain.errors import StoreFull, StoreUnavailable

_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
_PG_FULL = {"53100"}
_PG_AWAY = ("08", "53", "57", "58", "XX", "28", "3D")
"""Connection, resources, operator intervention (shutdown), system error, internal error, login, no such database."""
_PG_AGAIN = {"40001", "40P01"}


def sqlite_failure(error: BaseException) -> BaseException:
    """The domain's error for what SQLite raised, or the same error when it says nothing about the database's health."""
    driver = error.orig if isinstance(error, exc.DBAPIError) else error
    code = getattr(driver, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StoreFull()
    return StoreUnavailable() if code in _SQLITE_AWAY else error


@contextmanager
def sqlite_failures() -> Iterator[None]:
    try:
        yield
    except (exc.DBAPIError, sqlite3.Error) as error:
        failure = sqlite_failure(error)
        if failure is error:
            raise
        raise failure from None


def postgres_failure(error: BaseException) -> BaseException:
    """The domain's error for what PostgreSQL, its driver or the network raised, or the same error."""
    if isinstance(error, OSError | TimeoutError | exc.TimeoutError | exc.InterfaceError) or connection_lost(error):
        return StoreUnavailable()
    state = sqlstate(error)
    if state in _PG_FULL:
        return StoreFull()
    return StoreUnavailable() if state.startswith(_PG_AWAY) else error


def connection_lost(error: BaseException) -> bool:
    """Whether a connection that had been made turned out dead."""
    return isinstance(error, exc.DBAPIError) and error.connection_invalidated


def again(error: BaseException) -> bool:
    """Whether PostgreSQL gave the transaction up only because of another one."""
    return sqlstate(error) in _PG_AGAIN


def sqlstate(error: BaseException) -> str:
    """The five characters of a PostgreSQL error, or nothing."""
    driver = error.orig if isinstance(error, exc.DBAPIError) else error
    return getattr(driver, "sqlstate", None) or ""
