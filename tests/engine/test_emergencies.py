"""An emergency does not wait: not for a slow turn of its conversation, not for what else is being answered."""

import asyncio
from collections.abc import Callable

import pytest

from careline.domain.conversation import Hints, Incoming
from careline.domain.events import Accepted, Cancelled, Completed, Emergency, Published, Started, Token
from careline.engine.pace import Pace
from tests.engine.conftest import Process, World, incoming

InWorld = Callable[..., None]
ALARM = "I can't breathe"


def kinds(log: list[Published]) -> list[type]:
    return [type(item.event) for item in log]


async def begin_slowly(process: Process) -> str:
    """The id of a turn that will not end by itself."""
    process.assistant.hold("slow")
    turn = await process.say("slow")
    await process.assistant.reached["slow"].wait()
    return turn


def test_an_emergency_ends_the_slow_turn_before_it(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        slow = await begin_slowly(process)
        alarm = await process.say(ALARM)
        assert kinds(await process.log(alarm)) == [Accepted, Started, Emergency, Token, Completed]
        assert (await process.log(slow))[-1].event == Cancelled("superseded")
        assert (await world.store.turn(slow)).turn.status == "cancelled"
        assert (await process.engine.wait(await process.say("later"))).text == "You said: later"

    in_world(test)


def test_what_waits_before_an_emergency_is_heard_by_the_gate_but_not_answered(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        slow = await begin_slowly(process)
        between = [await process.say(text) for text in ("I have had a fever since yesterday", "what now?")]
        alarm = await process.say(ALARM)
        assert Emergency in kinds(await process.log(alarm))
        for turn in (slow, *between):
            assert (await process.log(turn))[-1].event == Cancelled("superseded")
        assert process.assistant.answered == ["slow"]
        session = await world.store.session("website", "chat_d")
        assert session is not None
        assert "fever" in {finding["id"] for finding in (session.safety or {})["findings"]}

    in_world(test)


def test_an_emergency_that_waits_is_not_given_up_for_the_next_one(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        await begin_slowly(process)
        first, second = await process.say(ALARM), await process.say("and I have crushing chest pain")
        for turn in (first, second):
            assert kinds(await process.log(turn)) == [Accepted, Started, Emergency, Token, Completed]

    in_world(test)


def test_a_calm_message_interrupts_nothing(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        slow = await begin_slowly(process)
        after = await process.say("take your time")
        other = await process.say(ALARM, device="e")
        assert Emergency in kinds(await process.log(other))
        process.assistant.gates["slow"].set()
        assert (await process.engine.wait(slow)).text == "You said: slow"
        assert (await process.engine.wait(after)).text == "You said: take your time"

    in_world(test)


def test_a_resent_emergency_interrupts_nothing(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        await process.engine.wait(await process.say(ALARM, external_id="m1"))
        slow = await begin_slowly(process)
        again = await process.engine.send(incoming(ALARM, external_id="m1"))
        assert again.duplicate
        process.assistant.gates["slow"].set()
        assert (await process.engine.wait(slow)).text == "You said: slow"

    in_world(test)


@pytest.mark.parametrize(
    ("hints", "number"), [(Hints(), "112"), (Hints(time_zone="Europe/London"), "999"), (Hints(locale="en-US"), "911")]
)
def test_what_is_an_emergency_by_itself_is_known_before_it_is_stored(
    in_world: InWorld, hints: Hints, number: str
) -> None:
    async def test(world: World) -> None:
        engine = world.process().engine
        heard = engine.hear(Incoming("website", "chat_d", ALARM, hints=hints))
        assert heard.emergency is not None
        assert heard.emergency.number == number
        assert number in heard.emergency.message
        assert engine.hear(incoming("hello")).emergency is None
        assert await world.store.person("chat_d") is None

    in_world(test)


def test_one_turn_begins_in_each_round_of_the_loop() -> None:
    async def main() -> None:
        pace, order = Pace(), []

        async def work(name: str) -> None:
            await pace.turn()
            order.append(name)

        async def rounds(number: int) -> None:
            for _ in range(number):
                order.append("round")
                await asyncio.sleep(0)

        waiting = [asyncio.create_task(work(name)) for name in "abc"]
        await asyncio.sleep(0)
        waiting[1].cancel()
        await asyncio.gather(rounds(6), waiting[0], waiting[2])
        first, last = order.index("a"), order.index("c")
        assert "round" in order[first:last]
        assert "b" not in order
        await asyncio.wait_for(work("d"), 5)

    asyncio.run(main())
