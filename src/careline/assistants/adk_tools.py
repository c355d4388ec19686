"""Careline's own tools for an ADK agent: looking up times and articles, flows, a person, urgency. Checked as always."""

import json
from datetime import UTC, datetime
from typing import Any

from google.adk.tools.base_tool import BaseTool
from google.genai import types

from careline.assistants.adk_turn import TURN
from careline.assistants.free_marks import Marks
from careline.assistants.free_tools import BadArguments, Toolbox, specs, use
from careline.domain.events import Tool
from careline.ports import Provided, ToolCall, ToolSpec

_NOTED = "Noted. Say nothing more: this turn goes on without you."


def careline_tools(provided: Provided) -> list[Any]:
    """`find_slots`, `search_knowledge`, `start_flow`, `hand_off`, `raise_urgency` and `remember_profile_fact`.

    None of them books, consents or confirms: `start_flow` hands over to the pack's dialogue, which does.
    """
    shape = Toolbox(
        now=datetime.min.replace(tzinfo=UTC),
        said="",
        zone=provided.zone,
        marks=Marks(),
        retriever=provided.retriever,
        scheduling=provided.scheduling,
        flows=provided.flows,
    )
    offered = specs(shape)
    return [CarelineTool(spec, offered) for spec in offered]


class CarelineTool(BaseTool):
    """One of them. It works within the turn of an AdkAssistant only."""

    def __init__(self, spec: ToolSpec, offered: tuple[ToolSpec, ...]) -> None:
        super().__init__(name=spec.name, description=spec.description)
        self._spec = spec
        self._offered = offered

    def _get_declaration(self) -> types.FunctionDeclaration:
        return types.FunctionDeclaration(
            name=self._spec.name, description=self._spec.description, parameters_json_schema=self._spec.parameters
        )

    async def run_async(self, *, args: dict[str, Any], tool_context: Any) -> dict[str, str]:
        """What the tool says, or what is wrong with the arguments."""
        turn = TURN.get()
        call = ToolCall(tool_context.function_call_id or "", self.name, json.dumps(args, default=str))
        try:
            answered, event = await use(turn.box, call, self._offered)
        except BadArguments as error:
            turn.done[call.id] = Tool(self.name, "invalid")
            return {"error": str(error)}
        turn.done[call.id] = event
        turn.wish = answered.wish or turn.wish
        turn.urgent = answered.urgent or turn.urgent
        turn.raised = answered.raised or turn.raised
        return {"result": answered.text or _NOTED}
