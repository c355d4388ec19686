"""The turn engine: accept durably, run apart from the connection, finish in one commit."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import msgspec

from careline.domain.conversation import Incoming
from careline.domain.errors import LeaseLost, NotFound, Overloaded, StoreUnavailable, Unavailable
from careline.domain.events import Cancelled, Published, first_seq
from careline.engine.follow import follow
from careline.engine.hearing import Heard
from careline.engine.record import pack
from careline.engine.reply import Reply, fold
from careline.engine.run import Runner
from careline.engine.stateless import Stateless
from careline.ports import Bus, Claim, Clock, Lease, Receipt, Store

log = logging.getLogger("careline.engine")


class Limits(msgspec.Struct, frozen=True):
    """Bounds of one process."""

    open_turns: int = 2000
    lease_seconds: float = 15.0


class Engine:
    """Turns of one conversation run one at a time, in order of arrival; conversations run side by side."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        runner: Runner,
        clock: Clock,
        owner: str,
        limits: Limits,
        stateless: Stateless | None = None,
    ) -> None:
        self._store = store
        self._bus = bus
        self._runner = runner
        self._clock = clock
        self._owner = owner
        self._limits = limits
        self._stateless = stateless
        self._results: dict[str, asyncio.Future[Reply]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._arriving: set[asyncio.Task[Any] | None] = set()  # messages that are being stored: no turns yet
        self._stopping = False

    # --- what channels call ---

    def hear(self, incoming: Incoming) -> Heard:
        """Whether a message is an emergency by itself, before it is stored. A millisecond for most messages.

        Never raises: a message is stored whatever the gate makes of it, and its turn then says that something failed.
        """
        try:
            return self._runner.hear(incoming)
        except Exception as error:
            log.error("❌ Error", exc_info=error, extra={"error_type": type(error).__name__})
            return Heard(None, None)

    async def send(self, incoming: Incoming, heard: Heard | None = None) -> Receipt:
        """Accepts a message: stored durably when this returns, and running or queued. `heard` is what `hear` gave.

        A caller that is cancelled meanwhile changes nothing. Raises Overloaded (nothing was stored),
        IdempotencyConflict, StoreUnavailable where there is no stateless fallback, and Unavailable when this process
        stops before it is known whether the message was stored.
        """
        if not self.room:
            raise Overloaded
        accepting = self._spawn(self._accept(incoming, heard or self.hear(incoming)))
        self._arriving.add(accepting)
        accepting.add_done_callback(self._arriving.discard)
        try:
            return await asyncio.shield(accepting)
        except asyncio.CancelledError:
            if accepting.cancelled():
                raise Unavailable from None
            raise

    def follow(
        self, turn_id: str, after: int = 0, idle_seconds: float = 15.0
    ) -> AsyncGenerator[Published | None, None]:
        """The turn's events with seq > after: those that were, then those that come, ending with a final one.

        None whenever nothing happened for `idle_seconds` (a moment for a heartbeat). Raises NotFound.
        """
        return follow(self._store, self._bus, turn_id, after, idle_seconds)

    async def wait(self, turn_id: str) -> Reply:
        """The reply once the turn has ended. Raises NotFound, Unavailable when this process stops before that."""
        result = self._results.get(turn_id)
        if result is not None:
            try:
                return await asyncio.shield(result)
            except LeaseLost:
                pass  # another process answers it now
        seen: list[Published] = []
        async with aclosing(self.follow(turn_id)) as events:
            async for published in events:
                if published is not None:
                    seen.append(published)
        return fold(turn_id, seen)

    async def cancel(self, turn_id: str) -> bool:
        """Takes a message back. False when its reply is already final (or is being written in another process)."""
        if turn_id in self._results:
            return self._runner.cancel(turn_id)
        final = Published(first_seq(1), Cancelled())
        try:
            cancelled = await self._store.cancel_queued(turn_id, self._clock.now(), pack([final]))
        except NotFound:
            return False
        if cancelled:
            self._bus.publish(turn_id, final)
        return cancelled

    # --- what the recovery and the program call ---

    def lease(self) -> Lease:
        return Lease(self._owner, self._clock.now() + timedelta(seconds=self._limits.lease_seconds))

    @property
    def running(self) -> list[str]:
        """The ids of the turns that run here."""
        return list(self._results)

    @property
    def room(self) -> int:
        """How many more turns this process would take over: none once it is stopping."""
        return 0 if self._stopping else max(0, self._limits.open_turns - len(self._arriving) - len(self._results))

    def launch(self, claim: Claim, heard: Heard | None = None) -> None:
        """Runs a claimed turn, and after it whatever waits in its conversation. One that runs here goes on as it is."""
        if claim.turn.id in self._results:
            return
        self._expect(claim.turn.id)
        self._spawn(self._run(claim, heard))

    async def stop(self, grace_seconds: float) -> None:
        """Lets running turns end for a while; what is left then is recovered by whoever starts next."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_seconds)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    # --- inside ---

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _expect(self, turn_id: str) -> "asyncio.Future[Reply]":
        result = self._results.get(turn_id)
        if result is None:
            result = self._results[turn_id] = asyncio.get_running_loop().create_future()
        return result

    async def _accept(self, incoming: Incoming, heard: Heard) -> Receipt:
        try:
            receipt = await self._store.accept(incoming, self._clock.now(), self.lease())
        except StoreUnavailable:
            if self._stateless is None:
                raise
            return await self._stateless.answer(incoming, heard)
        if receipt.person_created:
            log.info("✅ User created", extra={"person_id": receipt.turn.person_id, "channel": incoming.channel})
        if receipt.ended:
            log.info("Session expired", extra={"conversation_id": receipt.ended})
        self._arriving.discard(asyncio.current_task())  # from here on it counts as the turn it is
        if receipt.claim is not None:
            self.launch(receipt.claim, heard)
        elif heard.emergency is not None and not receipt.duplicate:
            self._runner.hurry(receipt.turn)
        return receipt

    async def _run(self, first: Claim, heard: Heard | None) -> None:
        claim: Claim | None = first
        while claim is not None:
            turn_id = claim.turn.id
            result = self._expect(turn_id)
            try:
                reply, claim = await self._runner.run(claim, self.lease, heard)
                heard = None
                result.set_result(reply)
            except asyncio.CancelledError:
                _give_up(result, Unavailable())
                raise
            except Exception as error:
                # the turn is left to its lease: whoever takes it over answers it
                log.exception("❌ Error", extra={"turn_id": turn_id, "error_type": type(error).__name__})
                if isinstance(error, LeaseLost):
                    self._bus.forget(turn_id)
                _give_up(result, LeaseLost())
                return
            finally:
                self._results.pop(turn_id, None)


def _give_up(result: "asyncio.Future[Reply]", error: Exception) -> None:
    result.set_exception(error)
    result.exception()  # nobody may be waiting for it
