"""The flow assistant: whole bookings, what it records and remembers, persons, files and odd messages."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from careline.domain.conversation import Attachment
from careline.domain.effects import Deliver, EraseOnEnd, RecordConsent, RememberPerson, RequestPerson
from careline.domain.events import Handoff, Token
from tests.assistants.conversation import ENGLISH, TURKISH, Talk, flow_assistant, memory_scheduling, shipped
from tests.dialogue.tools import shipped_tools


@pytest.mark.parametrize(
    ("locale", "zone", "lines", "yes", "name"),
    [("en", "Europe/London", ENGLISH, "yes", "John Doe"), ("tr", "Europe/Istanbul", TURKISH, "evet", "Ayşe Yılmaz")],
)
def test_a_whole_booking(locale: str, zone: str, lines: tuple[str, ...], yes: str, name: str) -> None:
    async def run() -> None:
        scheduling = memory_scheduling()
        talk = Talk(flow_assistant(scheduling), locale, zone)
        await talk.all(*lines)
        assert len(talk.outcome.choices) == 3
        summary = await talk.say(talk.outcome.choices[1].value)
        assert name in summary
        assert "GMT" in summary
        reply = await talk.say(yes)
        [booking] = await scheduling.upcoming("p1", talk.now)
        assert f"/bookings/{booking.token}.ics" in reply
        assert booking.visitor.name == name
        assert (booking.visitor.time_zone, booking.visitor.language) == (zone, locale)
        [mail] = talk.of(Deliver)
        assert mail.payload["to"] == booking.visitor.contact
        assert mail.payload["ics"]["base64"]
        assert name in mail.payload["text"]
        assert "/bookings/" not in mail.payload["text"]
        assert talk.outcome.state["stack"] == []

    asyncio.run(run())


def test_the_link_in_a_mail_needs_a_public_address() -> None:
    async def run() -> None:
        tools = msgspec.structs.replace(shipped_tools(), public_url="https://clinic.example")
        talk = Talk(flow_assistant(memory_scheduling(), tools=tools))
        reply = await talk.all(*ENGLISH, "the first one", "yes")
        [mail] = talk.of(Deliver)
        assert "https://clinic.example/bookings/" in reply
        assert "https://clinic.example/bookings/" in mail.payload["text"]

    asyncio.run(run())


def test_the_reply_is_the_pieces_joined_and_comes_in_sentences() -> None:
    async def run() -> None:
        talk = Talk(flow_assistant(memory_scheduling()))
        tokens = [e.text for e in await talk.events("Hello") if isinstance(e, Token)]
        assert len(tokens) >= 4
        assert all(t.strip() for t in tokens)
        assert "AI" in "".join(tokens)

    asyncio.run(run())


def test_consent_is_recorded_as_shown_and_only_then_is_anything_remembered() -> None:
    async def run() -> None:
        talk = Talk(flow_assistant(memory_scheduling()))
        first = await talk.say("My name is John Doe and I need help with hair transplant")
        assert "John" in first
        assert "hair transplant" in first
        assert talk.effects == []
        await talk.say("yes")
        [consent] = talk.of(RecordConsent)
        assert consent.granted
        assert consent.text in first
        assert (consent.version, consent.locale) == (shipped()[0].consent.version, "en")
        [remembered] = talk.of(RememberPerson)
        assert remembered.name == "John Doe"
        assert remembered.profile["procedure"] == "hair_transplant"

    asyncio.run(run())


def test_a_refusal_drops_what_was_said_and_leads_on_without_it() -> None:
    async def run() -> None:
        talk = Talk(flow_assistant(memory_scheduling()))
        await talk.all("My name is John Doe and I need help with hair transplant", "no")
        assert [c.granted for c in talk.of(RecordConsent)] == [False]
        assert talk.of(EraseOnEnd) == [EraseOnEnd(True)]
        assert "John" not in str(talk.outcome.state)
        answer = await talk.say("What are your opening hours?")
        assert "09:00" in answer
        await talk.say("my name is Peter Parker")
        assert "Peter" not in str(talk.outcome.state)
        assert talk.of(RememberPerson) == []

    asyncio.run(run())


def test_a_refusal_can_be_taken_back() -> None:
    async def run() -> None:
        talk = Talk(flow_assistant(memory_scheduling()))
        await talk.all("hello", "no")
        talk.conversation = msgspec.structs.replace(talk.conversation, erase_on_end=True)
        await talk.all("I want to book an appointment", "yes")
        assert talk.of(EraseOnEnd)[-1] == EraseOnEnd(False)
        assert [c.granted for c in talk.of(RecordConsent)] == [False, True]

    asyncio.run(run())


def test_after_an_emergency_it_waits_for_the_persons_word() -> None:
    async def run() -> None:
        talk = Talk(flow_assistant(memory_scheduling()))
        await talk.all(*ENGLISH[:3])
        talk.conversation = msgspec.structs.replace(talk.conversation, interrupted=True)
        reply = await talk.say("hair transplant")
        assert "Shall we go on" in reply
        assert talk.outcome.interrupted
        reply = await talk.say("yes, please go on")
        assert not talk.outcome.interrupted
        assert talk.outcome.state["collecting"] == "country", reply

    asyncio.run(run())


def test_a_person_is_asked_for() -> None:
    async def run() -> None:
        talk = Talk(flow_assistant(memory_scheduling()))
        await talk.say("hello")
        talk.turns += 1
        events = await talk.events("I want to talk to a human please")
        assert Handoff("asked") in events
        talk.keep(events)
        assert talk.of(RequestPerson) == [RequestPerson("asked")]
        assert await talk.say("What are your opening hours?")

    asyncio.run(run())


def test_a_file_is_acknowledged() -> None:
    async def run() -> None:
        talk = Talk(flow_assistant(memory_scheduling()))
        await talk.all(*ENGLISH[:2])
        reply = await talk.say("", [Attachment("image", "https://example.com/a.jpg")])
        assert "file" in reply
        assert talk.outcome.state["failures"] == 0
        assert talk.outcome.state["collecting"] == "name"
        assert talk.of(RequestPerson) == [RequestPerson("attachment")]

    asyncio.run(run())


def test_a_recording_is_words_when_it_was_heard_and_asked_for_in_writing_when_not() -> None:
    async def run() -> None:
        talk = Talk(flow_assistant(memory_scheduling()))
        await talk.all(*ENGLISH[:2])
        heard = Attachment("audio", "https://example.com/a.ogg", "My name is John Doe")
        reply = await talk.say("My name is John Doe", [heard])
        assert "recording" not in reply
        assert talk.slots["name"] == "John Doe"
        assert talk.of(RequestPerson) == []
        unheard = Attachment("audio", "https://example.com/b.ogg")
        reply = await talk.say("", [unheard, Attachment("image", "https://example.com/c.jpg")])
        assert "couldn't listen" in reply
        assert "Thank you for the file" in reply
        assert talk.outcome.state["failures"] == 0

    asyncio.run(run())


def test_a_pack_without_disclosure_discloses_all_the_same() -> None:
    async def run() -> None:
        pack = shipped()[0]
        silent = {
            code: {k: v.replace("{persona.role}", "assistant") for k, v in texts.items()}
            for code, texts in pack.replies.items()
        }
        talk = Talk(flow_assistant(memory_scheduling(), msgspec.structs.replace(pack, replies=silent)))
        assert "AI assistant, not a person" in await talk.say("hi")
        assert "AI assistant, not a person" not in await talk.say("yes")

    asyncio.run(run())


@pytest.mark.parametrize("state", [{"stack": "nonsense"}, {"slots": []}, {"workflow": {"x": 1}}])
def test_a_state_it_cannot_read_is_a_new_conversation(state: dict[str, Any]) -> None:
    async def run() -> None:
        talk = Talk(flow_assistant(memory_scheduling()))
        talk.conversation = msgspec.structs.replace(talk.conversation, state=state)
        assert "Anna" in await talk.say("hello")

    asyncio.run(run())


@pytest.mark.parametrize(
    "text", ["?", "🙂", "a" * 16_000, "{name} {0} %s", "\u202e\u0000", "SELECT 1; --", "...", "１２"]
)
def test_odd_messages_are_answered(text: str) -> None:
    async def run() -> None:
        talk = Talk(flow_assistant(memory_scheduling()))
        assert await talk.say(text)
        assert await talk.say(text)
        assert "{" not in await talk.say(text)

    asyncio.run(run())


def test_a_turn_costs_little() -> None:
    async def run() -> float:
        assistant = flow_assistant(memory_scheduling())
        best = 1.0
        for _ in range(3):
            talk = Talk(assistant)
            begun = time.process_time()
            await talk.all(*ENGLISH[:6])
            best = min(best, (time.process_time() - begun) / 6)
        return best

    assert asyncio.run(run()) < timedelta(milliseconds=5).total_seconds()
