"""A turn from acceptance to commit, on a real database."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from careline.domain.effects import Deliver, Outcome, RequestPerson
from careline.domain.errors import IdempotencyConflict, NotFound, Overloaded
from careline.domain.events import (
    Accepted,
    Cancelled,
    Completed,
    Emergency,
    Failed,
    Published,
    Restarted,
    Started,
    Token,
)
from careline.engine.run import Patience
from careline.engine.turn import Limits
from tests.engine.conftest import World, incoming
from tests.engine.scripted import raising, saying

InWorld = Callable[..., None]


def text_of(log: list[Published]) -> str:
    return "".join(item.event.text for item in log if isinstance(item.event, Token))


async def history(world: World, device: str = "d") -> list[tuple[str, str]]:
    """(direction, body), oldest first."""
    person = await world.store.person(f"chat_{device}")
    assert person is not None
    page = await world.store.history(person.id, None, 100)
    return [(message.direction, message.body) for message in reversed(page.items)]


def test_a_message_gets_its_reply_and_both_are_stored(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        turn = await process.say("hello")
        reply = await process.engine.wait(turn)
        assert (reply.text, reply.status) == ("You said: hello", "completed")
        assert await history(world) == [("incoming", "hello"), ("outgoing", "You said: hello")]
        log = await process.log(turn)
        assert [item.seq for item in log] == [1, 2, 3, 4, 5]
        assert [type(item.event) for item in log] == [Accepted, Started, Token, Token, Completed]

    in_world(test)


def test_what_was_seen_as_final_is_stored(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        turn = await process.say("hello")
        async for item in process.engine.follow(turn):
            if item is not None and isinstance(item.event, Completed):
                stored = await world.store.turn(turn)
                assert (stored.turn.status, stored.reply) == ("completed", "You said: hello")

    in_world(test)


def test_a_sender_that_leaves_changes_nothing(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        sending = asyncio.create_task(process.engine.send(incoming("hello")))
        await asyncio.sleep(0)
        sending.cancel()
        await process.assistant.reached["hello"].wait()
        latest = await world.store.latest_turn("website", "chat_d")
        assert latest is not None
        assert (await process.engine.wait(latest.turn.id)).text == "You said: hello"

    in_world(test)


def test_messages_of_one_conversation_are_answered_in_order_with_the_state_before(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        gate = process.assistant.hold("one")
        turns = [await process.say(text) for text in ("one", "two", "three")]
        other = await process.say("other", device="e")
        await process.engine.wait(other)
        assert process.assistant.answered == ["one", "other"]
        gate.set()
        await asyncio.gather(*(process.engine.wait(turn) for turn in turns))
        assert process.assistant.answered == ["one", "other", "two", "three"]
        assert [body for direction, body in await history(world) if direction == "outgoing"] == [
            "You said: one",
            "You said: two",
            "You said: three",
        ]
        session = await world.store.session("website", "chat_d")
        assert session is not None
        assert session.state == {"turns": 3}

    in_world(test)


def test_followers_join_at_any_time_and_see_the_same(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        gate = process.assistant.hold("slow")
        turn = await process.say("slow")
        early = asyncio.create_task(process.log(turn))
        await process.assistant.reached["slow"].wait()
        late = asyncio.create_task(process.log(turn))
        gate.set()
        whole = await early
        assert whole == await late == await process.log(turn)
        for cut in range(len(whole) + 1):
            assert whole[:cut] + await process.log(turn, after=whole[cut - 1].seq if cut else 0) == whole

    in_world(test)


def test_another_process_replays_an_ended_turn_from_the_store(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        first, second = world.process(), world.process()
        turn = await first.say("hello")
        whole = await first.log(turn)
        assert await second.log(turn) == whole
        assert await second.log(turn, after=3) == whole[3:]
        assert (await second.engine.wait(turn)).text == "You said: hello"

    in_world(test)


def test_another_process_sees_the_end_of_a_turn_it_never_heard_of(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        first, second = world.process(), world.process()
        gate = first.assistant.hold("slow")
        turn = await first.say("slow")
        seen: list[Published] = []
        async for item in second.engine.follow(turn, idle_seconds=0.001):
            if item is None:
                gate.set()
            else:
                seen.append(item)
        assert text_of(seen) == "You said: slow"

    in_world(test)


def test_following_what_is_not_there(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        with pytest.raises(NotFound):
            await world.process().log("0199a2d4-0000-7000-8000-000000000000")

    in_world(test)


@pytest.mark.parametrize("said", [(), ("Half an ",)])
def test_an_assistant_that_raises_leaves_a_safe_reply_and_the_conversation_goes_on(
    in_world: InWorld, said: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    async def test(world: World) -> None:
        process = world.process()
        process.assistant.scripts["bad"] = raising(RuntimeError("secret"), *said)
        turn = await process.say("bad")
        after = await process.say("good")
        reply = await process.engine.wait(turn)
        assert (reply.status, reply.error_type) == ("failed", "RuntimeError")
        assert reply.text is not None
        assert reply.text.startswith("".join(said))
        assert "sorry" in reply.text
        assert "secret" not in reply.text
        assert text_of(await process.log(turn)) == reply.text
        assert isinstance((await process.log(turn))[-1].event, Failed)
        assert (await process.engine.wait(after)).text == "You said: good"
        assert (await history(world))[1] == ("outgoing", reply.text)

    in_world(test)


@pytest.mark.parametrize(
    "script",
    [saying(), saying("  "), saying("Ok", outcome=Outcome(state={"not json": object()}))],
    ids=["silent", "blank", "state that cannot be stored"],
)
def test_whatever_an_assistant_does_wrong_the_turn_ends_as_failed(in_world: InWorld, script: Any) -> None:
    async def test(world: World) -> None:
        process = world.process()
        process.assistant.scripts["bad"] = script
        turn = await process.say("bad")
        assert (await process.engine.wait(turn)).status == "failed"
        assert (await process.engine.wait(await process.say("good"))).text == "You said: good"

    in_world(test)


def test_an_assistant_that_never_ends_is_stopped(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process(patience=Patience(turn_seconds=0.01))
        process.assistant.hold("slow")
        reply = await process.engine.wait(await process.say("slow"))
        assert (reply.status, reply.error_type) == ("failed", "TimeoutError")

    in_world(test)


def test_cancelling_a_running_turn(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        process.assistant.hold("slow")
        turn = await process.say("slow")
        await process.assistant.reached["slow"].wait()
        assert await process.engine.cancel(turn)
        assert (await process.engine.wait(turn)).status == "cancelled"
        assert isinstance((await process.log(turn))[-1].event, Cancelled)
        assert await history(world) == [("incoming", "slow")]
        assert not await process.engine.cancel(turn)
        assert (await process.engine.wait(await process.say("next"))).text == "You said: next"

    in_world(test)


def test_cancelling_a_queued_turn(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        gate = process.assistant.hold("one")
        first, second, third = [await process.say(text) for text in ("one", "two", "three")]
        waiting = asyncio.create_task(process.engine.wait(second))
        await process.assistant.reached["one"].wait()
        assert await process.engine.cancel(second)
        assert (await waiting).status == "cancelled"
        gate.set()
        assert (await process.engine.wait(third)).text == "You said: three"
        assert process.assistant.answered == ["one", "three"]
        assert (await process.engine.wait(first)).status == "completed"

    in_world(test)


def test_a_resend_finds_the_first_turn(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        receipts = await asyncio.gather(*(process.engine.send(incoming("hello", external_id="m1")) for _ in range(10)))
        assert len({receipt.turn.id for receipt in receipts}) == 1
        assert sorted(receipt.duplicate for receipt in receipts) == [False] + [True] * 9
        await process.engine.wait(receipts[0].turn.id)
        assert len(await history(world)) == 2
        with pytest.raises(IdempotencyConflict):
            await process.engine.send(incoming("something else", external_id="m1"))
        other = await process.engine.send(incoming("hello", device="e", external_id="m1"))
        assert not other.duplicate

    in_world(test)


def test_too_much_work_is_refused_before_it_is_accepted(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process(limits=Limits(open_turns=1))
        gate = process.assistant.hold("slow")
        turn = await process.say("slow")
        with pytest.raises(Overloaded):
            await process.say("more", device="e")
        gate.set()
        await process.engine.wait(turn)
        assert await world.store.person("chat_e") is None

    in_world(test)


def test_a_message_counts_once_while_it_becomes_a_turn(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process(limits=Limits(open_turns=2))
        gate = process.assistant.hold("slow")
        arriving = asyncio.create_task(process.say("slow"))
        room = {process.engine.room}
        while not process.assistant.reached["slow"].is_set():
            await asyncio.sleep(0)
            room.add(process.engine.room)
        assert room == {1, 2}
        gate.set()
        await process.engine.wait(await arriving)
        assert process.engine.room == 2

    in_world(test)


def test_the_gate_comes_before_the_assistant(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        await process.engine.wait(await process.say("hello"))
        turn = await process.say("I can't breathe")
        log = await process.log(turn)
        kinds = [type(item.event) for item in log]
        assert kinds == [Accepted, Started, Emergency, Token, Completed]
        assert process.assistant.answered == ["hello"]
        session = await world.store.session("website", "chat_d")
        assert session is not None
        assert session.interrupted
        assert session.waiting
        assert session.state == {"turns": 1}
        assert "999" in text_of(log)

    in_world(test)


def test_effects_are_stored_with_the_reply(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        outcome = Outcome(state={"a": 1}, language="tr", effects=(RequestPerson("asked"),))
        process.assistant.scripts["person please"] = saying("Of course.", outcome=outcome)
        await process.engine.wait(await process.say("person please"))
        session = await world.store.session("website", "chat_d")
        assert session is not None
        assert (session.agent, session.language, session.waiting, session.state) == ("scripted", "tr", True, {"a": 1})

    in_world(test)


def test_restarted_is_never_seen_in_a_first_attempt(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        log = await process.log(await process.say("hello"))
        assert not any(isinstance(item.event, Restarted) for item in log)

    in_world(test)


def test_the_outbox_is_woken_after_the_commit_that_filled_it(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        woken: list[str] = []
        process = world.process(deliver=lambda: woken.append("now"))
        await process.engine.wait(await process.say("nothing to deliver"))
        assert woken == []
        outcome = Outcome(state={}, effects=(Deliver("mail", {"to": "a@example.com"}),))
        process.assistant.scripts["book"] = saying("Booked.", outcome=outcome)
        await process.engine.wait(await process.say("book"))
        assert woken == ["now"]

    in_world(test)
