"""Patience with slow clients: work that is done at once, that waits, that takes too long, and that is cancelled."""

import asyncio
from typing import Any

import pytest

from careline.channels.patience import within


async def done(value: str) -> str:
    return value


async def after(*waits: "asyncio.Future[None]") -> str:
    for wait in waits:
        await wait
    return "in the end"


def futures(count: int) -> "list[asyncio.Future[None]]":
    return [asyncio.get_running_loop().create_future() for _ in range(count)]


def test_what_is_done_at_once_needs_no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        assert await within(1.0, done("at once")) == "at once"

    monkeypatch.setattr(asyncio, "timeout", None)
    asyncio.run(run())


def test_what_waits_is_waited_for() -> None:
    async def run() -> None:
        first, second = futures(2)
        working = asyncio.create_task(within(60.0, after(first, second)))
        for future in (first, second):
            await asyncio.wait([working], timeout=0)
            assert not working.done()
            future.set_result(None)
        assert await working == "in the end"

    asyncio.run(run())


def test_what_takes_too_long_is_given_up() -> None:
    async def run() -> None:
        (never,) = futures(1)
        with pytest.raises(TimeoutError):
            await within(0.01, after(never))
        assert never.cancelled()

    asyncio.run(run())


@pytest.mark.parametrize("waits", [0, 1])
def test_what_the_work_raises_is_raised(waits: int) -> None:
    async def failing(*futures: Any) -> None:
        for future in futures:
            await future
        raise ConnectionError

    async def run() -> None:
        ready = futures(waits)
        for future in ready:
            asyncio.get_running_loop().call_soon(future.set_result, None)
        with pytest.raises(ConnectionError):
            await within(60.0, failing(*ready))

    asyncio.run(run())


def test_a_caller_that_is_cancelled_cancels_the_work() -> None:
    async def run() -> None:
        (never,) = futures(1)
        working = asyncio.create_task(within(60.0, after(never)))
        await asyncio.wait([working], timeout=0)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert never.cancelled()

    asyncio.run(run())
