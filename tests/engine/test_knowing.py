"""A user's stored profile is known in later turns, with what they sent; an anonymous visitor's is not stored."""

import msgspec

from careline.domain.conversation import Hints, Incoming
from careline.domain.effects import Outcome
from careline.domain.events import Token
from careline.domain.patient import KnownProfile, Pregnancy
from careline.engine.answer import Answering
from careline.engine.knowing import Knowing
from careline.engine.run import Patience, Runner
from careline.engine.turn import Engine, Limits
from careline.ports import TurnContext
from careline.storage.sql.profiles import SqlProfiles
from tests.engine.conftest import GATE, World
from tests.engine.scripted import OneAssistant, saying
from tests.engine.test_turns import InWorld


def test_what_a_user_sent_once_is_known_later(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        seen: list[object] = []

        async def look(context: TurnContext):  # type: ignore[no-untyped-def]
            seen.append(context.hints.profile)
            yield Token("ok")
            yield Outcome(state={})

        process.assistant.scripts["hello"] = look
        knowing = Knowing(SqlProfiles(world.store.database), process.clock)
        answering = Answering(OneAssistant(process.assistant), GATE, process.clock, knowing=knowing)
        runner = Runner(world.store, process.bus, answering, process.clock, Patience())
        engine = Engine(world.store, process.bus, runner, process.clock, "knowing", Limits())
        first = Hints(profile={"age": 40, "current_medications": [{"name": "warfarin"}]})
        second = Hints(profile={"allergies": {"drug": ["penicillin"]}})
        for address in ("user_ana", "session_x"):
            for hints in (first, second):
                message = Incoming("assistant_stream", address, "hello", hints=hints)
                await engine.wait((await engine.send(message)).turn.id)
        await engine.stop(0)
        user, visitor = msgspec.to_builtins(seen[1]), msgspec.to_builtins(seen[3])
        assert (user["age"], [m["name"] for m in user["current_medications"]]) == (40, ["warfarin"])
        assert list(user["allergies"]["drug"]) == ["penicillin"]
        assert "age" not in visitor

    in_world(test)


def test_what_a_user_says_is_known_later_and_can_be_taken_back(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        profiles = SqlProfiles(world.store.database)
        answering = Answering(
            OneAssistant(process.assistant), GATE, process.clock, knowing=Knowing(profiles, process.clock)
        )
        runner = Runner(world.store, process.bus, answering, process.clock, Patience())
        engine = Engine(world.store, process.bus, runner, process.clock, "knowing", Limits())

        async def say(text: str) -> KnownProfile:
            process.assistant.scripts[text] = saying("ok")
            turn = (await engine.send(Incoming("assistant_stream", "user_ana", text))).turn
            await engine.wait(turn.id)
            return await profiles.get(turn.person_id, process.clock.now().date())

        known = await say("I have asthma and I take warfarin. I'm 20 weeks pregnant, is that a problem?")
        assert known.profile.chronic_conditions == ("asthma",)
        assert [one.name for one in known.profile.current_medications] == ["warfarin"]
        assert known.profile.pregnancy == Pregnancy(True, 20.0)
        known = await say("I stopped warfarin and I'm not pregnant any more")
        assert known.profile.current_medications == ()
        assert known.profile.pregnancy == Pregnancy(False)
        assert known.profile.chronic_conditions == ("asthma",)
        assert (await say("my mother has diabetes, can I take ibuprofen with warfarin?")).profile == known.profile
        await engine.stop(0)

    in_world(test)
