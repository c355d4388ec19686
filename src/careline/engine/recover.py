"""The engine's housekeeping: renews leases, takes over what nobody runs any more, ends expired sessions."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec

from careline.domain.errors import Unavailable
from careline.engine.turn import Engine
from careline.ports import Clock, Journal, Store

log = logging.getLogger("careline.engine")

_BATCH = 200


class Rhythm(msgspec.Struct, frozen=True):
    """Seconds between two rounds of each duty."""

    renew: float = 5.0
    recover: float = 2.0
    clean: float = 60.0


class Housekeeping:
    """Runs beside the engine from start to stop. A duty that fails is logged and tried again the next round."""

    def __init__(self, engine: Engine, store: Store, clock: Clock, rhythm: Rhythm, journal: Journal | None) -> None:
        self._engine = engine
        self._store = store
        self._clock = clock
        self._rhythm = rhythm
        self._journal = journal
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, *, alone: bool) -> None:
        """`alone`: no other process runs turns, so whatever is open was left by a dead one and is ours now."""
        await self._quietly(lambda: self.recover(everything=alone))
        self._tasks = [
            asyncio.create_task(self._every(self._rhythm.renew, self.renew)),
            asyncio.create_task(self._every(self._rhythm.recover, self.recover)),
            asyncio.create_task(self._every(self._rhythm.clean, self.clean)),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def renew(self) -> None:
        running = self._engine.running
        if running:
            await self._store.renew(self._engine.lease(), running)

    async def recover(self, *, everything: bool = False) -> None:
        """Stores what was journalled while the database was away, then takes over what nobody runs.

        After a time without renewals (the database was away, the machine slept) the leases of what runs here may have
        run out as well: this process must not take its own turns over and answer them twice.
        """
        if self._journal is not None:
            await self._journal.drain()
        while room := min(self._engine.room, _BATCH):
            now, lease, running = self._clock.now(), self._engine.lease(), self._engine.running
            claims = await self._store.take_over(now, lease, room, everything=everything, but=running)
            for claim in claims:
                log.warning("Turn taken over", extra={"turn_id": claim.turn.id, "attempt": claim.turn.attempt})
                self._engine.launch(claim)
            if len(claims) < room:
                return

    async def clean(self) -> None:
        """Ends expired sessions, in batches."""
        while True:
            ended = await self._store.end_expired(self._clock.now(), _BATCH)
            if ended:
                log.info("Cleaned up %d expired sessions", len(ended), extra={"expired": len(ended)})
            if len(ended) < _BATCH:
                return

    async def _every(self, seconds: float, duty: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._quietly(duty)

    async def _quietly(self, duty: Callable[[], Awaitable[None]]) -> None:
        try:
            await duty()
        except Unavailable as error:
            log.warning("❌ Error", extra={"error_type": type(error).__name__})
        except Exception as error:
            log.error("❌ Error", exc_info=error, extra={"error_type": type(error).__name__})
