"""The flow assistant: whole bookings, what it records and remembers, and what it does when the calendar is away."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from careline.domain.booking import Booking, Hold, Slot, Visitor
from careline.domain.conversation import Attachment, Person
from careline.domain.effects import Deliver, EraseOnEnd, RecordConsent, RememberPerson, RequestPerson
from careline.domain.errors import SlotTaken, StoreUnavailable
from careline.domain.events import Handoff, Token, Tool
from careline.ports import Window
from careline.scheduling.memory import MemoryScheduling
from tests.assistants.conversation import ENGLISH, START, TURKISH, Talk, flow_assistant, memory_scheduling, shipped
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


class Unreliable(MemoryScheduling):
    """A calendar that cannot be reached while `away`, and whose `lost` slots somebody else takes first."""

    away = False
    lost = 0

    async def slots(self, service: str, window: Window | None, now: datetime, limit: int) -> list[Slot]:
        if self.away:
            raise StoreUnavailable
        return await super().slots(service, window, now, limit)

    async def hold(self, slot: Slot, conversation_id: str, now: datetime, request_id: str) -> Hold:
        if self.lost:
            self.lost -= 1
            raise SlotTaken
        return await super().hold(slot, conversation_id, now, request_id)

    async def confirm(
        self, hold: Hold, person_id: str, visitor: Visitor, conversation_id: str, now: datetime, request_id: str
    ) -> Booking:
        if self.lost:
            self.lost -= 1
            raise SlotTaken
        return await super().confirm(hold, person_id, visitor, conversation_id, now, request_id)


def unreliable() -> Unreliable:
    return Unreliable(memory_scheduling().calendar)


def test_a_calendar_that_is_away_loses_nothing_and_is_tried_again() -> None:
    async def run() -> None:
        scheduling = unreliable()
        talk = Talk(flow_assistant(scheduling))
        scheduling.away = True
        reply = await talk.all(*ENGLISH)
        assert "can't reach our calendar" in reply
        assert "can't reach our calendar" in await talk.say("yes")
        scheduling.away = False
        await talk.say("yes")
        assert talk.outcome.state["collecting"] == "slot"
        assert talk.slots["name"] == "John Doe"

    asyncio.run(run())


@pytest.mark.parametrize("after", ["the first one", "yes"])
def test_a_time_somebody_else_took_is_answered_with_others(after: str) -> None:
    async def run() -> None:
        scheduling = unreliable()
        talk = Talk(flow_assistant(scheduling))
        await talk.all(*ENGLISH)
        if after == "yes":
            await talk.say("the first one")
        scheduling.lost = 1
        reply = await talk.say(after)
        assert "just been taken" in reply
        assert len(talk.outcome.choices) == 3
        await talk.all(talk.outcome.choices[0].value, "yes")
        assert len(await scheduling.upcoming("p1", talk.now)) == 1

    asyncio.run(run())


def test_a_turn_that_runs_again_after_a_crash_books_once_and_says_the_same() -> None:
    async def run() -> None:
        scheduling = memory_scheduling()
        talk = Talk(flow_assistant(scheduling))
        await talk.all(*ENGLISH, "the first one")
        talk.turns += 1
        died = [e for e in await talk.events("yes") if isinstance(e, Token | Tool)]
        again = await talk.events("yes")
        assert [e for e in again if isinstance(e, Token | Tool)] == died
        assert len(await scheduling.upcoming("p1", talk.now)) == 1

    asyncio.run(run())


def test_a_rerun_finds_the_hold_of_the_attempt_that_died() -> None:
    async def run() -> None:
        talk = Talk(flow_assistant(memory_scheduling()))
        await talk.all(*ENGLISH[:6])
        talk.turns += 1
        once, again = talk.context("Thursday at 10:00"), talk.context("Thursday at 10:00")
        again = msgspec.structs.replace(again, turn=msgspec.structs.replace(again.turn, attempt=2))
        first = [e async for e in talk.assistant.answer(once)]
        second = [e async for e in talk.assistant.answer(again)]
        assert [e for e in first if isinstance(e, Token)] == [e for e in second if isinstance(e, Token)]
        talk.keep(second)
        assert talk.outcome.state["collecting"] == "confirmed"

    asyncio.run(run())


def test_another_session_of_the_same_person_can_move_and_cancel() -> None:
    async def run() -> None:
        scheduling = memory_scheduling()
        assistant = flow_assistant(scheduling)
        first = Talk(assistant)
        await first.all(*ENGLISH, "the first one", "yes")
        [before] = await scheduling.upcoming("p1", first.now)
        talk = Talk(assistant)
        talk.conversation = msgspec.structs.replace(talk.conversation, id="c2")
        talk.person = Person("p1", "chat_1", "John Doe", START)
        reply = await talk.say("I need to reschedule my appointment")
        assert "Hello again, John" in reply
        await talk.all("any time is fine", "the last one", "yes")
        [after] = await scheduling.upcoming("p1", talk.now)
        assert after.id == before.id
        assert after.slot.starts_at > before.slot.starts_at
        await talk.all("please cancel my appointment", "yes")
        assert await scheduling.upcoming("p1", talk.now) == []
        assert [m.payload["ics"]["method"] for m in talk.of(Deliver)] == ["PUBLISH", "CANCEL"]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("doubtful", "answer", "left"),
    [("never mind, keep it", "no", 1), ("do not cancel my appointment", "no", 1), ("don't cancel", "yes", 0)],
)
def test_a_booking_is_cancelled_by_a_clear_yes_alone(doubtful: str, answer: str, left: int) -> None:
    async def run() -> None:
        scheduling = memory_scheduling()
        talk = Talk(flow_assistant(scheduling))
        await talk.all(*ENGLISH, "the first one", "yes", "please cancel my appointment", doubtful)
        assert len(await scheduling.upcoming("p1", talk.now)) == 1
        await talk.say(answer)
        assert len(await scheduling.upcoming("p1", talk.now)) == left

    asyncio.run(run())


@pytest.mark.parametrize("text", ["what about 11?", "rather at 11", "Thursday at 11:00?"])
def test_another_time_instead_of_a_yes(text: str) -> None:
    async def run() -> None:
        talk = Talk(flow_assistant(memory_scheduling()))
        await talk.all(*ENGLISH[:6], "Thursday at 10:00", text)
        assert talk.slots["slot"]["starts_at"].endswith("T11:00:00Z")

    asyncio.run(run())


def test_several_bookings_are_told_apart() -> None:
    async def run() -> None:
        scheduling = memory_scheduling()
        talk = Talk(flow_assistant(scheduling))
        await talk.all(*ENGLISH, "the first one", "yes")
        await talk.all("I want to book another appointment", "any time is fine", "the last one", "yes")
        bookings = await scheduling.upcoming("p1", talk.now)
        assert len(bookings) == 2
        reply = await talk.say("please cancel my appointment")
        assert "Which consultation" in reply
        assert len(talk.outcome.choices) == 2
        await talk.all("the second one", "yes")
        assert await scheduling.upcoming("p1", talk.now) == bookings[:1]

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
