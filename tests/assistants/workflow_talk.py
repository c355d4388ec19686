"""A conversation with the health assistant, as the engine would have it, over the shipped articles and rules."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from careline.assistants.workflow import HealthAssistant
from careline.assistants.workflow_load import load_health_assistant
from careline.domain.conversation import Conversation, Hints, Message, Person, Turn
from careline.domain.effects import Outcome
from careline.domain.events import Citation, Emergency, Status, Token
from careline.knowledge.retrieve import ArticleRetriever
from careline.language import load_languages
from careline.packs.load import SHIPPED
from careline.ports import Assistant, AssistantEvent, TurnContext
from careline.safety.output_guard import OutputGuard
from careline.safety.output_guard_context import GuardContext
from careline.safety.output_guard_rules import load_guard_rules

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROOT = SHIPPED / "health_assistant"


@cache
def shipped() -> HealthAssistant:
    return load_health_assistant(ROOT, load_languages(), ArticleRetriever())


class HealthTalk:
    """One person's conversation; every message is a minute after the last."""

    def __init__(self, locale: str = "en-GB", profile: dict[str, Any] | None = None, agents: bool = True) -> None:
        self.hints = Hints(locale=locale, agents=agents, profile=profile)
        self.conversation = Conversation("c1", "p1", "assistant", None, START, 86400, START)
        self.person = Person("p1", "assistant_1", None, START)
        self.now = START
        self.events: list[AssistantEvent] = []
        self.assistant: Assistant = shipped()

    async def attempt(self, text: str) -> list[AssistantEvent]:
        """The events of a message, without keeping their outcome."""
        turn = Turn("t", "c1", "p1", "assistant", "running", 1, self.now, hints=self.hints)
        message = Message("m", "t", "incoming", text, self.now)
        context = TurnContext(turn, self.person, self.conversation, message, self.now)
        return [event async for event in self.assistant.answer(context)]

    async def say(self, text: str) -> str:
        self.now += timedelta(minutes=1)
        self.events = await self.attempt(text)
        state = msgspec.json.decode(msgspec.json.encode(self.outcome.state))
        self.conversation = msgspec.structs.replace(
            self.conversation, state=state, language=self.outcome.language, interrupted=self.outcome.interrupted
        )
        return self.reply

    async def all(self, *texts: str) -> str:
        for text in texts:
            await self.say(text)
        return self.reply

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def outcome(self) -> Outcome:
        assert isinstance(self.events[-1], Outcome)
        assert len(self.of(Outcome)) == 1
        return self.events[-1]

    @property
    def reply(self) -> str:
        return "".join(event.text for event in self.of(Token))

    @property
    def raw(self) -> dict[str, Any]:
        return self.outcome.raw[0]

    @property
    def level(self) -> str | None:
        level: str | None = self.raw["level"]
        return level

    @property
    def statuses(self) -> list[str]:
        return [event.status for event in self.of(Status)]

    @property
    def emergency(self) -> Emergency | None:
        found = self.of(Emergency)
        return found[0] if found else None

    @property
    def citations(self) -> list[Citation]:
        return self.of(Citation)


def guarded(talk: HealthTalk) -> str:
    """The reply as the output guard lets it pass."""
    guard = OutputGuard(load_guard_rules(), GuardContext(language=talk.outcome.language))
    passed = [text for token in talk.of(Token) for text in guard.feed(token.text)]
    return "".join([*passed, *guard.close()])
