"""What every calendar promises of slots and holds, in memory and in both databases."""

from datetime import timedelta

import msgspec
import pytest

from careline.domain.booking import Booking, Hold, Slot
from careline.domain.errors import NotFound, OutsideAvailability, SlotTaken
from careline.ports import Window
from tests.contracts.scheduling_kinds import (
    ADDRESSES,
    ANN,
    BOB,
    HERE,
    JOHN,
    MINUTES,
    NOW,
    THERE,
    Make,
    World,
    at,
    book,
    play,
    starts,
)
from tests.scheduling.calendars import clinic, two_doctors


def test_a_slot_is_offered_held_and_booked(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        [slot] = await s.slots("consultation", None, NOW, 1)
        assert slot == at(6)
        hold = await s.hold(slot, HERE, NOW, "r1")
        assert hold == Hold(hold.id, slot, NOW + 10 * MINUTES)
        assert await starts(s) == [at(6, 30).starts_at, at(7).starts_at, at(7, 30).starts_at]
        booking = await s.confirm(hold, ANN, JOHN, HERE, NOW + MINUTES, "r2")
        assert booking == Booking(hold.id, ANN, HERE, ADDRESSES[ANN], slot, "confirmed", JOHN, 0, booking.token, NOW)
        assert len(booking.token) >= 32
        assert await s.upcoming(ANN, NOW) == [booking]
        assert await s.by_token(booking.token) == booking
        assert await starts(s, limit=1) == [at(6, 30).starts_at]

    play(calendars, clinic(), story)


def test_slots_of_an_unknown_service(calendars: Make) -> None:
    async def story(world: World) -> None:
        with pytest.raises(NotFound):
            await world.scheduling.slots("surgery", None, NOW, 1)

    play(calendars, clinic(), story)


def test_how_far_ahead_slots_are_offered(calendars: Make) -> None:
    async def story(world: World) -> None:
        until = world.scheduling.bookable_until("consultation", NOW)
        every = await world.scheduling.slots("consultation", None, NOW, 10_000)
        assert until - timedelta(days=1) <= every[-1].starts_at < until == NOW + timedelta(days=60)
        assert (
            await world.scheduling.slots("consultation", Window(until, until + timedelta(days=9), "UTC"), NOW, 1) == []
        )

    play(calendars, clinic(), story)


def test_windows_narrow_what_is_offered(calendars: Make) -> None:
    async def story(world: World) -> None:
        await book(world.scheduling, at(7, day=24))
        window = Window(at(0, day=24).starts_at, at(0, day=25).starts_at, "Europe/Istanbul", (10 * 60, 11 * 60))
        found = await world.scheduling.slots("consultation", window, NOW, 9)
        assert found == [at(7, 30, day=24)]
        past = Window(NOW - timedelta(days=9), NOW - timedelta(days=2), "UTC")
        assert await world.scheduling.slots("consultation", past, NOW, 9) == []

    play(calendars, clinic(), story)


def test_buffers_keep_the_neighbours_away(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        await book(s, at(7))
        wanted = [at(6), at(6, 10), at(6, 20), at(7, 40)]
        assert await starts(s, limit=4) == [slot.starts_at for slot in wanted]
        for taken in (at(6, 30), at(6, 40), at(7), at(7, 20), at(7, 30)):
            with pytest.raises(SlotTaken):
                await s.hold(taken, THERE, NOW, f"r {taken.starts_at}")
        await s.hold(at(6, 20), THERE, NOW, "just before")

    play(calendars, clinic(step_minutes=10, buffer_before_minutes=5, buffer_after_minutes=5), story)


def test_another_provider_has_the_same_time(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        await book(s, at(6))
        [slot] = await s.slots("consultation", None, NOW, 1)
        assert slot == at(6, provider="deniz")
        await book(s, slot, BOB, THERE)
        assert await starts(s, limit=1) == [at(6, 30).starts_at]

    play(calendars, two_doctors(), story)


# --- holds ------------------------------------------------------------------------------------------------------


def test_what_is_held_is_taken_until_it_expires(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        first = await s.hold(at(8), HERE, NOW, "r1")
        before = first.expires_at - MINUTES
        free = Window(at(8).starts_at, at(9).starts_at, "UTC")
        with pytest.raises(SlotTaken):
            await s.hold(at(8), THERE, before, "r2")
        assert await s.slots("consultation", free, before, 9) == [at(8, 30)]
        assert await s.slots("consultation", free, first.expires_at, 9) == [at(8), at(8, 30)]
        taken_over = await s.hold(at(8), THERE, first.expires_at, "r3")
        assert taken_over.id != first.id

    play(calendars, clinic(), story)


def test_a_conversation_holds_one_slot(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        await s.hold(at(6), HERE, NOW, "r1")
        await s.hold(at(7), HERE, NOW, "r2")
        assert await starts(s, limit=2) == [at(6).starts_at, at(6, 30).starts_at]
        await s.hold(at(7), HERE, NOW, "r3")
        with pytest.raises(SlotTaken):
            await s.hold(at(7), THERE, NOW, "r4")

    play(calendars, clinic(), story)


def test_a_hold_that_fails_leaves_the_earlier_one(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        mine = await s.hold(at(6), HERE, NOW, "r1")
        await s.hold(at(7), THERE, NOW, "r2")
        with pytest.raises(SlotTaken):
            await s.hold(at(7), HERE, NOW, "r3")
        with pytest.raises(SlotTaken):
            await s.hold(at(6), THERE, NOW, "r4")
        assert (await s.confirm(mine, ANN, JOHN, HERE, NOW, "r5")).slot == at(6)

    play(calendars, clinic(), story)


def test_a_released_hold_is_free_and_only_its_conversation_releases_it(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        hold = await s.hold(at(6), HERE, NOW, "r1")
        await s.release(hold.id, THERE, NOW)
        with pytest.raises(SlotTaken):
            await s.hold(at(6), THERE, NOW, "r2")
        await s.release(hold.id, HERE, NOW)
        await s.release(hold.id, HERE, NOW)
        await s.release("no such hold", HERE, NOW)
        assert await starts(s, limit=1) == [at(6).starts_at]
        booking = await book(s, at(7))
        await s.release(booking.id, HERE, NOW)
        assert await s.upcoming(ANN, NOW) == [booking]

    play(calendars, clinic(), story)


@pytest.mark.parametrize(
    "slot",
    [
        at(6, 10),
        at(5),
        at(6, day=22),
        at(6, day=20),
        at(6, provider="nobody"),
        msgspec.structs.replace(at(6), service="surgery"),
        msgspec.structs.replace(at(6), ends_at=at(7).starts_at),
    ],
    ids=["off the grid", "no notice", "closed", "past", "provider", "service", "longer"],
)
def test_only_what_the_calendar_offers_can_be_held_or_moved_to(calendars: Make, slot: Slot) -> None:
    async def story(world: World) -> None:
        with pytest.raises(OutsideAvailability):
            await world.scheduling.hold(slot, HERE, NOW, "r1")
        booking = await book(world.scheduling, at(8))
        with pytest.raises(OutsideAvailability):
            await world.scheduling.reschedule(booking.id, ANN, slot, NOW, "r2")

    play(calendars, clinic(), story)
