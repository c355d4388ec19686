"""A visitor's conversation with an ADK agent in Anna's place, on a scripted model."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from google.adk.agents import LlmAgent

from careline.assistants.adk import AdkAssistant, CarelineLlm, careline_tools
from careline.assistants.own import OwnAssistant
from careline.assistants.own_turn import Patience
from careline.bootstrap_agents import emergency_of
from careline.models.scripted import Script, ScriptedModel
from careline.ports import AssistantEvent, AttachmentReader, Model, ModelRequest, Provided
from tests.assistants.conversation import flow_assistant, memory_scheduling, shipped
from tests.assistants.free_conversation import MemoryHistory, RememberedTalk, gate, retriever
from tests.dialogue.tools import shipped_tools

HI = "I am an AI assistant, not a person and not a doctor.\n\n"
Make = Callable[[Provided], AdkAssistant]


def anna(provided: Provided, **more: Any) -> AdkAssistant:
    """One agent with Careline's model and tools; `more` are arguments of ADK's."""
    more.setdefault("tools", careline_tools(provided))
    root = LlmAgent(name="anna", model=CarelineLlm.of(provided), instruction="Be kind.", **more)
    return AdkAssistant(provided, root, version="7")


class AdkTalk(RememberedTalk):
    """`make` is what the pack's code would be. What was said is in the history."""

    def __init__(
        self,
        script: Iterable[Script] | Callable[[ModelRequest], Script],
        make: Make,
        *,
        locale: str = "en",
        model: bool = True,
        patience: Patience | None = None,
        wrapped: Callable[[Model], Model] = lambda model: model,
        reader: AttachmentReader | None = None,
    ) -> None:
        self.model = ScriptedModel(script, vision=reader is not None)
        self.history = MemoryHistory()
        self.scheduling = memory_scheduling()
        self.seen: list[AssistantEvent] = []
        pack = shipped()[0]
        self.provided = Provided(
            agent="scheduling",
            folder=Path(),
            languages=pack.languages,
            history=self.history,
            retriever=retriever(),
            scheduling=self.scheduling,
            service=pack.service,
            zone=pack.clinic.time_zone,
            flows={name: flow.title["en"] for name, flow in pack.flows.items()},
            show=shipped_tools().show_time,
            emergency=emergency_of(gate().raised),
            model=wrapped(self.model) if model else None,
            reader=reader,
        )
        self.agent = make(self.provided)
        super().__init__(OwnAssistant(flow_assistant(self.scheduling), self.agent, patience or Patience()), locale)

    @property
    def own(self) -> dict[str, Any]:
        return next(one["own"] for one in self.outcome.raw if "own" in one)

    @property
    def raw(self) -> list[dict[str, Any]]:
        """ADK's events of the last turn, as they are kept."""
        return [one["adk"] for one in self.outcome.raw if "adk" in one]

    @property
    def asked(self) -> Sequence[tuple[str, str]]:
        """What the model was last asked, as (role, text), without the system's."""
        return [(one.role, one.content) for one in self.model.requests[-1].messages if one.role != "system"]
