"""Answering while the database is away: without state, and journalled so that nothing accepted is lost."""

from collections.abc import Callable
from typing import Any

import msgspec

from careline.domain.conversation import Conversation, Incoming, Message, Person, Turn
from careline.domain.effects import RaiseAlert, RequestPerson
from careline.domain.events import Accepted, Completed, Failed, Token
from careline.engine.answer import Answering
from careline.engine.hearing import Heard
from careline.engine.listening import with_words
from careline.engine.running import Running
from careline.ports import Bus, Claim, Clock, Exchange, Journal, Receipt


class Stateless:
    """One message, one reply, no memory. The exchange is in the journal before the reply is final."""

    def __init__(
        self, bus: Bus, answering: Answering, journal: Journal, clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._bus = bus
        self._answering = answering
        self._journal = journal
        self._clock = clock
        self._new_id = new_id

    async def answer(self, incoming: Incoming, heard: Heard | None = None) -> Receipt:
        """The receipt of a turn that has already ended. Raises StoreUnavailable when the journal cannot be written."""
        claim = self._claim(incoming)
        running = Running(claim.turn, self._bus)
        running.publish(Accepted())
        final: Completed | Failed
        alerts: tuple[RaiseAlert, ...] = ()
        waiting: str | None = None
        raw: tuple[dict[str, Any], ...] = ()
        try:
            outcome = await self._answering.answer(claim, running, heard)
            final, raw = Completed(outcome.choices), outcome.raw
            alerts = tuple(effect for effect in outcome.effects if isinstance(effect, RaiseAlert))
            waiting = next((each.reason for each in outcome.effects if isinstance(each, RequestPerson)), None)
        except Exception as error:
            running.publish(Token(self._answering.apology(claim)))
            final = Failed(type(error).__name__)
        running.settle()
        claim = with_words(claim, running.attachments)
        events, last = running.record_with(final)
        agent = self._answering.assistant(claim).name
        accepted_at = claim.turn.accepted_at
        replied_at = self._clock.now()
        told = {"turn": {**running.took(), "versions": self._answering.made_with(claim), "database": "away"}}
        if running.attachments:
            incoming = msgspec.structs.replace(incoming, attachments=running.attachments)
        raw = (*running.listened, *raw, told)
        turn_id, reply = claim.turn.id, running.reply
        exchange = Exchange(turn_id, incoming, agent, accepted_at, reply, replied_at, events, alerts, raw, waiting)
        try:
            await self._journal.append(exchange)
        finally:
            self._bus.publish(claim.turn.id, last)
        return Receipt(claim.turn, duplicate=False)

    def _claim(self, incoming: Incoming) -> Claim:
        now = self._clock.now()
        person = Person(self._new_id(), incoming.address, None, now)
        conversation = Conversation(
            id=self._new_id(),
            person_id=person.id,
            channel=incoming.channel,
            agent=None,
            locked_at=now,
            session_ttl=0,
            created_at=now,
        )
        turn = Turn(
            id=self._new_id(),
            conversation_id=conversation.id,
            person_id=person.id,
            channel=incoming.channel,
            status="running",
            attempt=1,
            accepted_at=now,
            external_id=incoming.external_id,
            hints=incoming.hints,
        )
        message = Message(self._new_id(), turn.id, "incoming", incoming.text, now, incoming.attachments)
        return Claim(turn, person, conversation, message)
