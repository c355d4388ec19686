"""What every calendar promises of retries, and of many people at once."""

import asyncio
from collections import Counter

import pytest

from careline.domain.booking import Booking
from careline.domain.errors import IdempotencyConflict, NotFound, SlotTaken
from careline.ports import Scheduling, Window
from tests.contracts.scheduling_kinds import (
    ANN,
    BOB,
    CONVERSATIONS,
    HERE,
    JOHN,
    LATER,
    MINUTES,
    NOW,
    PEOPLE,
    THERE,
    Make,
    World,
    at,
    book,
    play,
)
from tests.scheduling.calendars import clinic, two_doctors


def test_a_retry_gets_the_first_result(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        hold = await s.hold(at(6), HERE, NOW, "r1")
        assert await s.hold(at(6), HERE, LATER, "r1") == hold
        booking = await s.confirm(hold, ANN, JOHN, HERE, NOW, "r2")
        assert await s.confirm(hold, ANN, JOHN, HERE, LATER, "r2") == booking
        assert await s.confirm(hold, ANN, JOHN, HERE, LATER, "r2 again") == booking
        assert await s.hold(at(6), HERE, LATER, "r1") == hold
        moved = await s.reschedule(booking.id, ANN, at(8), NOW, "r3")
        assert await s.reschedule(booking.id, ANN, at(8), LATER, "r3") == moved
        cancelled = await s.cancel(booking.id, ANN, NOW, "r4")
        assert await s.cancel(booking.id, ANN, LATER, "r4") == cancelled
        assert cancelled.sequence == 2

    play(calendars, clinic(), story)


def test_a_retry_of_a_move_after_a_later_move_changes_nothing(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        await s.reschedule(booking.id, ANN, at(8), NOW, "r1")
        later = await s.reschedule(booking.id, ANN, at(9), NOW, "r2")
        assert await s.reschedule(booking.id, ANN, at(8), NOW, "r1") == later

    play(calendars, clinic(), story)


def test_what_failed_may_be_tried_again_under_the_same_request(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        other = await s.hold(at(6), THERE, NOW, "r1")
        with pytest.raises(SlotTaken):
            await s.hold(at(6), HERE, NOW, "r2")
        await s.release(other.id, THERE, NOW)
        assert (await s.hold(at(6), HERE, NOW, "r2")).slot == at(6)

    play(calendars, clinic(), story)


def test_a_request_is_one_thing(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        hold = await s.hold(at(7), HERE, NOW, "r1")
        with pytest.raises(IdempotencyConflict):
            await s.confirm(hold, ANN, JOHN, HERE, NOW, "r1")
        with pytest.raises(IdempotencyConflict):
            await s.cancel(booking.id, ANN, NOW, "r1")
        with pytest.raises(NotFound):
            await s.hold(at(8), THERE, NOW, "r1")

    play(calendars, clinic(), story)


# --- at once ----------------------------------------------------------------------------------------------------

CROWD = 40


async def outcomes(attempts: list[asyncio.Task[Booking]]) -> Counter[str]:
    results = await asyncio.gather(*attempts, return_exceptions=True)
    return Counter(type(result).__name__ for result in results)


def test_forty_confirm_one_slot_and_one_of_them_has_it(calendars: Make) -> None:
    """Each has held it once; every hold but the last has expired and been taken over."""

    async def story(world: World) -> None:
        s = world.scheduling
        slot = at(12, day=26)
        holds = [await s.hold(slot, CONVERSATIONS[i], NOW + i * 10 * MINUTES, f"hold {i}") for i in range(CROWD)]
        now = NOW + CROWD * 10 * MINUTES
        confirming = [
            asyncio.create_task(s.confirm(holds[i], PEOPLE[i], JOHN, CONVERSATIONS[i], now, f"confirm {i}"))
            for i in range(CROWD)
        ]
        assert await outcomes(confirming) == {"Booking": 1, "SlotTaken": CROWD - 1}
        window = Window(slot.starts_at, slot.ends_at, "UTC")
        assert await s.slots("consultation", window, now, 1) == []
        booked = [await s.upcoming(person, now) for person in PEOPLE]
        assert sum(map(len, booked)) == 1

    play(calendars, clinic(), story)


def test_forty_hold_and_book_one_slot_and_one_of_them_has_it(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = [asyncio.create_task(book(s, at(6), PEOPLE[i], CONVERSATIONS[i])) for i in range(CROWD)]
        assert await outcomes(booking) == {"Booking": 1, "SlotTaken": CROWD - 1}

    play(calendars, clinic(), story)


def test_forty_move_to_one_slot_and_the_others_keep_theirs(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        old = [slot for slot in await s.slots("consultation", None, NOW, CROWD + 1) if slot != at(6)]
        bookings = [await book(s, old[i], PEOPLE[i], CONVERSATIONS[i]) for i in range(CROWD)]
        moving = [
            asyncio.create_task(s.reschedule(bookings[i].id, PEOPLE[i], at(6), NOW, f"move {i}")) for i in range(CROWD)
        ]
        assert await outcomes(moving) == {"Booking": 1, "SlotTaken": CROWD - 1}
        kept = [(await s.upcoming(PEOPLE[i], NOW))[0].slot for i in range(CROWD)]
        assert sum(slot == at(6) for slot in kept) == 1
        assert sum(slot == old[i] for i, slot in enumerate(kept)) == CROWD - 1

    play(calendars, clinic(), story)


def test_bookings_swap_times_or_do_not_but_never_hang(calendars: Make) -> None:
    """Two bookings moved to each other's time at once: both times are taken, so neither moves."""

    async def story(world: World) -> None:
        s = world.scheduling
        ann = await book(s, at(6), ANN, HERE)
        bob = await book(s, at(6, provider="deniz"), BOB, THERE)
        moves = [
            asyncio.create_task(s.reschedule(ann.id, ANN, bob.slot, NOW, "r1")),
            asyncio.create_task(s.reschedule(bob.id, BOB, ann.slot, NOW, "r2")),
        ]
        assert await outcomes(moves) == {"SlotTaken": 2}

    play(calendars, two_doctors(), story)


def test_twins_of_one_request_are_one(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        holds = await asyncio.gather(*(s.hold(at(6), HERE, NOW, "r1") for _ in range(8)))
        assert len({hold.id for hold in holds}) == 1
        bookings = await asyncio.gather(*(s.confirm(holds[0], ANN, JOHN, HERE, NOW, "r2") for _ in range(8)))
        assert len({booking.token for booking in bookings}) == 1
        moved = await asyncio.gather(*(s.reschedule(bookings[0].id, ANN, at(8), NOW, "r3") for _ in range(8)))
        assert {booking.sequence for booking in moved} == {1}
        gone = await asyncio.gather(*(s.cancel(bookings[0].id, ANN, NOW, "r4") for _ in range(8)))
        assert {booking.sequence for booking in gone} == {2}

    play(calendars, clinic(), story)


def test_a_crowd_fills_a_day_without_overlap(calendars: Make) -> None:
    """Everybody takes the first free slot and asks again when it is gone."""

    async def until_booked(s: Scheduling, i: int) -> Booking:
        for attempt in range(CROWD * 2):
            [slot] = await s.slots("consultation", None, NOW, 1)
            try:
                hold = await s.hold(slot, CONVERSATIONS[i], NOW, f"hold {i} {attempt}")
            except SlotTaken:
                continue
            return await s.confirm(hold, PEOPLE[i], JOHN, CONVERSATIONS[i], NOW, f"confirm {i}")
        raise AssertionError("never got a slot")

    async def story(world: World) -> None:
        bookings = await asyncio.gather(*(until_booked(world.scheduling, i) for i in range(CROWD)))
        assert len({(b.slot.provider, b.slot.starts_at) for b in bookings}) == CROWD

    play(calendars, two_doctors(buffer_after_minutes=0), story)
