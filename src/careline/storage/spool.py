"""What was answered while the database was away, on the disk until the database takes it."""

import asyncio
import errno
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from careline.domain.errors import Overloaded, StoreFull, StoreUnavailable, Unavailable
from careline.ports import Exchange
from careline.storage.sql.lock import ProcessLock

log = logging.getLogger("careline.storage")

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Exchange)


class Importer(Protocol):
    async def import_exchange(self, exchange: Exchange) -> bool:
        """Stores it unless it is stored. Raises StoreUnavailable."""
        ...


class Spool:
    """A journal (`careline.ports.Journal`): one JSON object a line, readable for its owner alone.

    A crash at any point loses nothing that `append` had returned for, and nothing is stored twice: lines are only
    dropped once the store has all of them, and the store knows an exchange by its turn id. A last line that was
    cut short was never promised to anybody and is skipped. Lines the store refuses are moved to `<path>.refused`.
    """

    def __init__(self, path: Path, store: Importer, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._path = path
        self._store = store
        self._max_bytes = max_bytes

    async def append(self, exchange: Exchange) -> None:
        await asyncio.to_thread(self._append, self._path, _encoder.encode(exchange))

    async def drain(self) -> int:
        if not self._path.exists() or not self._path.stat().st_size:
            return 0
        lock = ProcessLock(self._path.with_name(self._path.name + ".lock"))
        if not lock.acquire():
            return 0  # another process is at it
        try:
            return await self._drain()
        finally:
            lock.release()

    async def _drain(self) -> int:
        stored = done = 0
        refused: list[bytes] = []
        while True:
            lines = await asyncio.to_thread(self._lines_from, done)
            for line in lines:
                stored += await self._store_line(line, refused)
                done += len(line)
            if await asyncio.to_thread(self._drop, done, refused):
                return stored

    async def _store_line(self, line: bytes, refused: list[bytes]) -> bool:
        if not line.strip():
            return False
        try:
            return await self._store.import_exchange(_decoder.decode(line))
        except (Unavailable, Overloaded):
            raise
        except Exception as error:
            if not line.endswith(b"\n"):
                return False  # cut short by a crash
            log.error("❌ Exchange refused by the store", extra={"error_type": type(error).__name__})
            refused.append(line.rstrip())
            return False

    # --- in a thread ---

    def _append(self, path: Path, line: bytes) -> None:
        with _opened(path) as file:
            size = os.fstat(file).st_size
            if size + len(line) + 2 > self._max_bytes:
                raise StoreFull
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            try:
                _write(file, (b"\n" if torn else b"") + line + b"\n")
                os.fsync(file)
                if size == 0:
                    _sync_folder(path.parent)
            except OSError:
                os.ftruncate(file, size)
                raise

    def _lines_from(self, offset: int) -> list[bytes]:
        with _opened(self._path) as file:
            size = os.fstat(file).st_size
            return os.pread(file, max(0, size - offset), offset).splitlines(keepends=True)

    def _drop(self, done: int, refused: list[bytes]) -> bool:
        """Empties the file if it holds nothing beyond what was stored or `refused`, which is put aside only now: a
        drain that is broken off begins at the first line again, every few seconds."""
        with _opened(self._path) as file:
            if os.fstat(file).st_size > done:
                return False
            for line in refused:
                self._append(self._path.with_name(self._path.name + ".refused"), line)
            os.ftruncate(file, 0)
            os.fsync(file)
            return True


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """The file, for this process and thread alone. Trouble with the disk is StoreUnavailable, no room StoreFull."""
    import fcntl

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise (StoreFull if full else StoreUnavailable) from None


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _sync_folder(folder: Path) -> None:
    """Makes the file's name survive a power cut as well as its content."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
