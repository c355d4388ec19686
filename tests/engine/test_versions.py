"""What every turn keeps to explain its reply, whoever made it."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

from sqlalchemy import text

from careline import __version__
from careline.assistants.calls import ModelCalls
from careline.domain.effects import Outcome
from careline.domain.events import Token
from careline.engine.versions import Versions, digest
from careline.models.scripted import ScriptedModel, Until
from careline.ports import AssistantEvent, ModelMessage, ModelRequest, TextDelta, TurnContext
from tests.engine.conftest import World
from tests.engine.scripted import Script, raising


async def raw_of(world: World, turn_id: str) -> list[dict[str, Any]]:
    wanted = text("SELECT raw FROM turns WHERE id = :id")
    found = await world.store.database.read(lambda conn: conn.execute(wanted, {"id": turn_id}).scalar_one())
    raw: list[dict[str, Any]] = json.loads(found)
    return raw


def test_every_turn_keeps_its_versions_and_times(in_world: Callable[..., None]) -> None:
    async def test(world: World) -> None:
        process = world.process()
        process.assistant.scripts["fail"] = raising(ValueError("no"), "half")
        for said in ("hello", "fail", "I have crushing chest pain and I cannot breathe"):
            turn_id = await process.say(said)
            await process.log(turn_id)
            told = (await raw_of(world, turn_id))[-1]["turn"]
            assert told["versions"] == {"careline": __version__, "assistant": "1"}
            assert told["attempt"] == 1
            assert 0 <= told["first_token_ms"] <= told["ms"]

    in_world(test)


def asking(model: ScriptedModel, error: Exception | None = None) -> Script:
    """Says what the model says, and ends by `error`."""

    async def script(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        calls = ModelCalls(model, notes=context.notes)
        request = ModelRequest(messages=(ModelMessage("user", context.message.body),), purpose="answer")
        async with aclosing(calls.stream(request, prompt="free-1")) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    yield Token(event.text)
        if error is not None:
            raise error
        yield calls.explained(Outcome({}))

    return script


def test_a_cancelled_turn_keeps_the_calls_of_its_model(in_world: Callable[..., None]) -> None:
    async def test(world: World) -> None:
        process, here = world.process(), Until()
        process.assistant.scripts["slow"] = asking(ScriptedModel([["Well", here]]))
        turn_id = await process.say("slow")
        await here.reached.wait()
        assert await process.engine.cancel(turn_id)
        assert (await process.engine.wait(turn_id)).status == "cancelled"
        call, turn = await raw_of(world, turn_id)
        assert call["model_call"]["fallback"] == "left"
        assert call["model_call"]["streamed"] is True
        assert "versions" in turn["turn"]

    in_world(test)


def test_a_failed_turn_keeps_the_calls_of_its_model(in_world: Callable[..., None]) -> None:
    async def test(world: World) -> None:
        process = world.process()
        process.assistant.scripts["fail"] = asking(ScriptedModel([["Well."], ["Well."]]), ValueError("no"))
        process.assistant.scripts["say"] = asking(ScriptedModel([["Well."]]))
        for said, status in (("fail", "failed"), ("say", "completed")):
            turn_id = await process.say(said)
            assert (await process.engine.wait(turn_id)).status == status
            calls = [one["model_call"] for one in await raw_of(world, turn_id) if "model_call" in one]
            assert [call["finish"] for call in calls] == ["stop"]

    in_world(test)


def test_a_version_changes_with_any_file(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    (rules / "deep").mkdir(parents=True)
    (rules / "deep" / "a.yaml").write_text("a: 1")
    versions = Versions({"safety": [rules], "none": [tmp_path / "nothing"]})
    first = digest([rules])
    assert versions.data == {"safety": first, "none": digest([])}
    (rules / "code.py").write_text("pass")
    (rules / ".hidden").write_text("x")
    assert digest([rules]) == first
    (rules / "deep" / "a.yaml").write_text("a: 2")
    second = digest([rules])
    (rules / "deep" / "a.yaml").rename(rules / "b.yaml")
    assert len({first, second, digest([rules])}) == 3
    assert versions.data["safety"] == first
