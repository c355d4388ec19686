"""One turn of an agent of somebody's own: what it yields is checked, and what is missing the flows say."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

import msgspec

from careline.assistants.flow_free import FreeFlowTurn
from careline.assistants.free_texts import cut_off
from careline.assistants.free_turns import HANDOFF
from careline.assistants.own_events import AgentFailed, Refused, added, checked, kept_effects, kept_raw, kept_state
from careline.assistants.wording import pieces
from careline.dialogue import commands as c
from careline.dialogue import disclosure
from careline.dialogue.state import Utter
from careline.domain.effects import Outcome, RaiseAlert, RequestPerson
from careline.domain.errors import ModelUnavailable
from careline.domain.events import Emergency, Handoff, Token
from careline.domain.usage import used
from careline.ports import AgentEvent, AssistantEvent, BeginFlow, OwnAgent, TurnContext

log = logging.getLogger("careline.assistants")
KEY = "agent"
"""Where an agent's own state is kept in the conversation's. What is there may be a model's words."""

BREATH = 16
"""Events after which the rest of the server has its turn, whether the agent waits for something or not."""
_FILES = {"image": "attachment", "audio": "recording"}
_ABOUT_PEOPLE = frozenset({"are_you_human", "are_you_doctor"})


class Patience(msgspec.Struct, frozen=True):
    """Seconds an agent has for its first event, between two events, and for a whole turn."""

    first: float = 10.0
    silence: float = 20.0
    whole: float = 60.0


class OwnTurn:
    """`events` are those of the turn, once. `turn` is the flows' part of it."""

    def __init__(self, agent: OwnAgent, patience: Patience, turn: FreeFlowTurn, context: TurnContext) -> None:
        self.agent = agent
        self.patience = patience
        self.turn = turn
        self.flow = turn.turn
        self.context = context
        self.outcome: Outcome | None = None
        self.emergency: Emergency | None = None
        self.wish: str | None = None
        self.fallback: str | None = None
        self.left_to_flow = False
        self.said = False
        self._new_language = False
        self.notes: tuple[dict[str, Any], ...] = ()
        stored = context.conversation.state.get(KEY)
        self.state: dict[str, Any] = stored if isinstance(stored, dict) else {}

    async def events(self) -> AsyncGenerator[AssistantEvent, None]:
        """All of the turn, its Outcome last. A flow under way answers what is meant for it, and the pack always who
        wants a person, or to know whether one is speaking, or sends only a file that the agent does not look at."""
        state = self.flow.state
        under_way = bool(state.stack or state.paused or state.clarify is not None)
        left = await self.turn.left()
        files_alone = bool(self._unseen and not self.context.message.body.strip())
        if left is not None or not (under_way or files_alone or self._about_people()):
            self._change_language()
            self.flow.looked_at = "image" in self._sees
            noted = len(self.context.notes)
            async with aclosing(self._own()) as events:
                async for event in events:
                    yield event
            self.notes = tuple(self.context.notes[noted:])
        else:
            self.left_to_flow = True
        async with aclosing(self._rest()) as events:
            async for event in events:
                yield self._completed(event) if isinstance(event, Outcome) else event

    @property
    def _no_outcome(self) -> bool:
        """Whether the agent said something, but not what is to be kept."""
        done = self.outcome is not None or self.emergency is not None or self.wish is not None
        return self.said and not done and self.fallback is None

    @property
    def language(self) -> str:
        return self.flow.wording(self.flow.state).language

    # --- the agent

    async def _own(self) -> AsyncGenerator[AssistantEvent, None]:
        """What the agent yields, as far as it may."""
        try:
            async with (
                aclosing(self.agent.answer(self._its_context())) as answer,
                aclosing(self._in_time(answer)) as events,
            ):
                async for event in events:
                    for shown in self._take(event):
                        yield shown
                    if self.outcome is not None or self.emergency is not None:
                        break
            if not self.said and self.wish is None and self.emergency is None:
                self.fallback = "empty"
        except ModelUnavailable as error:
            self.fallback = error.reason
        except Exception as error:
            self.fallback = error.reason if isinstance(error, AgentFailed) else type(error).__name__
            told = {"agent": self.flow.own.name, "turn_id": self.context.turn.id, "reason": self.fallback}
            log.warning("❌ Agent failed, the flows answer", extra=told, exc_info=error)

    async def _in_time(self, events: AsyncGenerator[AgentEvent, None]) -> AsyncGenerator[AgentEvent, None]:
        """The events. Raises Refused when they are too slow."""
        now = asyncio.get_running_loop().time
        ends, patience, said = now() + self.patience.whole, self.patience.first, 0
        while True:
            limit = asyncio.timeout(max(0.0, min(patience, ends - now())))
            try:
                async with limit:
                    event = await anext(events)
            except StopAsyncIteration:
                return
            except TimeoutError:
                if limit.expired():
                    raise Refused("too_slow") from None
                raise
            said += 1
            if said % BREATH == 0:
                await asyncio.sleep(0)
            if now() > ends:  # an agent that never waits is not interrupted by a time limit
                raise Refused("too_slow")
            yield event
            patience = self.patience.silence

    def _take(self, event: object) -> Iterator[AssistantEvent]:
        """What of an event is shown at once; the rest is noted. Raises Refused."""
        known = checked(event)
        match known:
            case Token():
                yield from self._say(known.text)
            case Outcome():
                self.outcome = known
            case Emergency():
                self.emergency = known
            case Handoff():
                self.wish = HANDOFF
            case BeginFlow(flow=flow):
                if flow not in self.turn.pack.flows:
                    raise Refused("no_such_flow")
                self.wish = flow
            case _:
                yield known

    def _say(self, text: str) -> Iterator[Token]:
        """The text, and before the first of a conversation that an AI is speaking."""
        if not text:
            return
        if not self.said and self.flow.new:
            text = f"{disclosure.sentence(self.language)}\n\n{text}"
        self.said = True
        yield Token(text)

    def _its_context(self) -> TurnContext:
        """The context with the agent's own state for the conversation's, and the language that is spoken now."""
        before = self.context.conversation
        language = self.language if self._new_language or before.language is None else before.language
        conversation = msgspec.structs.replace(before, state=self.state, language=language)
        return msgspec.structs.replace(self.context, conversation=conversation)

    @property
    def _unseen(self) -> list[str]:
        """The kinds of files that neither the program nor the agent looks at."""
        return [kind for kind in self.flow.unseen() if kind not in self._sees]

    @property
    def _sees(self) -> tuple[str, ...]:
        """The kinds of files the agent looks at itself; none when it failed."""
        return () if self.fallback else tuple(getattr(self.agent, "sees", ()))

    def _about_people(self) -> bool:
        return any(
            isinstance(one, c.Handoff) or (isinstance(one, c.Chitchat) and one.kind in _ABOUT_PEOPLE)
            for one in self.turn.heard.commands
        )

    def _change_language(self) -> None:
        for command in self.flow.commands(self.turn.heard):
            if isinstance(command, c.ChangeLanguage):
                self.flow.state.language, self._new_language = command.language, True

    # --- the flows

    async def _rest(self) -> AsyncGenerator[AssistantEvent, None]:
        """What follows the agent's words, or stands in for them, the Outcome last."""
        if self.emergency is not None:
            for event in self._alarmed(self.emergency):
                yield event
            return
        if self.left_to_flow or (self.fallback and not self.said):
            rest = self.turn.answer()
        elif self.wish is not None and not self.fallback:
            rest = self.turn.go_on(self.wish, said=self.said)
        else:
            rest = self._kept()
        gap = "\n\n" if self.said else ""
        async with aclosing(rest) as events:
            async for event in events:
                if isinstance(event, Token) and gap:
                    event, gap = Token(gap + event.text), ""
                yield event

    async def _kept(self) -> AsyncGenerator[AssistantEvent, None]:
        """The flows stand where they stood. Files that nobody looked at are spoken of, an open question comes again."""
        texts = []
        if self.fallback:
            self.flow.looked_at = False
            texts.append(cut_off(self.language))
        if self.outcome is not None and self.outcome.language:
            self.flow.state.language = self.turn.pack.language(self.outcome.language)
        wording = self.flow.wording(self.flow.state)
        texts += [wording.text(Utter(f"chitchat_{_FILES[kind]}")) for kind in self._unseen]
        if question := self.turn.after("", ()).text:
            texts.append(question)
        for piece in pieces("\n\n".join(texts)) if texts else ():
            yield Token(piece)
        yield self.turn.keep()

    def _alarmed(self, emergency: Emergency) -> Iterator[AssistantEvent]:
        """Whom to call, and staff are told. What was going on waits."""
        yield emergency
        yield Token(f"\n\n{emergency.message}" if self.said else emergency.message)
        alert = RaiseAlert(emergency.kind, emergency.level, emergency.country)
        yield Outcome(
            state=self.context.conversation.state,
            language=self.language,
            effects=(RequestPerson("emergency"), alert),
            interrupted=True,
        )

    def _completed(self, flows: Outcome) -> Outcome:
        """The flows' outcome with the agent's in it."""
        own = self.outcome or Outcome(state=self.state, raw=self.notes, usage=used(self.notes))
        state, dropped = kept_state(own.state, self.state)
        consented = self.flow.state.slots.get("consent") is True
        effects, refused = kept_effects(own.effects, consented=consented)
        raw, left_out = kept_raw(own.raw)
        record = {
            "agent": self.flow.own.name,
            "version": self.agent.version,
            "fallback": self.fallback,
            "left_to_flow": self.left_to_flow,
            "wish": self.wish,
            "no_outcome": self._no_outcome,
            "state_dropped": dropped,
            "effects_refused": refused,
            "raw_left_out": left_out,
        }
        return msgspec.structs.replace(
            flows,
            state={**flows.state, KEY: state} if state else {k: v for k, v in flows.state.items() if k != KEY},
            language=flows.language
            if self.wish or self.fallback or self.left_to_flow
            else own.language or flows.language,
            time_zone=own.time_zone or flows.time_zone,
            country=own.country or flows.country,
            choices=own.choices or flows.choices,
            effects=(*effects, *flows.effects),
            raw=(*flows.raw, *raw, {"own": {name: value for name, value in record.items() if value}}),
            usage=added(own.usage, flows.usage),
            interrupted=flows.interrupted or own.interrupted,
        )
