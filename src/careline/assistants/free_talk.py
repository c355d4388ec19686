"""One turn of free conversation, from the first word of the model to the outcome."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec

from careline.assistants import free_tools as tools
from careline.assistants.calls import ModelCalls
from careline.assistants.flow import known_zone
from careline.assistants.free_checks import Links
from careline.assistants.free_claims import Claims
from careline.assistants.free_history import Memory, Recent, Summing
from careline.assistants.free_marks import Marks
from careline.assistants.free_outcome import completed, highest
from careline.assistants.free_prompt import VERSION, Known, profile_lines, system
from careline.assistants.free_texts import cut_off, put_right, raised
from careline.assistants.free_turns import Left, Part, Turn
from careline.assistants.wording import pieces
from careline.domain.effects import Outcome, RaiseAlert, RequestPerson
from careline.domain.errors import CarelineError, ModelUnavailable
from careline.domain.events import Citation, Emergency, Token, Tool
from careline.ports import AssistantEvent, Finished, ModelMessage, ModelRequest, TextDelta, ToolCall, TurnContext
from careline.ports.model import ToolCallReady
from careline.safety.gate import Alarm
from careline.safety.numbers import Whereabouts
from careline.safety.rules import Level

if TYPE_CHECKING:
    from careline.assistants.free import FreeAssistant

MOST_PASSAGES = 4
GOOD_ENOUGH = 14.0
MOST_CALLS = 6
"""Calls of tools that are heeded in one step of the model."""
LETTERS_OF_A_TOKEN = 20
"""More than any token has: a server that does not know how long an answer may be is stopped."""
_ENDS = (".", "!", "?", "…", ":", "\n", "]", "”", '"', ")")


class Unanswered(CarelineError):
    """The model came to an end without an answer that can be used."""


class Talk:
    """`events` are those of the turn, once. What is said, cited and noted on the way is kept for its outcome."""

    def __init__(
        self, own: "FreeAssistant", context: TurnContext, turn: Turn, left: Left, recent: Recent, calls: ModelCalls
    ) -> None:
        self.own = own
        self.context = context
        self.turn = turn
        self.left = left
        self.recent = recent
        self.memory: Memory = recent.memory
        self.calls = calls
        self.summing = Summing(recent, ModelCalls(calls.model, calls.now, context.notes))
        self.marks = Marks(cited=left.before.cited)
        self.said: list[str] = []
        self.used: list[dict[str, str]] = []
        self.fallback: str | None = None
        self.alarm: Alarm | None = None
        self.wish: str | None = None
        self.box: tools.Toolbox | None = None
        self.given: list[str] = [context.message.body]
        self.links = Links(self.given)
        self.claims = Claims(self.given, booked=left.booked, right=lambda claim: put_right(claim, left.language))
        self._raised_to: Level | None = None
        self._gap = ""
        self._cut = False
        self._opened = bool(left.before.text)
        self._ends = calls.now() + own.limits.seconds

    async def events(self) -> AsyncGenerator[AssistantEvent, None]:
        """All of the turn, its Outcome last."""
        try:
            async with aclosing(self._events()) as events:
                async for event in events:
                    yield event
        finally:
            await self.summing.stop()

    async def _events(self) -> AsyncGenerator[AssistantEvent, None]:
        for status in self.left.statuses:
            yield status
        for event in _part(self.left.before):
            yield event
        if self.left.before.text:
            self._gap = "\n\n"
        try:
            async with aclosing(self._speak()) as spoken:
                async for event in spoken:
                    yield event
        except (ModelUnavailable, Unanswered) as error:
            self.fallback = error.reason if isinstance(error, ModelUnavailable) else str(error)
            self.calls.fell_back(self.fallback)
        if self.alarm is not None:
            for event in self._emergency(self.alarm):
                yield event
            return
        rest = self._whole() if self.fallback and not self._begun else self._rest()
        async with aclosing(rest) as events:
            async for event in events:
                yield event

    @property
    def _begun(self) -> bool:
        """Whether the person has read something of this reply."""
        return self._opened

    @property
    def names(self) -> tuple[str, ...]:
        """The person's, by all that is known, and those they gave."""
        known = self.context.person.name
        return (*((known,) if known else ()), *self.left.names, *self.recent.names)

    # --- the model

    async def _speak(self) -> AsyncGenerator[AssistantEvent, None]:
        """The model's words as they come, and what it has done in between. Raises ModelUnavailable, Unanswered."""
        box = await self._toolbox()
        offered = tools.specs(box, handoff=self.left.handoff)
        asked = ModelMessage("user", self.context.message.body, self.left.pictures)
        messages = [self._system(box), *self.recent.shown, asked]
        self.given.append(messages[0].content)
        failures = 0
        for step in range(self.own.limits.steps):
            last = step == self.own.limits.steps - 1
            wanted: list[ToolCall] = []
            texts: list[str] = []
            async with aclosing(self._ask(messages, () if last else offered, texts, wanted)) as spoken:
                async for event in spoken:
                    yield event
            if not wanted:
                break
            messages.append(ModelMessage("assistant", "".join(texts), tool_calls=tuple(wanted)))
            for call in wanted:
                try:
                    answered, event = await tools.use(box, call, offered)
                except tools.BadArguments as error:
                    failures += 1
                    if failures > 1:
                        raise Unanswered("bad_tool_arguments") from None
                    answered, event = tools.Answered(str(error), "invalid"), Tool(call.name[:64], "invalid")
                self.used.append({"name": event.name, "outcome": event.outcome})
                yield event
                messages.append(ModelMessage("tool", answered.text, tool_call_id=call.id))
                self.given.append(answered.text)
                if self._ended(answered):
                    return
                for said in self._told_of(answered):
                    yield said
            self._gap = "\n\n" if self._begun else ""
        if not self.said:
            raise Unanswered("empty")

    async def _ask(
        self, messages: list[ModelMessage], offered: tuple[Any, ...], texts: list[str], wanted: list[ToolCall]
    ) -> AsyncGenerator[AssistantEvent, None]:
        request = ModelRequest(
            messages=tuple(messages),
            purpose="answer",
            tools=offered,
            max_tokens=self.own.limits.tokens,
            private=self.names,
        )
        left = self._ends - self.calls.now()
        if left <= 0:
            raise ModelUnavailable("deadline", streamed=bool(self.said))
        finish, room = "stop", self.own.limits.tokens * LETTERS_OF_A_TOKEN
        async with aclosing(self.calls.stream(request, prompt=VERSION, seconds=left)) as events:
            async for event in events:
                match event:
                    case TextDelta(text=text):
                        texts.append(text)
                        room -= len(text)
                        for shown in self.marks.feed(text):
                            for each in self._shown(self._checked(shown)):
                                yield each
                        if room < 0:
                            finish = "length"
                            break
                    case ToolCallReady(call=call):
                        if tools.is_emergency(call):  # whatever else the model does or fails at
                            wanted[:] = [call]
                            return
                        wanted.insert(0 if call.name == tools.RAISING else len(wanted), call)
                        del wanted[MOST_CALLS:]
                    case Finished(reason=reason):
                        finish = reason
        for shown in (*map(self._checked, self.marks.close()), Token(self.claims.close())):
            for each in self._shown(shown):
                yield each
        if finish in ("refusal", "content_filter"):
            raise Unanswered(finish)
        self._cut = finish == "length"

    def _checked(self, event: Token | Citation) -> Token | Citation:
        """As it will be read: a mark that is left out joins what stood around it."""
        return Token(self.claims.feed(self.links.feed(event.text))) if isinstance(event, Token) else event

    def _shown(self, event: Token | Citation) -> Iterator[AssistantEvent]:
        """The event, with what has to stand before the first word of the model, or of its next step."""
        if isinstance(event, Citation):
            yield event
            return
        text = event.text if self.said and not self._gap else event.text.lstrip()
        if text:
            if not self.said:
                self.summing.begin(self.names)
            self.said.append(text)
            yield self._opening(text)

    def _opening(self, text: str) -> Token:
        """The text, with what has to stand before it."""
        lead, self._gap = self._gap, ""
        if not self._opened and self.left.opening:
            lead = f"{self.left.opening}\n\n"
        self._opened = True
        return Token(lead + text)

    def _told_of(self, answered: tools.Answered) -> Iterator[Token]:
        """That it is more urgent, in the program's own words, whatever the model makes of it."""
        level = answered.raised
        known = highest(self.memory.level, self._raised_to)  # what the gate has found, nobody need have been told
        if level is None or highest(known, level) == known:
            return
        self._raised_to = level
        if self.turn.raised(level) and (text := raised(level, self.left.language)):
            self._gap = "\n\n" if self._begun else ""
            yield self._opening(text)

    def _ended(self, answered: tools.Answered) -> bool:
        """Whether the model's part of the turn is over with this call."""
        if answered.urgent is not None:
            urgent, language = answered.urgent, self.left.language
            self.turn.raised(urgent.level)
            self.alarm = self.own.means.alarm(urgent.level, urgent.kind, self._where(), language)
        self.wish = answered.wish
        return self.alarm is not None or self.wish is not None

    async def _toolbox(self) -> tools.Toolbox:
        means, left, context = self.own.means, self.left, self.context
        self.marks.offer(await self._passages() if left.passages is None else left.passages)
        zone = known_zone(context.conversation.time_zone) or known_zone(context.hints.time_zone) or means.zone
        box = self.box = tools.Toolbox(
            now=context.now,
            said=context.message.body,
            zone=zone,
            marks=self.marks,
            retriever=means.retriever,
            scheduling=means.scheduling,
            service=means.service,
            show=lambda moment: means.show(moment, zone, left.language),
            safe=left.safe,
            flows=left.flows,
        )
        return box

    async def _passages(self) -> list[Any]:
        if self.own.means.retriever is None:
            return []
        found = await self.own.means.retriever.search(
            self.context.message.body, self.left.topics, self.left.language, MOST_PASSAGES
        )
        return [one for one in found if one.score >= GOOD_ENOUGH]

    @property
    def _level(self) -> Level | None:
        """How urgent it was found to be, by the gate or in earlier free conversation."""
        return highest(self.context.conversation.safety.get("level"), self.memory.level)

    def _system(self, box: tools.Toolbox) -> ModelMessage:
        known = Known(
            now=self.context.now,
            left=self.left,
            level=self._level,
            profile=(*profile_lines(self.context.hints.profile), *self.memory.facts),
            summary=self.memory.summary,
            passages=box.marks.passages,
        )
        return system(self.own.persona, known)

    def _where(self) -> Whereabouts:
        return Whereabouts.of(self.context.conversation, self.context.hints, self.left.language)

    # --- the end

    async def _whole(self) -> AsyncGenerator[AssistantEvent, None]:
        """The deterministic assistant's own turn, as if there were no model."""
        async with aclosing(self.turn.answer()) as events:
            async for event in events:
                yield completed(self, event) if isinstance(event, Outcome) else event

    async def _rest(self) -> AsyncGenerator[AssistantEvent, None]:
        """What follows the model's words, or stands in for those that are missing."""
        if self.wish is not None:
            async with aclosing(self.turn.go_on(self.wish, said=self._begun)) as events:
                first = "\n\n" if self._begun else ""
                async for event in events:
                    if isinstance(event, Token):
                        event, first = Token(first + event.text), ""
                    yield completed(self, event) if isinstance(event, Outcome) else event
            return
        if self.fallback:
            for event in self._stand_in():
                yield event
        elif self._cut and not "".join(self.said).rstrip().endswith(_ENDS):
            yield Token("…")
        added = self.turn.after("".join(self.said), self.marks.cited)
        for event in _part(added, "\n\n"):
            yield event
        if not self.fallback:
            self.memory = await self.summing.memory()
        yield completed(self, self.turn.keep())

    def _stand_in(self) -> Iterator[AssistantEvent]:
        """The broken sentence is closed, and the deterministic words follow."""
        if self.said:
            ended = "".join(self.said).rstrip().endswith(_ENDS)
            yield Token(f"{'' if ended else '…'}\n\n{cut_off(self.left.language)}")
            return
        self.marks.cited += [one for one in self.left.draft.cited if one not in self.marks.cited]
        yield from _part(self.left.draft, "\n\n")

    def _emergency(self, alarm: Alarm) -> Iterator[AssistantEvent]:
        yield Emergency(alarm.level, alarm.kind, alarm.number, alarm.country, alarm.message)
        yield Token(f"\n\n{alarm.message}" if self._begun else alarm.message)
        kept = self.turn.keep()
        effects = (*kept.effects, RequestPerson("emergency"), RaiseAlert(alarm.kind, alarm.level, alarm.country))
        yield completed(self, msgspec.structs.replace(kept, effects=effects, choices=(), interrupted=True))


def _part(part: Part, lead: str = "") -> Iterator[AssistantEvent]:
    yield from part.cited
    for piece in pieces(lead + part.text) if part.text else ():
        yield Token(piece)
