"""Work handed from event loops to a thread that takes everything waiting at once."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from careline.domain.errors import Overloaded, StoreUnavailable

T = TypeVar("T")


class Job:
    """One function to run, and who waits for it."""

    __slots__ = ("_error", "_result", "_work", "future", "loop")

    def __init__(self, work: Callable[[Connection], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self._work = work
        self._result: Any = None
        self._error: BaseException | None = None

    def run(self, connection: Connection) -> BaseException | None:
        """Runs it and keeps what it returned; what it raised is returned."""
        self._error = None
        try:
            self._result = self._work(connection)
        except BaseException as error:
            return error
        return None

    def fail(self, error: BaseException) -> None:
        self._error = error

    def resolve(self) -> None:
        """Tells who waits, on its own loop; a waiter that has left is no concern."""
        if self.future.done():
            return
        if self._error is not None:
            self.future.set_exception(self._error)
        else:
            self.future.set_result(self._result)


class Jobs:
    """A bounded queue between event loops and one thread."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._closed = False

    async def add(self, work: Callable[[Connection], T]) -> T:
        """What the work returned, once `settle` was called for it. Raises Overloaded, StoreUnavailable when closed."""
        job = Job(work, asyncio.get_running_loop())
        with self._changed:
            if self._closed:
                raise StoreUnavailable
            if len(self._waiting) >= self._bound:
                raise Overloaded
            self._waiting.append(job)
            self._changed.notify()
        return cast(T, await job.future)

    def take(self, limit: int) -> list[Job]:
        """Waits for work; all there is, up to `limit`. Empty only once closed with nothing left."""
        while True:
            with self._changed:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                if not self._waiting:
                    return []
                taken = [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]
            wanted = [job for job in taken if not job.future.cancelled()]
            if wanted:
                return wanted

    def settle(self, jobs: list[Job]) -> None:
        """Tells everybody who waits for these jobs, with one wake-up for each event loop."""
        loops: dict[asyncio.AbstractEventLoop, list[Job]] = {}
        for job in jobs:
            loops.setdefault(job.loop, []).append(job)
        for loop, its in loops.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, its)

    def close(self) -> None:
        """No more work is added; what waits is still taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def _resolve(jobs: list[Job]) -> None:
    for job in jobs:
        job.resolve()
