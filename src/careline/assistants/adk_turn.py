"""What the parts of a running ADK agent know of the turn they are in: its model, its tools, its rules."""

from contextvars import ContextVar

import msgspec

from careline.assistants.calls import ModelCalls
from careline.assistants.free_tools import RaiseUrgency, Toolbox
from careline.domain.events import Tool
from careline.ports import TurnContext
from careline.safety.rules import Level


class AdkTurn(msgspec.Struct, kw_only=True):
    """One turn. `wish` is a flow to begin or HANDOFF. `urgent` is what a tool has found to be an emergency, `raised`
    what less than that; `level` is how urgent the person knows it to be. `done` are the tool calls that were answered
    here, by their ids."""

    context: TurnContext
    language: str
    box: Toolbox
    prompt: str
    calls: ModelCalls | None = None
    wish: str | None = None
    urgent: RaiseUrgency | None = None
    raised: Level | None = None
    level: Level | None = None
    done: dict[str, Tool] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The person's, for a model that redacts."""
        return (self.context.person.name,) if self.context.person.name else ()


TURN: ContextVar[AdkTurn] = ContextVar("careline_adk_turn")
"""Set while the agent runs, never across a yield: ADK's own tasks take it with them."""
