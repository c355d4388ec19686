"""The output guard in a real turn: what goes out, what is stored, and what stays as it is."""

import asyncio
from collections.abc import AsyncGenerator, Callable

from sqlalchemy import select

from careline.domain.conversation import Hints, Incoming
from careline.domain.effects import Outcome
from careline.domain.events import Citation, Completed, Emergency, Failed, Token
from careline.engine.guarding import Guarding
from careline.ports import AssistantEvent, TurnContext
from careline.storage.sql.tables import turns
from tests.engine.conftest import World
from tests.engine.scripted import raising, saying
from tests.engine.test_turns import text_of

InWorld = Callable[..., None]
DOSE = "I can't give a dose here; please follow the leaflet, or ask a pharmacist or doctor."


def test_a_forbidden_phrase_is_replaced_in_what_is_followed_and_in_what_is_stored(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        process.assistant.scripts["hurts"] = saying("Rest well. Take 80", "0 m", "g every 4 hours. See", " you.")
        turn = await process.say("hurts")
        reply = await process.engine.wait(turn)
        assert reply.text == f"Rest well. {DOSE} See you."
        log = await process.log(turn)
        assert text_of(log) == reply.text
        assert isinstance(log[-1].event, Completed)
        stored = await world.store.turn(turn)
        assert stored.reply == reply.text

    in_world(test)


def test_ordinary_tokens_go_out_while_the_assistant_is_still_writing(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        go_on = asyncio.Event()

        async def script(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
            yield Token("Thank")
            yield Token(" you")
            yield Token(" very")
            await go_on.wait()
            yield Token(" much.")
            yield Outcome(state={})

        process.assistant.scripts["x"] = script
        turn = await process.say("x")
        seen = ""
        async for item in process.engine.follow(turn):
            if item is not None and isinstance(item.event, Token):
                seen += item.event.text
                if seen == "Thank you very":
                    go_on.set()
        assert seen == "Thank you very much."

    in_world(test)


def test_what_was_held_back_goes_out_at_the_end_and_before_a_failure(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        process.assistant.scripts["end"] = saying("Now", " you")
        process.assistant.scripts["fail"] = raising(RuntimeError(), "Now", " you")
        assert (await process.engine.wait(await process.say("end"))).text == "Now you"
        turn = await process.say("fail")
        assert text_of(await process.log(turn)).startswith("Now you\n\n")
        assert isinstance((await process.log(turn))[-1].event, Failed)

    in_world(test)


def test_what_the_person_wrote_may_be_repeated_and_nobody_elses(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        process.assistant.scripts["I am at ann@example.org"] = saying(
            "I've noted ann@example.org. Her address is bob@example.org.",
            state={"slots": {"contact": "ann@example.org"}},
        )
        process.assistant.scripts["again"] = saying("Still ann@example.org.")
        first = (await process.engine.wait(await process.say("I am at ann@example.org"))).text or ""
        assert "ann@example.org" in first
        assert "bob" not in first
        assert (await process.engine.wait(await process.say("again"))).text == "Still ann@example.org."

    in_world(test)


def test_a_dose_behind_a_citation_passes(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        passages = {"a1": "Adults take two tablets."}
        guarding = Guarding(cited=lambda citation: passages[citation.source])
        process.answering.__init__(  # type: ignore[misc]
            process.answering._assistants, process.answering._gate, process.clock, guarding
        )

        async def script(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
            yield Citation("a1", "Tablets")
            yield Token("Take two tablets. Take three tablets.")
            yield Outcome(state={})

        process.assistant.scripts["x"] = script
        reply = await process.engine.wait(await process.say("x"))
        assert reply.text == f"Take two tablets. {DOSE}"

    in_world(test)


def test_an_emergency_text_is_left_as_it_is(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        turn = await process.say("I have crushing chest pain and cannot breathe")
        log = await process.log(turn)
        emergency = next(item.event for item in log if isinstance(item.event, Emergency))
        assert text_of(log) == emergency.message

    in_world(test)


def test_what_a_failed_turn_kept_back_is_stored_too(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        process.assistant.scripts["x"] = raising(RuntimeError(), "Take 800 mg every 4 hours. ")
        turn = await process.say("x")
        await process.engine.wait(turn)
        raw = await world.store.database.read(
            lambda conn: conn.execute(select(turns.c.raw).where(turns.c.id == turn)).scalar_one()
        )
        assert [one["kind"] for one in raw[0]["guard"]] == ["dose"]

    in_world(test)


def test_a_condition_of_the_profile_may_be_spoken_of(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        process.assistant.scripts["x"] = saying("You have diabetes.")
        for profile, said in (({"chronic_conditions": ["Diabetes"]}, True), ({}, False)):
            message = Incoming("website", "device_1", "x", hints=Hints(profile=profile))
            reply = await process.engine.wait((await process.engine.send(message)).turn.id)
            assert ("You have diabetes." in (reply.text or "")) is said

    in_world(test)
