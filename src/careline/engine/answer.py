"""What happens inside a turn: the gate first, on the raw text, then the assistant. Nothing is written here."""

from contextlib import aclosing
from typing import Any

import msgspec

from careline.domain.conversation import Conversation, Incoming
from careline.domain.effects import Outcome, RaiseAlert, RequestPerson
from careline.domain.errors import CarelineError
from careline.domain.events import Started, Token
from careline.engine.guarding import Guarding
from careline.engine.hearing import Heard, emergency_of, hear
from careline.engine.knowing import Knowing
from careline.engine.listening import Listening, with_words
from careline.engine.running import Running
from careline.engine.versions import Versions
from careline.ports import Assistant, Assistants, Claim, Clock, TurnContext
from careline.safety.gate import Alarm, Gate, Screening, Whereabouts


class NoReply(CarelineError):
    """The assistant ended without saying anything."""


class Superseded(CarelineError):
    """A later message of the conversation is an emergency: this one is not answered any more."""


class Answering:
    """Runs the gate and the assistant of a claimed turn and publishes what they yield."""

    def __init__(
        self,
        assistants: Assistants,
        gate: Gate,
        clock: Clock,
        guarding: Guarding | None = None,
        knowing: Knowing | None = None,
        versions: Versions | None = None,
        listening: Listening | None = None,
    ) -> None:
        self._assistants = assistants
        self._gate = gate
        self._clock = clock
        self._guarding = guarding or Guarding()
        self._knowing = knowing
        self._versions = versions or Versions({})
        self._listening = listening

    def hear(self, incoming: Incoming) -> Heard:
        """What is seen of a message before it is stored. Pure."""
        return hear(self._gate, incoming)

    def assistant(self, claim: Claim) -> Assistant:
        """The one the conversation is locked to, or the one its first message asks for."""
        agent = claim.conversation.agent
        if agent is None:
            agent = self._assistants.choose(claim.message.body, claim.turn.hints, claim.turn.channel)
        return self._assistants.get(agent)

    def made_with(self, claim: Claim) -> dict[str, str]:
        """The versions of all that makes the reply of this turn."""
        return self._versions.of(self.assistant(claim))

    def apology(self, claim: Claim) -> str:
        """What a person reads when the assistant could not answer, in the conversation's language."""
        return self._gate.apology(claim.conversation.language or claim.turn.hints.locale)

    async def answer(self, claim: Claim, running: Running, heard: Heard | None = None) -> Outcome:
        """The outcome; raises whatever the assistant raises, NoReply when it said nothing, and Superseded.

        `heard` spares the gate a second scan of the message.
        """
        await self._listen(claim, running, heard)
        claim = with_words(claim, running.attachments)
        assistant = self.assistant(claim)
        running.publish(Started(assistant.name))
        claim, known = await self._knowing.complete(claim) if self._knowing else (claim, None)
        screening = self._screen(claim, heard if not running.attachments else None)
        running.safety = screening.episode
        if screening.alarm is not None:
            outcome = self._emergency(claim.conversation, screening.alarm, running)
        elif running.superseded:
            raise Superseded
        else:
            outcome = await self._ask(_found(claim, screening.episode), assistant, running)
        if self._knowing is None or known is None:
            return outcome
        learnt = self._knowing.learnt(known, claim.message.body, screening.assessment, self._gate.triage)
        return msgspec.structs.replace(outcome, effects=(*outcome.effects, *learnt))

    def _screen(self, claim: Claim, heard: Heard | None) -> Screening:
        said = heard.scan if heard and heard.scan else claim.message.body
        return self._gate.screen(said, whereabouts(claim), claim.turn.hints.profile, claim.conversation.safety)

    async def _listen(self, claim: Claim, running: Running, heard: Heard | None) -> None:
        """Has the recordings of the message listened to. Neither an emergency in its writing waits for that, nor one
        behind this turn."""
        if self._listening is None or all(one.kind != "audio" for one in claim.message.attachments):
            return
        if self._screen(claim, heard).alarm is not None:
            return
        listened = await running.unless_superseded(self._listening.listen(claim.message, claim.conversation.language))
        if listened is not None:
            running.attachments, running.listened = listened.attachments, (listened.raw,)

    async def _ask(self, claim: Claim, assistant: Assistant, running: Running) -> Outcome:
        now = self._clock.now()
        context = TurnContext(claim.turn, claim.person, claim.conversation, claim.message, now, bind=running.bind)
        outcome: Outcome | None = None
        guarded = self._guarding.begin(claim, running)
        running.asking = True
        try:
            async with aclosing(assistant.answer(context)) as events:
                async for event in events:
                    if isinstance(event, Outcome):
                        outcome = event
                    else:
                        guarded.publish(event)
        finally:
            running.asking = False
            guarded.close()
            running.raw = (*(outcome.raw if outcome else context.notes), *guarded.kept_back)
        if outcome is None or not running.reply.strip():
            raise NoReply
        return msgspec.structs.replace(outcome, raw=running.raw)

    def _emergency(self, conversation: Conversation, alarm: Alarm, running: Running) -> Outcome:
        running.publish(emergency_of(alarm))
        running.publish(Token(alarm.message))
        raw: dict[str, Any] = {"gate": msgspec.to_builtins(alarm)}
        return Outcome(
            state=conversation.state,
            language=alarm.language,
            effects=(RequestPerson(reason="emergency"), RaiseAlert(alarm.kind, alarm.level, alarm.country)),
            raw=(raw,),
            interrupted=True,
        )


def whereabouts(claim: Claim) -> Whereabouts:
    """What is known of where the person is: said in the conversation first, hinted by the client second."""
    return Whereabouts.of(claim.conversation, claim.turn.hints, claim.conversation.language)


def _found(claim: Claim, episode: dict[str, Any]) -> Claim:
    """The claim with what the gate has just found, for the assistant to know."""
    return msgspec.structs.replace(claim, conversation=msgspec.structs.replace(claim.conversation, safety=episode))
