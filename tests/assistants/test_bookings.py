"""Bookings by conversation: a calendar that is away or taken, reruns, moving, cancelling, telling several apart."""

import asyncio
from datetime import datetime

import msgspec
import pytest

from careline.domain.booking import Booking, Hold, Slot, Visitor
from careline.domain.conversation import Person
from careline.domain.effects import Deliver
from careline.domain.errors import SlotTaken, StoreUnavailable
from careline.domain.events import Token, Tool
from careline.ports import Window
from careline.scheduling.memory import MemoryScheduling
from tests.assistants.conversation import ENGLISH, START, Talk, flow_assistant, memory_scheduling


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


@pytest.mark.parametrize("line", ["yes", "please cancel my appointment", "I'd like to move it to Friday at 10:00"])
def test_a_turn_is_bound_before_the_calendar_is_changed(line: str) -> None:
    def taken_back() -> None:
        raise asyncio.CancelledError

    async def run() -> None:
        scheduling = memory_scheduling()
        talk = Talk(flow_assistant(scheduling))
        await talk.all(*ENGLISH, "the first one")
        if line != "yes":
            await talk.all("yes", line)
        before = await scheduling.upcoming("p1", talk.now)
        talk.turns += 1
        context = msgspec.structs.replace(talk.context("yes"), bind=taken_back)
        with pytest.raises(asyncio.CancelledError):
            _ = [event async for event in talk.assistant.answer(context)]
        assert await scheduling.upcoming("p1", talk.now) == before
        await talk.say("yes")
        assert await scheduling.upcoming("p1", talk.now) != before

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
