"""The memory bus: replay from any seq, live after that, bounded memory."""

import asyncio

from careline.bus.memory import MemoryBus
from careline.domain.events import Completed, Published, Token

LOG = [*(Published(seq, Token(str(seq))) for seq in range(1, 6)), Published(6, Completed())]


async def _all(bus: MemoryBus, after: int = 0) -> list[int]:
    return [item.seq async for item in bus.subscribe("turn", after, 60) if item is not None]


def test_replays_from_any_seq() -> None:
    async def main() -> None:
        bus = MemoryBus()
        for published in LOG:
            bus.publish("turn", published)
        for after in range(8):
            assert await _all(bus, after) == [seq for seq in range(1, 7) if seq > after]

    asyncio.run(main())


def test_followers_that_came_before_the_turn_get_everything_in_order() -> None:
    async def main() -> None:
        bus = MemoryBus()
        followers = [asyncio.create_task(_all(bus)) for _ in range(3)]
        await asyncio.sleep(0)
        for published in LOG:
            bus.publish("turn", published)
            await asyncio.sleep(0)
        assert await asyncio.gather(*followers) == [[1, 2, 3, 4, 5, 6]] * 3

    asyncio.run(main())


def test_quiet_gives_none_and_then_goes_on() -> None:
    async def main() -> None:
        bus = MemoryBus()
        events = bus.subscribe("turn", 0, 0.001)
        assert await anext(events) is None
        assert await anext(events) is None
        bus.publish("turn", LOG[0])
        assert await anext(events) == LOG[0]
        await events.aclose()

    asyncio.run(main())


def test_quiet_counts_from_the_last_event() -> None:
    async def main() -> None:
        bus, clock = MemoryBus(), asyncio.get_running_loop().time
        events = bus.subscribe("turn", 0, 0.1)
        asyncio.get_running_loop().call_later(0.07, bus.publish, "turn", LOG[0])
        assert await anext(events) == LOG[0]
        came = clock()
        assert await anext(events) is None
        assert 0.09 < clock() - came < 5
        await events.aclose()

    asyncio.run(main())


def test_a_follower_that_leaves_an_unknown_turn_leaves_nothing_behind() -> None:
    async def main() -> None:
        bus = MemoryBus()
        events = bus.subscribe("turn", 0, 0.001)
        await anext(events)
        assert bus.knows("turn")
        await events.aclose()
        assert not bus.knows("turn")

    asyncio.run(main())


def test_finished_turns_are_kept_up_to_so_many_events() -> None:
    async def main() -> None:
        bus = MemoryBus(keep_events=8)
        for turn in "abc":
            for published in LOG[-3:]:
                bus.publish(turn, published)
        assert [bus.knows(turn) for turn in "abc"] == [False, True, True]
        for seq in range(1, 20):
            bus.publish("long", Published(seq, Token("word")))
        assert [bus.knows(turn) for turn in "abc"] == [False, True, True]
        bus.publish("long", Published(20, Completed()))
        assert [bus.knows(turn) for turn in "abc"] == [False] * 3
        assert bus.knows("long")
        bus.publish("d", Published(1, Completed()))
        assert not bus.knows("long")

    asyncio.run(main())


def test_only_the_last_finished_turns_are_kept() -> None:
    async def main() -> None:
        bus = MemoryBus(keep_finished=2)
        for turn in "abc":
            bus.publish(turn, Published(1, Completed()))
        assert [bus.knows(turn) for turn in "abc"] == [False, True, True]

    asyncio.run(main())


def test_a_turn_that_runs_elsewhere_is_forgotten_and_its_followers_look_elsewhere_at_once() -> None:
    async def main() -> None:
        bus = MemoryBus()
        bus.publish("turn", LOG[0])
        follower = bus.subscribe("turn", 0, 60)
        assert await anext(follower) == LOG[0]
        waiting = asyncio.ensure_future(anext(follower))
        await asyncio.sleep(0)
        bus.forget("turn")
        assert await waiting is None
        assert not bus.knows("turn")
        bus.publish("turn", LOG[1])
        await follower.aclose()
        assert bus.knows("turn")

    asyncio.run(main())
