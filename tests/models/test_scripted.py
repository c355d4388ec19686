"""The scripted model, held to what the real client does."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from careline.domain.errors import Invalid, ModelUnavailable
from careline.models.scripted import Ending, ScriptedModel, Until
from careline.ports import Model, Refusal, TextDelta, ToolCall, Usage, collect
from tests.models.talk import failing, request

Run = Callable[[Any], Any]
CALL = ToolCall("1", "weather", "{}")


def test_answers_in_their_order(run: Run) -> None:
    async def it() -> None:
        model: Model = ScriptedModel(
            ["first", ["sec", "ond", Usage(1, 2)], [CALL], [Refusal("no")], ["a", Ending("length")]]
        )
        answers = [await collect(model.stream(request(str(number)))) for number in range(5)]
        assert [answer.text for answer in answers] == ["first", "second", "", "", "a"]
        reasons = [answer.finished.reason for answer in answers]
        assert reasons == ["stop", "stop", "tool_calls", "refusal", "length"]
        assert answers[1].finished.usage == Usage(1, 2)
        assert (answers[2].calls, answers[3].refusal) == ((CALL,), "no")

    run(it())


def test_it_keeps_what_it_was_asked_and_may_answer_by_it(run: Run) -> None:
    async def it() -> None:
        model = ScriptedModel(lambda asked: f"You said {asked.messages[-1].content}.")
        assert (await collect(model.stream(request("hi")))).text == "You said hi."
        assert model.requests == [request("hi")]

    run(it())


def test_failures_say_whether_something_was_said(run: Run) -> None:
    async def it() -> None:
        model = ScriptedModel([[ModelUnavailable("connect")], ["a", ModelUnavailable("token_timeout")]])
        first, second = await failing(model), await failing(model)
        assert (first[0], first[1].reason, first[1].streamed) == ([], "connect", False)
        assert (second[0], second[1].reason, second[1].streamed) == ([TextDelta("a")], "token_timeout", True)
        assert model.left == 0

    run(it())


def test_it_waits_until_it_is_let_on(run: Run) -> None:
    async def it() -> None:
        until = Until()
        model = ScriptedModel([["a", until, "b"]])
        task = asyncio.create_task(collect(model.stream(request())))
        await until.reached.wait()
        assert not task.done()
        until.happened.set()
        assert (await task).text == "ab"

    run(it())


def test_streams_that_are_left_are_counted(run: Run) -> None:
    async def it() -> None:
        until = Until()
        model = ScriptedModel([["a", "b"], [until]])
        async with aclosing(model.stream(request())) as stream:
            await anext(stream)
        task = asyncio.create_task(collect(model.stream(request())))
        await until.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert model.left == 2

    run(it())


def test_a_script_that_is_over_says_so(run: Run) -> None:
    async def it() -> None:
        with pytest.raises(Invalid, match="no answer left"):
            await collect(ScriptedModel([]).stream(request()))

    run(it())


def test_a_stream_without_an_end_is_no_completion(run: Run) -> None:
    async def cut() -> Any:
        yield TextDelta("a")

    async def it() -> None:
        with pytest.raises(ModelUnavailable) as error:
            await collect(cut())
        assert (error.value.reason, error.value.streamed) == ("interrupted", True)

    run(it())
