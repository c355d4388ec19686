"""What every turn keeps to explain its reply, whoever made it."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from careline import __version__
from careline.assistants.calls import ModelCalls
from careline.domain.effects import Outcome
from careline.domain.events import Token
from careline.engine.versions import Versions, digest
from careline.models.scripted import ScriptedModel, Until
from careline.ports import AssistantEvent, ModelMessage, ModelRequest, TextDelta, TurnContext
from careline.ports.model import Usage
from tests.engine.conftest import World
from tests.engine.scripted import Script, raising


async def stored(world: World, turn_id: str, column: str) -> Any:
    wanted = text(f"SELECT {column} FROM turns WHERE id = :id")
    return json.loads(
        await world.store.database.read(lambda conn: conn.execute(wanted, {"id": turn_id}).scalar_one()) or "null"
    )


async def raw_of(world: World, turn_id: str) -> list[dict[str, Any]]:
    raw: list[dict[str, Any]] = await stored(world, turn_id, "raw")
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


def asking(model: ScriptedModel, error: Exception | None = None, times: int = 1) -> Script:
    """Says what the model says, asked so many times, and ends by `error`."""

    async def script(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        calls = ModelCalls(model, notes=context.notes)
        request = ModelRequest(messages=(ModelMessage("user", context.message.body),), purpose="answer")
        for _ in range(times):
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
        assert await stored(world, turn_id, "usage") == {"calls": 1}, "the server has told no tokens"

    in_world(test)


def test_a_failed_turn_keeps_the_calls_of_its_model(in_world: Callable[..., None]) -> None:
    async def test(world: World) -> None:
        process = world.process()
        process.assistant.scripts["fail"] = asking(ScriptedModel([["Well.", Usage(40, 5)]]), ValueError("no"))
        process.assistant.scripts["say"] = asking(ScriptedModel([["Well.", Usage(40, 5)]]))
        for said, status in (("fail", "failed"), ("say", "completed")):
            turn_id = await process.say(said)
            assert (await process.engine.wait(turn_id)).status == status
            calls = [one["model_call"] for one in await raw_of(world, turn_id) if "model_call" in one]
            assert [call["finish"] for call in calls] == ["stop"]
            tokens = {"prompt_tokens": 40, "completion_tokens": 5, "cached_tokens": 0}
            assert await stored(world, turn_id, "usage") == {"calls": 1, **tokens}

    in_world(test)


def test_a_cancelled_turn_keeps_the_tokens_it_has_used(in_world: Callable[..., None]) -> None:
    async def test(world: World) -> None:
        process, here = world.process(), Until()
        process.assistant.scripts["slow"] = asking(ScriptedModel([["Well.", Usage(40, 5, 8)], ["And", here]]), times=2)
        turn_id = await process.say("slow")
        await here.reached.wait()
        assert await process.engine.cancel(turn_id)
        assert (await process.engine.wait(turn_id)).status == "cancelled"
        tokens = {"prompt_tokens": 40, "completion_tokens": 5, "cached_tokens": 8}
        assert await stored(world, turn_id, "usage") == {"calls": 2, **tokens}

    in_world(test)


def test_a_turn_without_a_model_has_used_nothing(in_world: Callable[..., None]) -> None:
    async def test(world: World) -> None:
        process = world.process()
        process.assistant.scripts["fail"] = raising(ValueError("no"), "half")
        for said in ("hello", "fail"):
            turn_id = await process.say(said)
            await process.engine.wait(turn_id)
            assert await stored(world, turn_id, "usage") is None

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


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no file that cannot be read, whoever reads")
def test_a_file_that_cannot_be_read_costs_no_reply(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("one")
    whole = digest([tmp_path])
    (tmp_path / "bad.md").symlink_to("/proc/self/mem")  # a file like any other, until it is read
    with pytest.raises(OSError, match="Input/output"):
        (tmp_path / "bad.md").read_bytes()
    assert digest([tmp_path]) not in ("", whole)
