"""A pack's flows beside free conversation: what they understand is theirs, what they cannot handle is left."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from careline.assistants.flow import FlowAssistant, FlowTurn
from careline.assistants.free_images import MOST_IMAGES
from careline.assistants.free_prompt import Persona
from careline.assistants.free_texts import sources
from careline.assistants.free_turns import HANDOFF, Left, Part
from careline.assistants.wording import disclosed
from careline.dialogue import commands as c
from careline.dialogue.doubt import CLAUSE, words
from careline.dialogue.pack import Pack
from careline.dialogue.running import Advance
from careline.dialogue.state import Utter
from careline.dialogue.understanding import Heard
from careline.domain.conversation import Attachment
from careline.domain.effects import Outcome
from careline.domain.events import Citation
from careline.ports import AssistantEvent, TurnContext
from careline.safety.rules import Level


class FreeFlows:
    """See `careline.assistants.free_turns.Begins`."""

    def __init__(self, flows: FlowAssistant, *, sees: bool = False) -> None:
        """`sees`: the model can be shown images."""
        self._flows = flows
        self._sees = sees

    @property
    def name(self) -> str:
        return self._flows.name

    @property
    def version(self) -> str:
        return self._flows.version

    def begin(self, context: TurnContext) -> "FreeFlowTurn":
        return FreeFlowTurn(self._flows.begin(context), sees=self._sees)


class FreeFlowTurn:
    """See `careline.assistants.free_turns.Turn`."""

    def __init__(self, turn: FlowTurn, *, sees: bool = False) -> None:
        self.turn = turn
        self._sees = sees
        self.pack = turn.own.pack
        self._heard: Heard  # `left` comes first
        self._was_left = False

    @property
    def heard(self) -> Heard:
        return self._heard

    async def left(self) -> Left | None:
        """What no flow can handle, unless an interrupted one or a choice waits for an answer."""
        turn, state = self.turn, self.turn.state
        await turn.recall()
        # Where no flow is under way, the model that answers can begin one: it need not be asked before as well.
        self._heard = await turn.understand() if state.stack else turn.hear()
        if turn.model_is_away or state.paused or state.clarify is not None:
            return None
        images = self._images()
        turn.looked_at = bool(images)
        alone = bool(images) and not turn.context.message.body
        if turn.unseen() or not (alone or self._beyond(self._heard)):
            turn.looked_at = False
            return None
        wording = turn.wording(state)
        self._was_left = True
        return Left(
            language=wording.language,
            opening=disclosed(wording.text(Utter("greeting")), wording.language) if turn.new else "",
            facts=self._facts(),
            topics=topics_of(turn.context.conversation.safety),
            flows={name: title(flow.title) for name, flow in self.pack.flows.items()},
            handoff=True,
            booked=state.known("booked"),
            names=(name,) if (name := wording.slot("name")) else (),
            images=images,
        )

    def _images(self) -> tuple[Attachment, ...]:
        """Those that the model is to be shown: none of too many, for it must not speak as if it had seen all."""
        images = tuple(one for one in self.turn.context.message.attachments if one.kind == "image")
        return images if self._sees and len(images) <= MOST_IMAGES else ()

    def _beyond(self, heard: Heard) -> bool:
        """Whether the message was not understood, only resembles something, or begins a flow for want of another."""
        if heard.by_default:
            return words(heard.said.text) >= CLAUSE
        return heard.weak or all(isinstance(command, c.CannotHandle) for command in self.turn.commands(heard))

    async def answer(self) -> AsyncGenerator[AssistantEvent, None]:
        heard = self._heard
        self.turn.looked_at = False
        self.turn.model_is_away = self.turn.model_is_away or self._was_left
        async with aclosing(self.turn.run(heard, self.turn.commands(heard))) as events:
            async for event in events:
                yield event

    async def go_on(self, wish: str, *, said: bool) -> AsyncGenerator[AssistantEvent, None]:
        if said:
            self._disclosed()
        command = c.Handoff() if wish == HANDOFF else c.StartFlow(wish)
        async with aclosing(self.turn.run(self._heard, [command])) as events:
            async for event in events:
                yield event

    def raised(self, level: Level) -> bool:
        """The flows say nothing of urgency."""
        return True

    def after(self, said: str, cited: Sequence[Citation]) -> Part:
        """The sources, which nothing else of a talk by messages shows, and the question that waits for an answer."""
        listed = sources(cited, self.turn.wording(self.turn.state).language)
        return Part("\n\n".join(text for text in (listed, self._question()) if text))

    def _question(self) -> str:
        """The one that was asked, once more."""
        state = self.turn.state
        if not state.stack or state.collecting is None:
            return ""
        frame = state.stack[-1]
        flow = self.pack.flows.get(frame.flow)
        step = flow.step(frame.step) if flow is not None and frame.step in flow.positions else None
        ask = getattr(step, "again", None) or getattr(step, "ask", None)
        return self.turn.wording(state).text(Utter(ask)) if ask else ""

    def keep(self) -> Outcome:
        """The flow stands where it stood."""
        self._disclosed()
        self.turn.state.failures = 0
        _, outcome = self.turn.finish(self._heard, Advance(self.turn.state), "")
        return self.turn.calls.explained(outcome) if self.turn.calls else outcome

    def _disclosed(self) -> None:
        self.turn.new = False
        self.turn.state.disclosed = True

    def _facts(self) -> tuple[str, ...]:
        """What the flows know, without what says who the person is."""
        wording = self.turn.wording(self.turn.state)
        state = self.turn.state
        lines = [
            f"Interested in: {wording.procedure(wording.slot('procedure'))}" if state.known("procedure") else "",
            f"Lives in: {wording.country()}" if state.known("country") else "",
            f"Booked consultations: {wording.booked()}" if state.known("booked") else "Booked consultations: none",
            f"In the middle of: {wording.flow_title()}" if state.stack else "",
        ]
        return tuple(line for line in lines if line)


def title(texts: dict[str, str]) -> str:
    return texts.get("en") or next(iter(texts.values()), "")


def topics_of(safety: dict[str, Any]) -> tuple[str, ...]:
    """The findings the gate has noted in a conversation, by id."""
    found = safety.get("findings")
    ids = [one.get("id") for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return tuple(one for one in ids if isinstance(one, str))


def persona_of(pack: Pack) -> Persona:
    """Who speaks for the pack, and what of its clinic it may tell. What the pack answers itself is not in it."""
    facts = {key: fact if isinstance(fact, str) else title(fact) for key, fact in pack.clinic.facts.items()}
    treatments = ", ".join(title(procedure.name) for procedure in pack.procedures)
    about = [f"{key.replace('_', ' ')}: {fact}" for key, fact in facts.items()]
    about += [f"Treatments: {treatments}"] if treatments else []
    names = dict.fromkeys(pack.languages, pack.persona.name)
    return Persona(names, dict(pack.persona.role), f"{pack.name} {pack.version}", pack.clinic.name, tuple(about))
