"""What every calendar promises of bookings: confirming, moving, cancelling."""

import msgspec
import pytest

from careline.domain.errors import HoldExpired, NotFound, SlotTaken
from tests.contracts.scheduling_kinds import (
    ANN,
    AYSE,
    BOB,
    HERE,
    JOHN,
    LATER,
    MINUTES,
    NOW,
    THERE,
    Make,
    World,
    at,
    book,
    play,
)
from tests.scheduling.calendars import clinic, two_doctors


def test_an_expired_hold_is_booked_when_the_time_is_free(calendars: Make) -> None:
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

    play(calendars, clinic(), story)


def test_confirming_lets_go_of_what_else_the_conversation_holds(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        first = await s.hold(at(8), HERE, NOW, "r1")
        await s.hold(at(9), HERE, NOW, "r2")
        await s.confirm(first, ANN, JOHN, HERE, NOW, "r3")
        await s.hold(at(9), THERE, NOW, "r4")

    play(calendars, clinic(), story)


def test_what_has_begun_is_not_booked(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        hold = await s.hold(at(6), HERE, NOW, "r1")
        with pytest.raises(HoldExpired):
            await s.confirm(hold, ANN, JOHN, HERE, at(6).starts_at, "r2")

    play(calendars, clinic(), story)


def test_a_hold_is_confirmed_by_its_own_conversation_only(calendars: Make) -> None:
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

    play(calendars, clinic(), story)


def test_a_cancelled_booking_is_not_confirmed_again(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        hold = await s.hold(at(6), HERE, NOW, "r1")
        booking = await s.confirm(hold, ANN, JOHN, HERE, NOW, "r2")
        await s.cancel(booking.id, ANN, NOW, "r3")
        with pytest.raises(HoldExpired):
            await s.confirm(hold, ANN, JOHN, HERE, NOW, "r4")

    play(calendars, clinic(), story)


# --- moving and cancelling --------------------------------------------------------------------------------------


def test_moving_frees_the_old_time(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        moved = await s.reschedule(booking.id, ANN, at(8), NOW, "r1")
        assert moved == msgspec.structs.replace(booking, slot=at(8), sequence=1)
        assert await s.upcoming(ANN, NOW) == [moved]
        await book(s, at(6), BOB, THERE)
        with pytest.raises(SlotTaken):
            await s.hold(at(8), THERE, NOW, "r2")

    play(calendars, clinic(), story)


def test_the_old_time_stands_when_the_new_one_is_taken(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        await book(s, at(8), BOB, THERE)
        with pytest.raises(SlotTaken):
            await s.reschedule(booking.id, ANN, at(8), NOW, "r1")
        assert await s.upcoming(ANN, NOW) == [booking]
        with pytest.raises(SlotTaken):
            await s.hold(at(6), THERE, NOW, "r2")

    play(calendars, clinic(), story)


def test_moving_to_where_it_is_or_overlaps_itself(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        assert await s.reschedule(booking.id, ANN, at(6), NOW, "r1") == booking
        assert (await s.reschedule(booking.id, ANN, at(6, 10), NOW, "r2")).slot == at(6, 10)

    play(calendars, clinic(step_minutes=10), story)


def test_moving_to_another_provider(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        moved = await s.reschedule(booking.id, ANN, at(6, provider="deniz"), NOW, "r1")
        assert moved.slot.provider == "deniz"
        await s.hold(at(6), THERE, NOW, "r2")

    play(calendars, two_doctors(), story)


def test_moving_to_what_its_own_conversation_holds(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        await s.hold(at(8), HERE, NOW, "r1")
        assert (await s.reschedule(booking.id, ANN, at(8), NOW, "r2")).slot == at(8)

    play(calendars, clinic(), story)


def test_cancelling_frees_the_time_once(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        booking = await book(s, at(6))
        cancelled = await s.cancel(booking.id, ANN, NOW, "r1")
        assert cancelled == msgspec.structs.replace(booking, status="cancelled", sequence=1)
        assert await s.cancel(booking.id, ANN, NOW, "r2") == cancelled
        assert await s.upcoming(ANN, NOW) == []
        assert await s.by_token(booking.token) == cancelled
        await book(s, at(6), BOB, THERE)

    play(calendars, clinic(), story)


def test_other_peoples_bookings_are_not_found(calendars: Make) -> None:
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

    play(calendars, clinic(), story)


def test_a_cancelled_or_past_booking_cannot_be_moved(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        gone, past = await book(s, at(6)), await book(s, at(7), BOB, THERE)
        await s.cancel(gone.id, ANN, NOW, "r1")
        with pytest.raises(NotFound):
            await s.reschedule(gone.id, ANN, at(8), NOW, "r2")
        with pytest.raises(NotFound):
            await s.reschedule(past.id, BOB, at(12), at(7).ends_at, "r3")

    play(calendars, clinic(), story)


def test_upcoming_is_sorted_and_ends_with_the_booking(calendars: Make) -> None:
    async def story(world: World) -> None:
        s = world.scheduling
        late, early = await book(s, at(8)), await book(s, at(7))
        await s.hold(at(9), HERE, NOW, "r1")
        assert await s.upcoming(ANN, NOW) == [early, late]
        assert await s.upcoming(ANN, at(7).ends_at - MINUTES) == [early, late]
        assert await s.upcoming(ANN, at(7).ends_at) == [late]

    play(calendars, clinic(), story)


def test_a_token_opens_bookings_only(calendars: Make) -> None:
    async def story(world: World) -> None:
        with pytest.raises(NotFound):
            await world.scheduling.by_token("guessed")
        with pytest.raises(NotFound):
            await world.scheduling.by_token("")

    play(calendars, clinic(), story)
