"""A turn that is changing something outside the conversation is not cut short: what was done is told."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

from careline.domain.effects import Outcome
from careline.domain.events import Token
from careline.ports import AssistantEvent, TurnContext
from tests.engine.conftest import Process, World

InWorld = Callable[..., None]


async def being_booked(process: Process) -> tuple[str, asyncio.Event]:
    """A turn in which something is being booked, and what lets it go on."""
    reached, goes_on = asyncio.Event(), asyncio.Event()

    async def book(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        context.bind()
        reached.set()
        await goes_on.wait()
        yield Token("Booked.")
        yield Outcome(state={"booked": True})

    process.assistant.scripts["yes"] = book
    turn = await process.say("yes")
    await reached.wait()
    return turn, goes_on


def test_what_is_being_booked_is_not_taken_back(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        turn, goes_on = await being_booked(process)
        assert not await process.engine.cancel(turn)
        goes_on.set()
        reply = await process.engine.wait(turn)
        assert (reply.status, reply.text) == ("completed", "Booked.")

    in_world(test)


def test_an_emergency_waits_for_what_is_being_booked(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        turn, goes_on = await being_booked(process)
        alarm = await process.say("I can't breathe")
        goes_on.set()
        assert (await process.engine.wait(turn)).text == "Booked."
        assert (await process.engine.wait(alarm)).emergency is not None

    in_world(test)


def test_what_was_just_taken_back_is_not_begun(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process, reached, booked = world.process(), asyncio.Event(), []

        async def deaf(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
            yield Token("Just a moment.")
            reached.set()
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            context.bind()
            booked.append(context.turn.id)

        process.assistant.scripts["deaf"] = deaf
        turn = await process.say("deaf")
        await reached.wait()
        assert await process.engine.cancel(turn)
        assert (await process.engine.wait(turn)).status == "cancelled"
        assert booked == []

    in_world(test)
