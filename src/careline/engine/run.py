"""One claimed turn from its first event to its commit."""

import asyncio
import logging
from collections.abc import Callable

import msgspec

from careline.domain.conversation import Incoming, Turn, TurnStatus
from careline.domain.effects import Deliver, Outcome, RaiseAlert, RequestPerson
from careline.domain.errors import CarelineError, LeaseLost, Overloaded, StoreUnavailable
from careline.domain.events import Accepted, Cancelled, Completed, Failed, Restarted, Token
from careline.domain.usage import used
from careline.engine.answer import Answering, Superseded
from careline.engine.hearing import Heard
from careline.engine.listening import with_words
from careline.engine.pace import Pace
from careline.engine.reply import Reply
from careline.engine.running import Running
from careline.ports import Bus, Claim, Clock, Finish, Lease, Store

log = logging.getLogger("careline.engine")

Final = Completed | Failed | Cancelled
_STATUS: dict[type[Final], TurnStatus] = {Completed: "completed", Failed: "failed", Cancelled: "cancelled"}
_LONGEST_PAUSE = 5.0
_MOST_WAITING = 1000


class TooManyAttempts(CarelineError):
    """This turn was begun too often without ending."""


class Patience(msgspec.Struct, frozen=True):
    """How often and how long a turn is tried. Seconds where it says so."""

    attempts: int = 5
    turn_seconds: float = 120.0
    retry_seconds: float = 0.25


class Runner:
    """Answers claimed turns and stores what came of them. Only after the commit is the final event published."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        answering: Answering,
        clock: Clock,
        patience: Patience,
        deliver: Callable[[], None] = lambda: None,
    ) -> None:
        """`deliver` is called after a commit that put something into the outbox."""
        self._store = store
        self._bus = bus
        self._answering = answering
        self._clock = clock
        self._patience = patience
        self._deliver = deliver
        self._running: dict[str, Running] = {}
        self._waiting_emergencies: dict[str, str] = {}
        self._pace = Pace()

    def hear(self, incoming: Incoming) -> Heard:
        """What is seen of a message before it is stored."""
        return self._answering.hear(incoming)

    def hurry(self, emergency: Turn) -> None:
        """An emergency is waiting in its conversation: what is before it is heard by the gate, but not answered."""
        while len(self._waiting_emergencies) >= _MOST_WAITING:  # left by turns that another process went on with
            del self._waiting_emergencies[next(iter(self._waiting_emergencies))]
        self._waiting_emergencies[emergency.conversation_id] = emergency.id
        for running in self._running.values():
            if running.turn.conversation_id == emergency.conversation_id and running.turn.id < emergency.id:
                running.supersede()

    def cancel(self, turn_id: str) -> bool:
        """Stops the assistant of a turn that runs here. False when its reply is already being stored."""
        running = self._running.get(turn_id)
        return running is not None and running.cancel()

    async def run(
        self, claim: Claim, lease: Callable[[], Lease], heard: Heard | None = None
    ) -> tuple[Reply, Claim | None]:
        """The stored reply and the conversation's next turn, claimed. Raises LeaseLost when another has taken over."""
        running = self._running[claim.turn.id] = Running(claim.turn, self._bus)
        try:
            outcome, final = await self._attempt(claim, running, heard)
            running.settle()
            try:
                return await self._finish(claim, running, final, outcome, lease)
            except (LeaseLost, StoreUnavailable):
                raise
            except Exception as error:
                return await self._finish(claim, running, self._fail(claim, running, error), _calls(outcome), lease)
        finally:
            del self._running[claim.turn.id]

    async def _attempt(self, claim: Claim, running: Running, heard: Heard | None) -> tuple[Outcome | None, Final]:
        attempt = claim.turn.attempt
        running.publish(Accepted() if attempt == 1 else Restarted(attempt))
        try:
            if attempt > self._patience.attempts:
                raise TooManyAttempts
            async with asyncio.timeout(self._patience.turn_seconds):
                if not self._urgent(claim, running, heard):
                    await self._pace.turn()
                outcome = await self._answering.answer(claim, running, heard)
            return outcome, Completed(outcome.choices)
        except asyncio.CancelledError:
            if not running.cancelled:
                raise
            return None, Cancelled(running.cancelled)
        except Superseded:
            return None, Cancelled("superseded")
        except Exception as error:
            return None, self._fail(claim, running, error)

    def _urgent(self, claim: Claim, running: Running, heard: Heard | None) -> bool:
        """Whether the turn goes ahead of others: an emergency, or what only stands before one."""
        conversation_id = claim.turn.conversation_id
        waiting = self._waiting_emergencies.get(conversation_id)
        if waiting is None:
            return heard is not None and heard.emergency is not None
        if claim.turn.id < waiting:
            running.supersede()
        else:
            del self._waiting_emergencies[conversation_id]
        return claim.turn.id <= waiting

    def _fail(self, claim: Claim, running: Running, error: Exception) -> Failed:
        error_type = type(error).__name__
        log.error("❌ Error", exc_info=error, extra={"turn_id": claim.turn.id, "error_type": error_type})
        apology = self._answering.apology(claim)
        running.publish(Token(f"\n\n{apology}" if running.reply else apology), last_words=True)
        return Failed(error_type)

    async def _finish(
        self, claim: Claim, running: Running, final: Final, outcome: Outcome | None, lease: Callable[[], Lease]
    ) -> tuple[Reply, Claim | None]:
        claim = with_words(claim, running.attachments)
        events, last = running.record_with(final)
        text = None if isinstance(final, Cancelled) else running.reply
        agent = self._answering.assistant(claim).name
        error_type = final.error_type if isinstance(final, Failed) else None
        finish = Finish(
            turn=claim.turn,
            owner=lease().owner,
            status=_STATUS[type(final)],
            reply=text,
            at=self._clock.now(),
            agent=agent,
            events=events,
            choices=outcome.choices if outcome else (),
            outcome=outcome,
            effects=outcome.effects if outcome else (),
            error_type=error_type,
            safety=running.safety,
            raw=(
                *running.listened,
                *(outcome.raw if outcome else running.raw),
                {"turn": {**running.took(), "versions": self._answering.made_with(claim)}},
            ),
            attachments=running.attachments,
            usage=outcome.usage if outcome else used(running.raw),
        )
        following = await self._commit(finish, lease)
        if any(isinstance(effect, Deliver | RaiseAlert) for effect in finish.effects):
            self._deliver()
        if claim.conversation.agent is None:
            log.info("Session locked", extra={"conversation_id": claim.conversation.id, "agent": agent})
        self._bus.publish(claim.turn.id, last)
        reply = Reply(
            claim.turn.id, finish.status, text, finish.choices, running.emergency, error_type, last_seq=last.seq
        )
        return reply, following

    async def _commit(self, finish: Finish, lease: Callable[[], Lease]) -> Claim | None:
        """Tries until the database takes it: an answer that was given is not thrown away."""
        pause = self._patience.retry_seconds
        while True:
            try:
                return await self._store.finish(finish, lease())
            except (StoreUnavailable, Overloaded) as error:
                log.warning("❌ Error", extra={"turn_id": finish.turn.id, "error_type": type(error).__name__})
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def _calls(outcome: Outcome | None) -> Outcome:
    """What is left of an outcome that could not be stored: whoever it calls for help is called all the same. What
    explains the reply is left out, since it may be what could not be stored."""
    effects = outcome.effects if outcome else ()
    return Outcome(state={}, effects=tuple(each for each in effects if isinstance(each, RequestPerson | RaiseAlert)))
