"""A lock that one process holds and that the operating system drops when the process dies."""

import os
from pathlib import Path


class ProcessLock:
    """An exclusive lock on a file. Not reentrant; meant to be held for the life of a process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """False when another process (or another ProcessLock) holds it."""
        import fcntl

        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Gives it back; nothing happens when it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
