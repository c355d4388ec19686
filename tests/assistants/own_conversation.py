"""Anna's place in the pack, taken by an agent of a test's own."""

import asyncio
import functools
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, ParamSpec

from careline.agent import AgentEvent, TurnContext
from careline.assistants.own import OwnAssistant
from careline.assistants.own_turn import Patience
from careline.ports import AssistantEvent
from tests.assistants.conversation import Talk, flow_assistant, memory_scheduling

Answer = Callable[[TurnContext], AsyncGenerator[AgentEvent, None]]
P = ParamSpec("P")
RUN_SECONDS = 30
QUICK = Patience(first=0.05, silence=0.05, whole=0.2)


class Agent:
    """Answers as the test says. `closed` counts generators that were closed or ran to their end."""

    version = "test 1"

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.asked: list[TurnContext] = []
        self.closed = 0

    async def answer(self, context: TurnContext) -> AsyncGenerator[AgentEvent, None]:
        self.asked.append(context)
        try:
            async for event in self._answer(context):
                yield event
        finally:
            self.closed += 1


class OwnTalk(Talk):
    """A visitor's conversation with it."""

    def __init__(self, answer: Answer, patience: Patience | None = None, locale: str = "en") -> None:
        self.agent = Agent(answer)
        self.scheduling = memory_scheduling()
        self.seen: list[AssistantEvent] = []
        super().__init__(OwnAssistant(flow_assistant(self.scheduling), self.agent, patience or Patience()), locale)

    def keep(self, events: list[AssistantEvent]) -> str:
        self.seen = events
        return super().keep(events)

    @property
    def own(self) -> dict[str, Any]:
        """The record of the agent in the last turn."""
        return next(one["own"] for one in self.outcome.raw if "own" in one)


def says(*events: Any) -> Answer:
    """An agent that yields these, whatever they are."""

    async def answer(context: TurnContext) -> AsyncGenerator[AgentEvent, None]:
        for event in events:
            if isinstance(event, Exception):
                raise event
            yield event

    return answer


def on_a_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A test that is a coroutine, run to its end on a fresh event loop."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), RUN_SECONDS))

    return run
