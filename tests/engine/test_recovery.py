"""Processes that die, hang or disagree: every accepted message has exactly one reply."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from careline.domain.errors import Unavailable
from careline.domain.events import Published, Restarted, Token, first_seq
from careline.engine.reply import fold
from careline.engine.run import Patience
from careline.engine.turn import Limits
from careline.ports import Receipt
from tests.engine.conftest import World
from tests.engine.test_turns import history, text_of

InWorld = Callable[..., None]


def test_what_a_dead_process_left_is_answered_once_by_the_next(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        dead, alive = world.process(), world.process()
        dead.assistant.hold("one")
        turns = [await dead.say(text) for text in ("one", "two")]
        await dead.assistant.reached["one"].wait()
        before = list(dead.bus._logs[turns[0]].events)
        await dead.engine.stop(0)
        await alive.housekeeping.recover(everything=True)
        replies = [await alive.engine.wait(turn) for turn in turns]
        assert [reply.text for reply in replies] == ["You said: one", "You said: two"]
        assert [body for _, body in await history(world)] == ["one", "two", "You said: one", "You said: two"]
        resumed = await alive.log(turns[0], after=before[-1].seq)
        assert resumed[0] == Published(first_seq(2), Restarted(2))
        assert text_of(resumed) == "You said: one"

    in_world(test)


def test_a_live_lease_is_respected_and_a_renewed_one_too(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        busy, idle = world.process(), world.process()
        gate = busy.assistant.hold("slow")
        turn = await busy.say("slow")
        await busy.assistant.reached["slow"].wait()
        await idle.housekeeping.recover()
        await busy.housekeeping.renew()
        await idle.housekeeping.recover()
        assert idle.engine.running == []
        gate.set()
        await busy.engine.wait(turn)
        assert idle.assistant.answered == []

    in_world(test)


def test_a_process_that_lost_its_lease_writes_nothing_and_its_client_gets_the_others_reply(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        slow = world.process(limits=Limits(lease_seconds=0))
        quick = world.process()
        gate = slow.assistant.hold("one")
        turn = await slow.say("one")
        await slow.assistant.reached["one"].wait()
        waiting = asyncio.create_task(slow.engine.wait(turn))
        await quick.housekeeping.recover()
        assert (await quick.engine.wait(turn)).text == "You said: one"
        following = asyncio.create_task(slow.log(turn))
        gate.set()
        async with asyncio.timeout(5):  # sooner than who follows a quiet turn looks into the store
            assert (await waiting).text == "You said: one"
            assert fold(turn, await following).text == "You said: one"
        assert not slow.bus.knows(turn)
        assert await history(world) == [("incoming", "one"), ("outgoing", "You said: one")]

    in_world(test)


def test_recovering_twice_runs_nothing_twice(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        dead, alive = world.process(), world.process()
        dead.assistant.hold("one")
        turn = await dead.say("one")
        await dead.engine.stop(0)
        gate = alive.assistant.hold("one")
        await alive.housekeeping.recover(everything=True)
        await alive.housekeeping.recover(everything=True)
        gate.set()
        await alive.engine.wait(turn)
        assert alive.assistant.answered == ["one"]

    in_world(test)


def test_a_turn_that_kills_every_process_is_given_up_politely(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        patience = Patience(attempts=2, retry_seconds=0.001)
        process = world.process(patience=patience)
        process.assistant.hold("poison")
        turn = await process.say("poison")
        for _ in range(2):
            await process.engine.stop(0)
            process = world.process(patience=patience)
            process.assistant.hold("poison")
            await process.housekeeping.recover(everything=True)
        reply = await process.engine.wait(turn)
        assert (reply.status, reply.error_type) == ("failed", "TooManyAttempts")
        assert process.assistant.answered == []
        log = await process.log(turn)
        assert isinstance(log[0].event, Restarted)
        assert any(isinstance(item.event, Token) for item in log)

    in_world(test)


def test_after_a_sleep_of_the_machine_a_process_goes_on_with_what_it_runs(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        gate = process.assistant.hold("slow")
        turns = [await process.say(text) for text in ("slow", "next")]
        await process.assistant.reached["slow"].wait()
        process.clock._last += timedelta(minutes=1)  # every lease has run out, nothing was renewed
        await process.housekeeping.recover()
        gate.set()
        replies = [await process.engine.wait(turn) for turn in turns]
        assert [reply.text for reply in replies] == ["You said: slow", "You said: next"]
        assert process.assistant.answered == ["slow", "next"]
        assert not any(isinstance(item.event, Restarted) for item in await process.log(turns[0]))

    in_world(test)


def test_who_sends_while_a_process_stops_is_told_so(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        locked = asyncio.Event()
        accept = process.store.accept

        async def slow(*args: Any) -> Receipt:
            locked.set()
            await asyncio.Event().wait()
            return await accept(*args)

        process.store.accept = slow  # type: ignore[method-assign, assignment]
        sending = asyncio.create_task(process.say("one"))
        await locked.wait()
        await process.engine.stop(0)
        with pytest.raises(Unavailable):
            await sending

    in_world(test)


def test_a_process_that_stops_takes_nothing_over(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        dead, stopped, alive = world.process(), world.process(), world.process()
        dead.assistant.hold("one")
        turn = await dead.say("one")
        for process in (dead, stopped):
            await process.engine.stop(0)
        await stopped.housekeeping.recover(everything=True)
        assert stopped.engine.running == []
        await alive.housekeeping.recover(everything=True)
        assert (await alive.engine.wait(turn)).text == "You said: one"

    in_world(test)
