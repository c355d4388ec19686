"""What comes too late to be used is not waited for again and again; what is in time, or has no limit, goes on."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from careline.assistants.calls import ModelCalls
from careline.domain.errors import ModelUnavailable
from careline.models.breaker import Breaker
from careline.models.scripted import Script, ScriptedModel, Until
from careline.models.timely import TimelyModel
from careline.ports import Purpose, collect
from tests.models.talk import request

Run = Callable[[Any], Any]
SOON = 0.02


def slow() -> Script:
    return ("A bit", Until())


def asking(*answers: Script, failures: int = 2, seconds: float = 60.0) -> tuple[ScriptedModel, TimelyModel]:
    model = ScriptedModel(answers)
    return model, TimelyModel(model, lambda: Breaker(failures=failures, seconds=seconds))


async def why(model: TimelyModel, purpose: Purpose = "commands", within: float = SOON) -> str | None:
    """What became of one question, None when it was answered in time."""
    calls = ModelCalls(model)
    with contextlib.suppress(ModelUnavailable):
        await calls.ask(msgspec.structs.replace(request(), purpose=purpose), prompt="p", seconds=within)
    reason: str | None = calls.records[0].get("fallback")
    return reason


async def several(model: TimelyModel, times: int) -> list[str | None]:
    return [await why(model) for _ in range(times)]


def test_a_model_that_is_always_too_late_is_left_alone(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def it() -> None:
        model, timely = asking(slow(), slow())
        assert await several(timely, 4) == ["deadline", "deadline", "too_slow", "too_slow"]
        assert len(model.requests) == 2

    run(it())
    assert [record.getMessage() for record in caplog.records] == [
        "The language model's answers come too late again and again (commands): not asked for them for 60 s."
    ]


def test_it_is_asked_for_other_things_and_for_what_is_read_as_it_comes(run: Run) -> None:
    async def it() -> None:
        _, timely = asking(slow(), slow(), "Hello", "Hi")
        await several(timely, 2)
        assert await why(timely, "rephrase", 5) is None
        assert (await collect(timely.stream(request()))).text == "Hi"
        assert await why(timely) == "too_slow"

    run(it())


def test_an_answer_in_time_begins_the_count_anew(run: Run) -> None:
    async def it() -> None:
        _, timely = asking(slow(), "Hello", slow(), "Hello")
        assert await why(timely) == "deadline"
        assert await why(timely, within=5) is None
        assert await why(timely) == "deadline"
        assert await why(timely, within=5) is None

    run(it())


def test_after_a_while_one_question_tries_it_again(run: Run) -> None:
    async def it() -> None:
        _, timely = asking(slow(), slow(), slow(), "Hello", "Hello", failures=1, seconds=0.0)
        assert await several(timely, 3) == ["deadline", "deadline", "deadline"]
        assert await why(timely, within=5) is None
        assert await why(timely, within=5) is None

    run(it())


def test_trouble_it_has_found_itself_and_who_leaves_early_are_not_counted(run: Run) -> None:
    async def it() -> None:
        here = Until()
        _, timely = asking(
            [ModelUnavailable("server")], ["A bit", here], [ModelUnavailable("quota")], "Hello", failures=1
        )
        assert await why(timely) == "server"
        task = asyncio.create_task(why(timely, within=60))
        await here.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await why(timely) == "quota"
        assert await why(timely, within=5) is None

    run(it())


def test_it_is_the_model_it_is_around(run: Run) -> None:
    model, timely = asking("Hello")
    assert (timely.name, timely.hosted, timely.vision) == (model.name, model.hosted, model.vision)
    run(timely.close())
    assert model.closed
