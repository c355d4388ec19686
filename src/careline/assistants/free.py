"""Free conversation: what the deterministic assistant leaves is answered by a model, and without one by itself."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from datetime import datetime

import msgspec

from careline.assistants.calls import ModelCalls
from careline.assistants.free_history import Memory, load_memory, recent, stored
from careline.assistants.free_images import Looking
from careline.assistants.free_prompt import Persona
from careline.assistants.free_talk import Talk
from careline.assistants.free_turns import Begins
from careline.domain.effects import Outcome
from careline.domain.errors import StoreUnavailable
from careline.ports import AssistantEvent, AttachmentReader, History, Model, Retriever, Scheduling, TurnContext
from careline.safety.gate import Alarm
from careline.safety.numbers import Whereabouts
from careline.safety.rules import Level


class Limits(msgspec.Struct, frozen=True):
    """Of one turn: seconds in all, calls of the model, tokens of an answer."""

    seconds: float = 30.0
    steps: int = 4
    tokens: int = 700


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """What free conversation draws on. `alarm` makes the answer to an emergency, with the number to dial, from its
    level, kind, where the person is and the language of the talk. `show` words a time in a zone and a language.
    `names` finds the names in a message that the model is not to be told; none where it may know them."""

    alarm: Callable[[Level, str, Whereabouts, str], Alarm]
    history: History | None = None
    reader: AttachmentReader | None = None
    retriever: Retriever | None = None
    scheduling: Scheduling | None = None
    service: str = ""
    zone: str = "UTC"
    show: Callable[[datetime, str, str], str] = lambda moment, zone, language: moment.isoformat()
    names: Callable[[str], Iterable[str]] = lambda text: ()
    limits: Limits = Limits()


class FreeAssistant:
    """See `careline.ports.Assistant`. It has the name of the assistant it completes, and stands in its place."""

    def __init__(self, beside: Begins, model: Model, persona: Persona, means: Means) -> None:
        self.beside = beside
        self.model = model
        self.persona = persona
        self.means = means
        self.limits = means.limits
        self._looking = Looking(means.reader)

    @property
    def name(self) -> str:
        return self.beside.name

    @property
    def version(self) -> str:
        return self.beside.version

    async def answer(self, context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        """The turn's events. What a model does wrong is never raised."""
        memory = load_memory(context.conversation.state)
        turn = self.beside.begin(context)
        left = await turn.left()
        async with self._looking.at(left) as looked:
            if left is None or looked.trouble:
                async with aclosing(turn.answer()) as events:
                    async for event in events:
                        yield looked.explained(_kept(event, memory))
                return
            try:
                said = await recent(self.means.history, context, memory, self.means.names)
            except StoreUnavailable:
                said = await recent(None, context, memory, self.means.names)
            calls = ModelCalls(self.model, asyncio.get_running_loop().time, context.notes)
            talk = Talk(self, context, turn, msgspec.structs.replace(left, pictures=looked.pictures), said, calls)
            async with aclosing(talk.events()) as events:
                async for event in events:
                    yield looked.explained(event) if looked.pictures else event


def _kept(event: AssistantEvent, memory: Memory) -> AssistantEvent:
    """An outcome with the memory in its state, which the other assistant knows nothing of."""
    if isinstance(event, Outcome):
        return msgspec.structs.replace(event, state=stored(event.state, memory))
    return event
