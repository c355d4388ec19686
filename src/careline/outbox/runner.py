"""Delivers what is in the outbox: at least once, each item under its own id, also across a killed process."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Collection, Mapping
from datetime import timedelta

from careline.domain.errors import Invalid
from careline.ports import Clock, Deliverer, Lease, Outbox, OutboxItem

log = logging.getLogger("careline.outbox")


class _Lane:
    """Items that do not wait for those of the other lane: the kinds `only`, or all `but` these."""

    def __init__(self, only: Collection[str] = (), but: Collection[str] = ()) -> None:
        self.only = only
        self.but = but
        self.running: set[asyncio.Task[None]] = set()


class OutboxRunner:
    """Claims due items and hands each to the deliverer of its kind, at most `at_once` at a time.

    The kinds in `ahead` have as many places of their own: no alert waits for mails that wait for a slow server.

    A claim is a lease of `lease_seconds`, longer than a delivery may take (`timeout_seconds`), so an item is with one
    process at a time; one that dies leaves its items due again when the lease runs out. A failed delivery is tried
    again after 2, 4, 8 ... times `backoff_seconds` (up to an hour, with jitter) and given up after `attempts`, which
    stays visible in the outbox.
    """

    def __init__(
        self,
        outbox: Outbox,
        deliverers: Mapping[str, Deliverer],
        clock: Clock,
        owner: str,
        *,
        ahead: Collection[str] = (),
        at_once: int = 4,
        attempts: int = 10,
        poll_seconds: float = 5.0,
        backoff_seconds: float = 5.0,
        timeout_seconds: float = 60.0,
        lease_seconds: float = 120.0,
    ) -> None:
        self._outbox = outbox
        self._deliverers = deliverers
        self._clock = clock
        self._owner = owner
        self._at_once = at_once
        self._attempts = attempts
        self._poll = poll_seconds
        self._backoff = backoff_seconds
        self._timeout = timeout_seconds
        self._lease = timedelta(seconds=lease_seconds)
        self._wake = asyncio.Event()
        self._stopping = False
        self._lanes = [_Lane(only=ahead), _Lane(but=ahead)] if ahead else [_Lane()]

    def wake(self) -> None:
        """Something may be due now; without this the runner looks every `poll_seconds`."""
        self._wake.set()

    async def run(self) -> None:
        """Works until `stop`. Cancelling it leaves what was under way to the next process."""
        try:
            while not self._stopping:
                self._wake.clear()
                if not await self._claim_some():
                    await self._wait()
        finally:
            await self._finish()

    def stop(self) -> None:
        """Ends `run` after the deliveries under way."""
        self._stopping = True
        self._wake.set()

    async def drain(self) -> int:
        """Delivers what is due now, once each, and returns how many items were tried."""
        tried = 0
        while claimed := await self._claim_some():
            tried += claimed
            await asyncio.gather(*self._running)
        return tried

    @property
    def _running(self) -> list[asyncio.Task[None]]:
        return [task for lane in self._lanes for task in lane.running]

    async def _claim_some(self) -> int:
        return sum([await self._claim(lane) for lane in self._lanes])

    async def _claim(self, lane: _Lane) -> int:
        room = self._at_once - len(lane.running)
        if room <= 0:
            return 0
        now = self._clock.now()
        lease = Lease(self._owner, now + self._lease)
        try:
            items = await self._outbox.due(now, lease, room, only=lane.only, but=lane.but)
        except Exception as error:  # whatever it was, the mails after it still have to go out
            log.warning("outbox unavailable", extra={"error_type": type(error).__name__})
            return 0
        for item in items:
            task = asyncio.create_task(self._deliver(item), name=f"outbox-{item.id}")
            lane.running.add(task)
            task.add_done_callback(lane.running.discard)
            task.add_done_callback(self._ended)
        return len(items)

    def _ended(self, _: "asyncio.Task[None]") -> None:
        self._wake.set()

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), self._poll)
        except TimeoutError:
            return

    async def _finish(self) -> None:
        if self._stopping:
            await asyncio.gather(*self._running)
            return
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _deliver(self, item: OutboxItem) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._deliverers[item.kind].deliver(item)
        except Exception as error:
            await self._failed(item, error)
        else:
            await self._record(self._outbox.delivered(item.id, self._clock.now()))

    async def _failed(self, item: OutboxItem, error: Exception) -> None:
        """The name of the error alone is kept: its text may hold an address. What is not valid never will be."""
        error_type = type(error).__name__ if item.kind in self._deliverers else "UnknownKind"
        extra = {"item": item.id, "kind": item.kind, "attempt": item.attempt, "error_type": error_type}
        give_up = item.attempt >= self._attempts or isinstance(error, Invalid)
        if give_up:
            log.error("delivery given up", extra=extra)
        else:
            log.warning("delivery failed", extra=extra)
        again = self._clock.now() + self._delay(item.attempt)
        await self._record(self._outbox.retry(item.id, again, error_type, give_up=give_up))

    async def _record(self, recording: Awaitable[None]) -> None:
        """What cannot be recorded now is delivered again when the lease runs out, under the same id."""
        try:
            await recording
        except Exception as error:
            log.warning("outbox unavailable", extra={"error_type": type(error).__name__})

    def _delay(self, attempt: int) -> timedelta:
        seconds = min(self._backoff * 2 ** min(attempt, 20), 3600.0)
        return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311
