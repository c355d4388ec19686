"""An assistant the tests hold the strings of: it says what a script says and stops where a gate is closed."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable
from typing import Any

from careline.domain.conversation import Hints
from careline.domain.effects import Outcome
from careline.domain.events import Token
from careline.ports import Assistant, AssistantEvent, TurnContext

Script = Callable[[TurnContext], AsyncGenerator[AssistantEvent, None]]


class ScriptedAssistant:
    """Echoes by default, counting its turns in the state. `gates[text]` set: waits there after the first token."""

    name = "scripted"
    version = "1"

    def __init__(self) -> None:
        self.gates: dict[str, asyncio.Event] = {}
        self.reached: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.scripts: dict[str, Script] = {}
        self.answered: list[str] = []

    def hold(self, text: str) -> asyncio.Event:
        """The turn of this text stops after its first token until the event is set."""
        gate = self.gates[text] = asyncio.Event()
        return gate

    async def answer(self, context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        text = context.message.body
        self.answered.append(text)
        if text in self.scripts:
            async for event in self.scripts[text](context):
                yield event
            return
        yield Token("You said: ")
        self.reached[text].set()
        if text in self.gates:
            await self.gates[text].wait()
        yield Token(text)
        yield Outcome(state={"turns": context.conversation.state.get("turns", 0) + 1})


class OneAssistant:
    """A registry with one assistant."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def choose(self, text: str, hints: Hints, channel: str) -> str:
        return self._assistant.name

    def get(self, agent: str) -> Assistant:
        return self._assistant


def raising(error: Exception, *said: str) -> Script:
    """Says some tokens and raises."""

    async def script(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        for text in said:
            yield Token(text)
        raise error

    return script


def saying(*said: str, state: dict[str, Any] | None = None, outcome: Outcome | None = None) -> Script:
    """Says some tokens and ends with an outcome."""

    async def script(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        for text in said:
            yield Token(text)
        yield outcome or Outcome(state=state or {})

    return script
