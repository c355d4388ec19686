"""Anna and her like: a pack's flows, run for one turn at a time. Decides and yields; the calendar is asked by port."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from careline.assistants.actions import Actions, summary
from careline.assistants.calls import ModelCalls
from careline.assistants.proposing import Hearing, Proposing
from careline.assistants.rephrasing import Rephrasing
from careline.assistants.tools import Tools
from careline.assistants.wording import Wording, disclosed, pieces
from careline.dialogue import commands as c
from careline.dialogue.machine import Machine
from careline.dialogue.pack import Pack
from careline.dialogue.running import Advance
from careline.dialogue.state import DialogueState, Utter, dump_state, load_state
from careline.dialogue.understanding import Heard, Understanding
from careline.dialogue.zones import zone_of
from careline.domain.conversation import Choice
from careline.domain.effects import AnyEffect, Outcome, RememberPerson, RequestPerson
from careline.domain.errors import Invalid, StoreUnavailable
from careline.domain.events import Handoff, Token, Tool
from careline.language import Languages, Reference
from careline.ports import AssistantEvent, Model, Scheduling, TurnContext

_PROFILE = ("procedure", "country", "contact", "phone", "time_zone")


class Waiting(msgspec.Struct, frozen=True):
    """How many seconds a person waits for what a model could do better, at most."""

    understanding: float = 2.5
    rephrasing: float = 1.5


USUAL = Waiting()


class FlowAssistant:
    """An agent of a pack. Holds no conversation, so one serves all of them.

    With a `model` it also understands what it would not alone, as far as the pack lets the model.
    """

    def __init__(
        self,
        pack: Pack,
        agent: str,
        languages: Languages,
        scheduling: Scheduling,
        tools: Tools,
        understanding: Understanding | None = None,
        model: Model | None = None,
        waiting: Waiting = USUAL,
    ) -> None:
        self.pack = pack
        self.languages = languages
        self.scheduling = scheduling
        self.tools = tools
        self.understanding = understanding or Understanding(pack, languages)
        self.machine = Machine(pack.flows, pack.slots)
        self._agent = pack.agent(agent)
        self.model = model
        self.proposing = (
            Proposing(self.understanding, agent, waiting.understanding)
            if model is not None and pack.model.understanding
            else None
        )
        self.rephrasing = (
            Rephrasing(pack, languages, waiting.rephrasing) if model is not None and pack.model.rephrase else None
        )

    @property
    def name(self) -> str:
        return self._agent.name

    @property
    def version(self) -> str:
        return f"{self.pack.name} {self.pack.version}"

    def begin(self, context: TurnContext) -> "FlowTurn":
        """A turn of its own, for what a flow is only a part of."""
        return FlowTurn(self, context)

    async def answer(self, context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        """The turn's events. Raises only what is a fault of the program: the calendar being away is answered."""
        turn = self.begin(context)
        await turn.recall()
        heard = await turn.understand()
        async with aclosing(turn.run(heard, turn.commands(heard))) as events:
            async for event in events:
                yield event


class FlowTurn:
    """One turn of one conversation."""

    def __init__(self, own: FlowAssistant, context: TurnContext) -> None:
        self.own = own
        self.context = context
        self.state = self.read_state()
        self.new = not self.state.disclosed
        self.paused_before = self.state.paused
        self.calls = ModelCalls(own.model, notes=context.notes) if own.model else None
        self.explained: dict[str, Any] = {}
        self.looked_at = False  # whether the message's images have been seen by somebody
        self.model_is_away = False
        """The model was asked in this turn and could not answer: nobody should wait for it twice."""
        self.actions = Actions(own.pack, own.scheduling, own.tools, context, self.wording)

    def read_state(self) -> DialogueState:
        """The stored state; a new one when another assistant's or a broken one is stored."""
        try:
            state = load_state(self.context.conversation.state)
        except Invalid:
            state = DialogueState()
        conversation, hints = self.context.conversation, self.context.hints
        if state.language is None:
            state.language = self.own.pack.language(conversation.language or hints.locale)
        zone = known_zone(hints.time_zone) or known_zone(conversation.time_zone)
        if zone is not None and not state.known("time_zone"):
            state.slots["time_zone"] = zone
        state.paused = state.paused or conversation.interrupted
        return state

    async def run(self, heard: Heard, commands: Sequence[c.Command]) -> AsyncGenerator[AssistantEvent, None]:
        """Does what was understood; the events, the Outcome last."""
        advance = self.own.machine.begin(self.state, commands)
        while advance.action is not None:
            result = await self.actions.perform(advance.action, advance.state)
            yield Tool(advance.action, result.outcome)
            advance = self.own.machine.proceed(advance, result)
        text, outcome = self.finish(heard, advance, await self.say(advance))
        for piece in pieces(text):
            yield Token(piece)
        if advance.handoff is not None:
            yield Handoff(advance.handoff)
        yield self.calls.explained(outcome) if self.calls else outcome

    async def recall(self) -> None:
        """A new conversation knows what the person has booked before."""
        if not self.new or self.context.first_contact:
            return
        try:
            found = await self.own.scheduling.upcoming(self.context.person.id, self.context.now)
        except StoreUnavailable:
            return
        if found:
            self.state.slots["booked"] = [summary(b) for b in found]

    def zone(self, state: DialogueState) -> str:
        """Where the person is, as far as it is known, else where the clinic is."""
        zone: str = (
            state.slots.get("time_zone") or zone_of(state.slots.get("country")) or self.own.pack.clinic.time_zone
        )
        return zone

    def wording(self, state: DialogueState) -> Wording:
        own = self.own
        language = own.pack.language(state.language)
        return Wording(own.pack, own.tools, state, language, self.zone(state), self.context.now)

    async def understand(self) -> Heard:
        """The message understood by rule, and where that is in doubt with the help of the model."""
        heard = self.hear()
        if self.own.proposing is None or self.calls is None:
            return heard
        own = Hearing(heard, self.state, self.reference(), self.new, self.private(self.state))
        heard, proposal = await self.own.proposing.improve(self.calls, own)
        if proposal is not None:
            self.explained["proposal"] = proposal
            self.model_is_away = bool(proposal.get("away"))
        return heard

    def private(self, state: DialogueState) -> tuple[str, ...]:
        """The names and addresses of the person that are known."""
        kinds = ("name", "contact", "phone")
        known = (self.context.person.name, *(state.slots.get(kind) for kind in kinds))
        return tuple(str(one) for one in known if one)

    def hear(self) -> Heard:
        text = self.context.message.body
        return self.own.understanding.hear(text, self.state, self.reference(), self.own.name, new=self.new)

    def reference(self) -> Reference:
        hints = self.context.hints
        region = self.state.slots.get("country") or hints.country
        return Reference(now=self.context.now, time_zone=self.zone(self.state), region=region)

    def commands(self, heard: Heard) -> list[c.Command]:
        """What was understood. In the first reply the language is simply used, and a file alone is not nonsense.

        Recordings that were listened to are in the words of the message; of other files the person is told so.
        """
        commands = list(heard.commands)
        if self.new:
            for command in commands:
                if isinstance(command, c.ChangeLanguage):
                    self.state.language = command.language
            commands = [x for x in commands if not isinstance(x, c.ChangeLanguage) and x != c.Chitchat("greeting")]
        unseen = self.unseen()
        if unseen:
            commands = [x for x in commands if not isinstance(x, c.CannotHandle)]
            commands[:0] = [c.Chitchat("recording" if kind == "audio" else "attachment") for kind in unseen]
        return commands

    def unseen(self) -> list[str]:
        """The kinds of files with the message that nobody has looked at or listened to."""
        files = self.context.message.attachments
        known = [one.transcript is not None or (self.looked_at and one.kind == "image") for one in files]
        return list(dict.fromkeys(one.kind for one, seen in zip(files, known, strict=True) if not seen))

    # --- after the machine

    async def say(self, advance: Advance) -> str:
        """The reply in the pack's words, or in those of the model where the pack lets it."""
        wording = self.wording(advance.state)
        reply = wording.paragraphs(self.opening(advance))
        rephrasing = None if advance.state.paused or self.model_is_away else self.own.rephrasing
        if rephrasing is not None and self.calls is not None:
            names = (wording.first_name(), self.own.pack.persona.name, self.own.pack.clinic.name)
            reply, explained = await rephrasing.improve(
                self.calls, reply, wording.language, names, self.private(advance.state)
            )
            if explained is not None:
                self.explained["rephrasing"] = explained
        return "\n\n".join(paragraph.text for paragraph in reply)

    def finish(self, heard: Heard, advance: Advance, text: str) -> tuple[str, Outcome]:
        state = advance.state
        wording = self.wording(state)
        if self.new:
            text = disclosed(text, wording.language)
            state.disclosed = True
        state.buttons = [] if advance.handoff else wording.buttons()
        effects = (*self.actions.effects, *self.remember(state), *self.requests(advance))
        outcome = Outcome(
            state=dump_state(state),
            language=wording.language,
            time_zone=state.slots.get("time_zone"),
            country=state.slots.get("country"),
            choices=tuple(Choice(b.title, b.title) for b in state.buttons),
            effects=effects,
            raw=({"commands": msgspec.to_builtins(heard.commands), "said": taken_for(heard), **self.explained},),
            interrupted=state.paused,
        )
        return text, outcome

    def opening(self, advance: Advance) -> list[Utter]:
        """What is said, with a greeting before it in the first reply, where thanking for the name is left out."""
        says = list(advance.says)
        if not self.new:
            return says
        if self.paused_before:
            return self.after_emergency(says, safe=not advance.state.paused)
        name_thanks = self.own.pack.slots["name"].got if "name" in self.own.pack.slots else None
        rest = [u for u in says if u.template != name_thanks]
        if advance.state.known("name"):
            return [Utter("greeting_named"), *rest]
        if self.context.person.name:
            return [Utter("greeting_again", {"first_name": self.context.person.name.split(" ")[0]}), *rest]
        return [Utter("greeting"), *rest]

    def after_emergency(self, says: list[Utter], *, safe: bool) -> list[Utter]:
        """The first reply to somebody whose first words were an emergency: kindness before anything else."""
        kind = Utter("greeting_safe" if safe else "greeting_after_emergency")
        if not self.state.stack and safe and [u.template for u in says] == ["anything_else"]:
            return [kind, Utter("go_on_anyhow")]
        other = [u for u in says if u.template != "resume_question"]
        return [kind, *other, *([] if safe else [Utter("go_on_question")])]

    def remember(self, state: DialogueState) -> list[AnyEffect]:
        """What may go to the person's record: only after consent, only when it is news, and nobody else's name."""
        if state.slots.get("consent") is not True:
            return []
        before = self.context.conversation.state.get("slots", {})
        fresh = before.get("consent") is not True
        facts = {
            k: str(state.slots[k]) for k in _PROFILE if state.known(k) and (fresh or before.get(k) != state.slots[k])
        }
        name = None if state.slots.get("for_another") else state.slots.get("name")
        name = name if name and (fresh or before.get("name") != name) else None
        return [RememberPerson(name, facts)] if name or facts else []

    def requests(self, advance: Advance) -> list[AnyEffect]:
        if advance.handoff is not None:
            return [RequestPerson(advance.handoff)]
        if self.unseen() and not self.context.conversation.waiting:
            return [RequestPerson("attachment")]
        return []


def taken_for(heard: Heard) -> dict[str, Any]:
    """What the message was taken for, without its words."""
    said = heard.said
    return {"language": said.language, "intents": sorted(said.intents)}


def known_zone(name: str | None) -> str | None:
    """The name, if there is such a time zone."""
    try:
        return ZoneInfo(name).key if name else None
    except (KeyError, ValueError, OSError):
        return None
