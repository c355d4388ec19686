"""What every calendar promises, in memory and in both databases."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from careline.domain.booking import Booking, Hold, Slot, Visitor
from careline.domain.errors import (
    HoldExpired,
    IdempotencyConflict,
    NotFound,
    OutsideAvailability,
    SlotTaken,
)
from careline.ports import Scheduling, Window
from tests.contracts.scheduling_kinds import (
    ADDRESSES,
    CONVERSATIONS,
    PEOPLE,
    Make,
    World,
    in_database,
    in_memory,
    play,
    sqlite_url,
)
from tests.scheduling.calendars import clinic, two_doctors

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, 07:00 in Istanbul
MINUTES = timedelta(minutes=1)
LATER = NOW + 11 * MINUTES  # every hold of NOW has expired
JOHN = Visitor("John Doe", "hair_transplant", "john@example.com", "GB", "Europe/London", "en")
AYSE = Visitor("Ayşe Yılmaz", "rinoplasti", "+905321234567", None, "Europe/Istanbul", "tr")
ANN, BOB = PEOPLE[:2]
HERE, THERE = CONVERSATIONS[:2]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    if request.param == "memory":
        return in_memory
    url = sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    return in_database(url)


def at(hour: int, minute: int = 0, day: int = 23, provider: str = "elif") -> Slot:
    """The half hour from this time of day, UTC."""
    start = datetime(2026, 11, day, hour, minute, tzinfo=UTC)
    return Slot(start, start + 30 * MINUTES, provider, "consultation")


async def starts(scheduling: Scheduling, now: datetime = NOW, limit: int = 3) -> list[datetime]:
    return [slot.starts_at for slot in await scheduling.slots("consultation", None, now, limit)]


async def book(
    scheduling: Scheduling, slot: Slot, person: str = ANN, conversation: str = HERE, now: datetime = NOW
) -> Booking:
    name = f"{conversation}/{slot.starts_at}"
    hold = await scheduling.hold(slot, conversation, now, f"hold {name}")
    return await scheduling.confirm(hold, person, JOHN, conversation, now, f"confirm {name}")


def test_a_slot_is_offered_held_and_booked(make: Make) -> None:
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

    play(make, clinic(), story)


def test_slots_of_an_unknown_service(make: Make) -> None:
    async def story(world: World) -> None:
        with pytest.raises(NotFound):
            await world.scheduling.slots("surgery", None, NOW, 1)

    play(make, clinic(), story)


def test_windows_narrow_what_is_offered(make: Make) -> None:
    async def story(world: World) -> None:
        await book(world.scheduling, at(7, day=24))
        window = Window(at(0, day=24).starts_at, at(0, day=25).starts_at, "Europe/Istanbul", (10 * 60, 11 * 60))
        found = await world.scheduling.slots("consultation", window, NOW, 9)
        assert found == [at(7, 30, day=24)]
        past = Window(NOW - timedelta(days=9), NOW - timedelta(days=2), "UTC")
        assert await world.scheduling.slots("consultation", past, NOW, 9) == []

    play(make, clinic(), story)


def test_buffers_keep_the_neighbours_away(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        await book(s, at(7))
        wanted = [at(6), at(6, 10), at(6, 20), at(7, 40)]
        assert await starts(s, limit=4) == [slot.starts_at for slot in wanted]
        for taken in (at(6, 30), at(6, 40), at(7), at(7, 20), at(7, 30)):
            with pytest.raises(SlotTaken):
                await s.hold(taken, THERE, NOW, f"r {taken.starts_at}")
        await s.hold(at(6, 20), THERE, NOW, "just before")

    play(make, clinic(step_minutes=10, buffer_before_minutes=5, buffer_after_minutes=5), story)


def test_another_provider_has_the_same_time(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        await book(s, at(6))
        [slot] = await s.slots("consultation", None, NOW, 1)
        assert slot == at(6, provider="deniz")
        await book(s, slot, BOB, THERE)
        assert await starts(s, limit=1) == [at(6, 30).starts_at]

    play(make, two_doctors(), story)


# --- holds ------------------------------------------------------------------------------------------------------


def test_what_is_held_is_taken_until_it_expires(make: Make) -> None:
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

    play(make, clinic(), story)


def test_a_conversation_holds_one_slot(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        await s.hold(at(6), HERE, NOW, "r1")
        await s.hold(at(7), HERE, NOW, "r2")
        assert await starts(s, limit=2) == [at(6).starts_at, at(6, 30).starts_at]
        await s.hold(at(7), HERE, NOW, "r3")
        with pytest.raises(SlotTaken):
            await s.hold(at(7), THERE, NOW, "r4")

    play(make, clinic(), story)


def test_a_hold_that_fails_leaves_the_earlier_one(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        mine = await s.hold(at(6), HERE, NOW, "r1")
        await s.hold(at(7), THERE, NOW, "r2")
        with pytest.raises(SlotTaken):
            await s.hold(at(7), HERE, NOW, "r3")
        with pytest.raises(SlotTaken):
            await s.hold(at(6), THERE, NOW, "r4")
        assert (await s.confirm(mine, ANN, JOHN, HERE, NOW, "r5")).slot == at(6)

    play(make, clinic(), story)


def test_a_released_hold_is_free_and_only_its_conversation_releases_it(make: Make) -> None:
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

    play(make, clinic(), story)


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
def test_only_what_the_calendar_offers_can_be_held_or_moved_to(make: Make, slot: Slot) -> None:
    async def story(world: World) -> None:
        with pytest.raises(OutsideAvailability):
            await world.scheduling.hold(slot, HERE, NOW, "r1")
        booking = await book(world.scheduling, at(8))
        with pytest.raises(OutsideAvailability):
            await world.scheduling.reschedule(booking.id, ANN, slot, NOW, "r2")

    play(make, clinic(), story)


# --- confirming -------------------------------------------------------------------------------------------------


def test_an_expired_hold_is_booked_when_the_time_is_free(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        expired = await s.hold(at(8), HERE, NOW, "r1")
        assert (await s.confirm(expired, ANN, JOHN, HERE, LATER, "r2")).status == "confirmed"
        replaced = await s.hold(at(9), HERE, NOW, "r3")
        await s.hold(at(9), THERE, LATER, "r4")
        with pytest.raises(SlotTaken):
            await s.confirm(replaced, ANN, JOHN, HERE, LATER, "r5")
        still = await s.confirm(replaced, ANN, JOHN, HERE, LATER + 11 * MINUTES, "r6")
        assert still.slot == at(9)

    play(make, clinic(), story)


def test_confirming_lets_go_of_what_else_the_conversation_holds(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        first = await s.hold(at(8), HERE, NOW, "r1")
        await s.hold(at(9), HERE, NOW, "r2")
        await s.confirm(first, ANN, JOHN, HERE, NOW, "r3")
        await s.hold(at(9), THERE, NOW, "r4")

    play(make, clinic(), story)


def test_what_has_begun_is_not_booked(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        hold = await s.hold(at(6), HERE, NOW, "r1")
        with pytest.raises(HoldExpired):
            await s.confirm(hold, ANN, JOHN, HERE, at(6).starts_at, "r2")

    play(make, clinic(), story)


def test_a_hold_is_confirmed_by_its_own_conversation_only(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        hold = await s.hold(at(6), HERE, NOW, "r1")
        with pytest.raises(NotFound):
            await s.confirm(hold, BOB, AYSE, THERE, NOW, "r2")
        unknown = msgspec.structs.replace(hold, id="no such hold")
        with pytest.raises(NotFound):
            await s.confirm(unknown, ANN, JOHN, HERE, NOW, "r3")
        await s.confirm(hold, ANN, JOHN, HERE, NOW, "r4")
        with pytest.raises(NotFound):
            await s.confirm(hold, BOB, AYSE, HERE, NOW, "r5")

    play(make, clinic(), story)


def test_a_cancelled_booking_is_not_confirmed_again(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        hold = await s.hold(at(6), HERE, NOW, "r1")
        booking = await s.confirm(hold, ANN, JOHN, HERE, NOW, "r2")
        await s.cancel(booking.id, ANN, NOW, "r3")
        with pytest.raises(HoldExpired):
            await s.confirm(hold, ANN, JOHN, HERE, NOW, "r4")

    play(make, clinic(), story)


# --- moving and cancelling --------------------------------------------------------------------------------------


def test_moving_frees_the_old_time(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        moved = await s.reschedule(booking.id, ANN, at(8), NOW, "r1")
        assert moved == msgspec.structs.replace(booking, slot=at(8), sequence=1)
        assert await s.upcoming(ANN, NOW) == [moved]
        await book(s, at(6), BOB, THERE)
        with pytest.raises(SlotTaken):
            await s.hold(at(8), THERE, NOW, "r2")

    play(make, clinic(), story)


def test_the_old_time_stands_when_the_new_one_is_taken(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        await book(s, at(8), BOB, THERE)
        with pytest.raises(SlotTaken):
            await s.reschedule(booking.id, ANN, at(8), NOW, "r1")
        assert await s.upcoming(ANN, NOW) == [booking]
        with pytest.raises(SlotTaken):
            await s.hold(at(6), THERE, NOW, "r2")

    play(make, clinic(), story)


def test_moving_to_where_it_is_or_overlaps_itself(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        assert await s.reschedule(booking.id, ANN, at(6), NOW, "r1") == booking
        assert (await s.reschedule(booking.id, ANN, at(6, 10), NOW, "r2")).slot == at(6, 10)

    play(make, clinic(step_minutes=10), story)


def test_moving_to_another_provider(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        moved = await s.reschedule(booking.id, ANN, at(6, provider="deniz"), NOW, "r1")
        assert moved.slot.provider == "deniz"
        await s.hold(at(6), THERE, NOW, "r2")

    play(make, two_doctors(), story)


def test_moving_to_what_its_own_conversation_holds(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        await s.hold(at(8), HERE, NOW, "r1")
        assert (await s.reschedule(booking.id, ANN, at(8), NOW, "r2")).slot == at(8)

    play(make, clinic(), story)


def test_cancelling_frees_the_time_once(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        cancelled = await s.cancel(booking.id, ANN, NOW, "r1")
        assert cancelled == msgspec.structs.replace(booking, status="cancelled", sequence=1)
        assert await s.cancel(booking.id, ANN, NOW, "r2") == cancelled
        assert await s.upcoming(ANN, NOW) == []
        assert await s.by_token(booking.token) == cancelled
        await book(s, at(6), BOB, THERE)

    play(make, clinic(), story)


def test_other_peoples_bookings_are_not_found(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        for booking_id in (booking.id, THERE, "no such booking"):
            with pytest.raises(NotFound):
                await s.cancel(booking_id, BOB, NOW, "r1")
            with pytest.raises(NotFound):
                await s.reschedule(booking_id, BOB, at(8), NOW, "r2")
        assert await s.upcoming(BOB, NOW) == []
        assert await s.upcoming(ANN, NOW) == [booking]
        hold = await s.hold(at(9), THERE, NOW, "r3")
        with pytest.raises(NotFound):
            await s.cancel(hold.id, BOB, NOW, "r4")

    play(make, clinic(), story)


def test_a_cancelled_or_past_booking_cannot_be_moved(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        gone, past = await book(s, at(6)), await book(s, at(7), BOB, THERE)
        await s.cancel(gone.id, ANN, NOW, "r1")
        with pytest.raises(NotFound):
            await s.reschedule(gone.id, ANN, at(8), NOW, "r2")
        with pytest.raises(NotFound):
            await s.reschedule(past.id, BOB, at(12), at(7).ends_at, "r3")

    play(make, clinic(), story)


def test_upcoming_is_sorted_and_ends_with_the_booking(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        late, early = await book(s, at(8)), await book(s, at(7))
        await s.hold(at(9), HERE, NOW, "r1")
        assert await s.upcoming(ANN, NOW) == [early, late]
        assert await s.upcoming(ANN, at(7).ends_at - MINUTES) == [early, late]
        assert await s.upcoming(ANN, at(7).ends_at) == [late]

    play(make, clinic(), story)


def test_a_token_opens_bookings_only(make: Make) -> None:
    async def story(world: World) -> None:
        with pytest.raises(NotFound):
            await world.scheduling.by_token("guessed")
        with pytest.raises(NotFound):
            await world.scheduling.by_token("")

    play(make, clinic(), story)


# --- retries ----------------------------------------------------------------------------------------------------


def test_a_retry_gets_the_first_result(make: Make) -> None:
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

    play(make, clinic(), story)


def test_a_retry_of_a_move_after_a_later_move_changes_nothing(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        await s.reschedule(booking.id, ANN, at(8), NOW, "r1")
        later = await s.reschedule(booking.id, ANN, at(9), NOW, "r2")
        assert await s.reschedule(booking.id, ANN, at(8), NOW, "r1") == later

    play(make, clinic(), story)


def test_what_failed_may_be_tried_again_under_the_same_request(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        other = await s.hold(at(6), THERE, NOW, "r1")
        with pytest.raises(SlotTaken):
            await s.hold(at(6), HERE, NOW, "r2")
        await s.release(other.id, THERE, NOW)
        assert (await s.hold(at(6), HERE, NOW, "r2")).slot == at(6)

    play(make, clinic(), story)


def test_a_request_is_one_thing(make: Make) -> None:
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

    play(make, clinic(), story)


# --- at once ----------------------------------------------------------------------------------------------------

CROWD = 40


async def outcomes(attempts: list[asyncio.Task[Booking]]) -> Counter[str]:
    results = await asyncio.gather(*attempts, return_exceptions=True)
    return Counter(type(result).__name__ for result in results)


def test_forty_confirm_one_slot_and_one_of_them_has_it(make: Make) -> None:
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

    play(make, clinic(), story)


def test_forty_hold_and_book_one_slot_and_one_of_them_has_it(make: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = [asyncio.create_task(book(s, at(6), PEOPLE[i], CONVERSATIONS[i])) for i in range(CROWD)]
        assert await outcomes(booking) == {"Booking": 1, "SlotTaken": CROWD - 1}

    play(make, clinic(), story)


def test_forty_move_to_one_slot_and_the_others_keep_theirs(make: Make) -> None:
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

    play(make, clinic(), story)


def test_bookings_swap_times_or_do_not_but_never_hang(make: Make) -> None:
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

    play(make, two_doctors(), story)


def test_twins_of_one_request_are_one(make: Make) -> None:
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

    play(make, clinic(), story)


def test_a_crowd_fills_a_day_without_overlap(make: Make) -> None:
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

    play(make, two_doctors(buffer_after_minutes=0), story)
