"""Anna with a scripted model beside her flows, and a history in memory."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from careline.assistants.flow_free import FreeFlows, persona_of
from careline.assistants.free import FreeAssistant, Limits, Means
from careline.dialogue.pack import Pack
from careline.domain.conversation import Attachment, Message
from careline.domain.errors import StoreUnavailable
from careline.domain.events import Citation, Emergency, Token, Tool
from careline.knowledge.retrieve import ArticleRetriever
from careline.models.redacting import Names, RedactingModel
from careline.models.scripted import Script, ScriptedModel
from careline.ports import AssistantEvent, AttachmentReader, Model, ModelRequest
from careline.safety.gate import Gate, load_gate
from tests.assistants.conversation import Talk, flow_assistant, memory_scheduling, shipped
from tests.dialogue.tools import shipped_tools

LATER = "Could you tell me how long a beard takes to grow on the moon"
"""Nothing that a flow understands."""


@cache
def gate() -> Gate:
    return load_gate()


@cache
def retriever() -> ArticleRetriever:
    return ArticleRetriever()


class MemoryHistory:
    """`careline.ports.History` of one conversation. Counts what it gave; can be away."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.given: list[int] = []
        self.away = False

    async def exchanges(
        self, conversation_id: str, before: str, after: str | None = None, limit: int = 30
    ) -> tuple[Message, ...]:
        if self.away:
            raise StoreUnavailable
        turns = list(dict.fromkeys(one.turn_id for one in self.messages))
        first = turns.index(after) + 1 if after in turns else 0
        chosen = turns[first:][-limit:]
        found = tuple(one for one in self.messages if one.turn_id in chosen)
        self.given.append(len(found))
        return found


class RememberedTalk(Talk):
    """A conversation whose messages are in `history`, which its assistant reads; `seen` are the last turn's events."""

    history: MemoryHistory

    async def say(self, text: str, attachments: Sequence[Attachment] = ()) -> str:
        reply = await super().say(text, attachments)
        turn = f"{self.conversation.id}-t{self.turns}"
        self.history.messages += [
            Message(f"m{self.turns}a", turn, "incoming", text, self.now),
            Message(f"m{self.turns}b", turn, "outgoing", reply, self.now),
        ]
        return reply

    def keep(self, events: list[AssistantEvent]) -> str:
        self.seen = events
        return super().keep(events)

    def seen_of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.seen if isinstance(event, kind)]


class FreeTalk(RememberedTalk):
    """A visitor's conversation with her; what was said is in the history. `model` is the one her flows may ask.

    `names` finds those that the model of the free conversation is not told."""

    def __init__(
        self,
        script: Iterable[Script] | Callable[[ModelRequest], Script],
        locale: str = "en",
        limits: Limits | None = None,
        *,
        knowledge: bool = True,
        model: Model | None = None,
        pack: Pack | None = None,
        reader: AttachmentReader | None = None,
        names: Names | None = None,
    ) -> None:
        self.model = ScriptedModel(script, vision=reader is not None)
        used = RedactingModel(self.model, names) if names is not None else self.model
        self.history = MemoryHistory()
        self.scheduling = memory_scheduling()
        self.seen: list[AssistantEvent] = []
        flows = flow_assistant(self.scheduling, pack, model=model)
        tools = shipped_tools()

        def show(moment: datetime, zone: str, language: str) -> str:
            return tools.show_time(moment, zone, language)

        means = Means(
            alarm=gate().raised,
            history=self.history,
            reader=reader,
            retriever=retriever() if knowledge else None,
            scheduling=self.scheduling,
            service=shipped()[0].service,
            zone="Europe/Istanbul",
            show=show,
            names=names or (lambda _: ()),
            limits=limits or Limits(),
        )
        beside = FreeFlows(flows, sees=reader is not None)
        super().__init__(FreeAssistant(beside, used, persona_of(shipped()[0]), means), locale)

    @property
    def raw(self) -> dict[str, Any]:
        """The record of free conversation in the last turn."""
        return next((one["free"] for one in self.outcome.raw if "free" in one), {})


__all__ = ["LATER", "Citation", "Emergency", "FreeTalk", "MemoryHistory", "Token", "Tool", "gate", "retriever"]
