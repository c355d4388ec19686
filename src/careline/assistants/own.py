"""An agent that a pack brings along as code, hosted: it answers, and the pack's flows are there when it cannot."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from careline.assistants.flow import FlowAssistant
from careline.assistants.flow_free import FreeFlowTurn
from careline.assistants.own_turn import OwnTurn, Patience
from careline.ports import AssistantEvent, OwnAgent, TurnContext

log = logging.getLogger("careline.assistants")
CLOSE_SECONDS = 5.0


USUAL = Patience()


class OwnAssistant:
    """See `careline.ports.Assistant`. `flows` are those of the agent's place in the pack, whose name it has."""

    def __init__(self, flows: FlowAssistant, agent: OwnAgent, patience: Patience = USUAL) -> None:
        self.flows = flows
        self.agent = agent
        self.patience = patience

    @property
    def name(self) -> str:
        return self.flows.name

    @property
    def version(self) -> str:
        return f"{self.flows.version}, {self.agent.version}"

    async def answer(self, context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        """The turn's events. What the agent does wrong is never raised."""
        turn = OwnTurn(self.agent, self.patience, FreeFlowTurn(self.flows.begin(context)), context)
        async with aclosing(turn.events()) as events:
            async for event in events:
                yield event

    async def close(self) -> None:
        """Closes the agent, where it can be closed. Raises nothing of the agent's."""
        close = getattr(self.agent, "close", None)
        if close is None:
            return
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await close()
        except Exception as error:
            log.warning("❌ Agent did not close", extra={"agent": self.name, "error_type": type(error).__name__})
