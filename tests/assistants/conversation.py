"""A conversation with the flow assistant, as the engine would have it, with a calendar in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from careline.assistants.flow import FlowAssistant
from careline.assistants.tools import Tools
from careline.dialogue.pack import Pack
from careline.dialogue.understanding import Understanding
from careline.domain.conversation import Attachment, Conversation, Hints, Message, Person, Turn
from careline.domain.effects import AnyEffect, Outcome
from careline.domain.events import Token
from careline.language import Languages, load_languages
from careline.packs.load import SHIPPED, load_pack
from careline.ports import Assistant, AssistantEvent, Model, Scheduling, TurnContext
from careline.scheduling.memory import MemoryScheduling
from tests.dialogue.tools import calendar_of, shipped_tools

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROOT = SHIPPED / "istanbul_medic"


@cache
def shipped() -> tuple[Pack, Languages, Understanding]:
    pack, languages = load_pack(ROOT), load_languages()
    return pack, languages, Understanding(pack, languages)


def memory_scheduling() -> MemoryScheduling:
    return MemoryScheduling(calendar_of(ROOT))


def flow_assistant(
    scheduling: Scheduling, pack: Pack | None = None, tools: Tools | None = None, model: Model | None = None
) -> FlowAssistant:
    own, languages, understanding = shipped()
    return FlowAssistant(
        pack or own, "scheduling", languages, scheduling, tools or shipped_tools(), understanding, model
    )


class Talk:
    """One visitor's conversation; every message is a minute after the last."""

    def __init__(self, assistant: Assistant, locale: str = "en", zone: str | None = "Europe/London") -> None:
        self.assistant = assistant
        self.hints = Hints(locale=locale, time_zone=zone)
        self.conversation = Conversation("c1", "p1", "website", None, START, 86400, START)
        self.person = Person("p1", "chat_1", None, START)
        self.now = START
        self.turns = 0
        self.effects: list[AnyEffect] = []
        self.outcome = Outcome({})

    @property
    def slots(self) -> dict[str, Any]:
        found: dict[str, Any] = self.outcome.state["slots"]
        return found

    def context(self, text: str, attachments: Sequence[Attachment] = ()) -> TurnContext:
        turn_id = f"{self.conversation.id}-t{self.turns}"
        turn = Turn(turn_id, self.conversation.id, "p1", "website", "running", 1, self.now, hints=self.hints)
        message = Message("m", turn_id, "incoming", text, self.now, tuple(attachments))
        return TurnContext(turn, self.person, self.conversation, message, self.now)

    async def events(self, text: str, attachments: Sequence[Attachment] = ()) -> list[AssistantEvent]:
        """The events of a message, without keeping their outcome: as an attempt that dies."""
        return [event async for event in self.assistant.answer(self.context(text, attachments))]

    async def say(self, text: str, attachments: Sequence[Attachment] = ()) -> str:
        self.turns += 1
        self.now += timedelta(minutes=1)
        return self.keep(await self.events(text, attachments))

    def keep(self, events: list[AssistantEvent]) -> str:
        """Stores what the turn decided, as the engine does; the reply."""
        outcome = events[-1]
        assert isinstance(outcome, Outcome)
        assert not any(isinstance(e, Outcome) for e in events[:-1])
        self.outcome = outcome
        self.effects += outcome.effects
        self.conversation = msgspec.structs.replace(
            self.conversation,
            state=msgspec.json.decode(msgspec.json.encode(outcome.state)),
            language=outcome.language,
            time_zone=outcome.time_zone,
            country=outcome.country,
            interrupted=outcome.interrupted,
        )
        return "".join(e.text for e in events if isinstance(e, Token))

    async def all(self, *texts: str) -> str:
        """Says one after the other; the last reply."""
        reply = ""
        for text in texts:
            reply = await self.say(text)
        return reply

    def of(self, kind: type[Any]) -> list[Any]:
        return [e for e in self.effects if isinstance(e, kind)]


ENGLISH = (
    "Hello, I want to schedule an appointment",
    "Yes, I agree",
    "My name is John Doe",
    "hair transplant",
    "I live in the UK",
    "john@example.com",
    "any time is fine",
)
TURKISH = (
    "Merhaba, randevu almak istiyorum",
    "Evet, kabul ediyorum",
    "Adım Ayşe Yılmaz",
    "saç ekimi",
    "Türkiye'de yaşıyorum",
    "ayse@example.com",
    "fark etmez",
)
