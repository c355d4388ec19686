"""The bus inside one process: an append-only list per turn, which followers read at their own pace."""

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import AsyncGenerator

from careline.domain.events import FINAL, Published


class _Log:
    """The events of one turn and those who wait for the next one."""

    __slots__ = ("events", "followers", "waiters")

    def __init__(self) -> None:
        self.events: list[Published] = []
        self.waiters: list[asyncio.Future[None]] = []
        self.followers = 0

    def append(self, published: Published) -> None:
        self.events.append(published)
        self.wake()

    def wake(self) -> None:
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            _wake(waiter)


class _Follower:
    """Who waits for the events of a turn. One timer serves all of the waiting: it hardly ever fires."""

    __slots__ = ("_idle_seconds", "_log", "_loop", "_since", "_timer", "_waiter")

    def __init__(self, log: _Log, idle_seconds: float) -> None:
        self._log = log
        self._idle_seconds = idle_seconds
        self._loop = asyncio.get_running_loop()
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._waiter: asyncio.Future[None]

    async def grown(self) -> None:
        """Returns at the next append, or after `idle_seconds` without one."""
        self._since = self._loop.time()
        waiter = self._waiter = self._loop.create_future()
        self._log.waiters.append(waiter)
        if self._timer is None:
            self._timer = self._loop.call_later(self._idle_seconds, self._quiet)
        try:
            await waiter
        finally:
            if waiter in self._log.waiters:
                self._log.waiters.remove(waiter)

    def gone(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _quiet(self) -> None:
        left = self._since + self._idle_seconds - self._loop.time()
        self._timer = self._loop.call_later(left, self._quiet) if left > 0 else None
        if self._timer is None:
            _wake(self._waiter)


def _wake(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)


class MemoryBus:
    """Keeps the logs of running turns and of the last ended ones; older ones replay from the store.

    Of those there are at most `keep_finished`, with `keep_events` events in all: a long reply has very many.
    """

    def __init__(self, keep_finished: int = 2_048, keep_events: int = 100_000) -> None:
        self._keep_finished = keep_finished
        self._keep_events = keep_events
        self._logs: dict[str, _Log] = {}
        self._finished: OrderedDict[str, int] = OrderedDict()
        self._events = 0

    def publish(self, turn_id: str, published: Published) -> None:
        log = self._logs.get(turn_id)
        if log is None:
            log = self._logs[turn_id] = _Log()
        log.append(published)
        if isinstance(published.event, FINAL):
            self._events += len(log.events) - self._finished.pop(turn_id, 0)
            self._finished[turn_id] = len(log.events)
            while len(self._finished) > 1 and self._too_many():
                oldest, events = self._finished.popitem(last=False)
                self._events -= events
                self._logs.pop(oldest, None)

    def _too_many(self) -> bool:
        return len(self._finished) > self._keep_finished or self._events > self._keep_events

    async def subscribe(self, turn_id: str, after: int, idle_seconds: float) -> AsyncGenerator[Published | None, None]:
        log = self._logs.setdefault(turn_id, _Log())
        log.followers += 1
        follower = _Follower(log, idle_seconds)
        position = bisect_right(log.events, after, key=lambda published: published.seq)
        try:
            while True:
                while position < len(log.events):
                    published = log.events[position]
                    position += 1
                    yield published
                if log.events and isinstance(log.events[-1].event, FINAL):
                    return
                await follower.grown()
                if position == len(log.events):
                    yield None
        finally:
            follower.gone()
            log.followers -= 1
            if not log.events and not log.followers and self._logs.get(turn_id) is log:
                del self._logs[turn_id]

    def forget(self, turn_id: str) -> None:
        log = self._logs.pop(turn_id, None)
        if log is not None:
            log.wake()

    def knows(self, turn_id: str) -> bool:
        return turn_id in self._logs

    async def ping(self) -> None:
        return None
