"""An emergency is told once, and never after a word of its turn."""

import asyncio
from collections.abc import Awaitable, Callable

from careline.channels.assistant_stream_notice import Notice
from careline.domain.events import Emergency

CALL = Emergency("emergency_ambulance", "cardiac", "112", None, "Call 112.")
CALL_GB = Emergency("emergency_ambulance", "cardiac", "999", "GB", "Call 999.")


def in_loop(test: Callable[["asyncio.Queue[Notice]"], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(5):
            await test(asyncio.Queue())

    asyncio.run(main())


def test_what_is_late_is_sent_ahead_and_not_again() -> None:
    async def test(late: asyncio.Queue[Notice]) -> None:
        notice = Notice(CALL, late.put_nowait)
        assert await late.get() is notice
        assert notice.take() == CALL
        assert not notice.new(CALL)
        assert notice.take() is None

    in_loop(test)


def test_a_turn_that_comes_between_being_late_and_being_sent_tells_it_itself() -> None:
    async def test(late: asyncio.Queue[Notice]) -> None:
        notice = Notice(CALL, late.put_nowait)
        await late.get()
        assert notice.new(CALL)
        assert notice.take() is None

    in_loop(test)


def test_a_better_number_is_told_as_well() -> None:
    async def test(late: asyncio.Queue[Notice]) -> None:
        notice = Notice(CALL, late.put_nowait)
        assert notice.take() == CALL
        assert notice.new(CALL_GB)

    in_loop(test)


def test_a_turn_in_time_or_a_calm_message_is_never_late() -> None:
    async def test(late: asyncio.Queue[Notice]) -> None:
        assert Notice(CALL, late.put_nowait).new(CALL)
        assert Notice(None, late.put_nowait).take() is None
        last = Notice(CALL, late.put_nowait)
        assert await late.get() is last

    in_loop(test)
