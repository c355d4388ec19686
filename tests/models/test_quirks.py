"""Answers in every form servers give them: each is read whole, from a real connection."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import msgspec
import pytest

from careline.models.fake_answers import Ask, chunk, event
from careline.models.fake_http import Exchange
from careline.models.fake_scenarios import WIDE, stream
from careline.ports import FinishReason, TextDelta, ToolCall, ToolSpec, Usage, collect
from tests.models.talk import ECHO, request, talking

Run = Callable[[Any], Any]
USAGE = Usage(prompt_tokens=2, completion_tokens=9)
WEATHER = ToolSpec(
    "weather", "The weather of a place.", {"type": "object", "properties": {"place": {"type": "string"}}}
)
TIME = ToolSpec("time", "The time.", {"type": "object", "properties": {}})


@pytest.mark.parametrize(
    "name",
    [
        "fake",
        "fake-crlf",
        "fake-cr",
        "fake-split-lines",
        "fake-comments",
        "fake-empty-choices",
        "fake-no-done",
        "fake-reasoning",
        "fake-whole",
        "fake-linger",
        "fake-paced:1000",
        "any other name",
    ],
)
def test_the_answer_is_whole_with_its_usage(run: Run, name: str) -> None:
    async def it() -> None:
        async with talking() as talk:
            answer = await talk.answer(name)
            assert (answer.text, answer.calls, answer.refusal) == (ECHO, (), "")
            assert (answer.finished.reason, answer.finished.usage) == ("stop", USAGE)
            assert (answer.finished.model, answer.finished.system_fingerprint) == (name, "fp_fake")
            assert answer.finished.retries == 0
            assert answer.finished.first_token_seconds is not None
            assert 0 < answer.finished.first_token_seconds <= answer.finished.seconds

    run(it())


@pytest.mark.parametrize("name", ["fake-no-usage", "fake-bad-usage", "fake-no-last-newline", "fake-hang-usage"])
def test_a_missing_usage_is_no_loss(run: Run, name: str) -> None:
    async def it() -> None:
        async with talking() as talk:
            answer = await talk.answer(name)
            assert (answer.text, answer.finished.reason, answer.finished.usage) == (ECHO, "stop", None)

    run(it())


def test_characters_cut_in_two_are_whole(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            assert (await talk.answer("fake-split-utf8")).text == WIDE

    run(it())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fake-length", "length"),
        ("fake-content-filter", "content_filter"),
        ("fake-eos", "stop"),
        ("fake-no-finish", "stop"),
    ],
)
def test_reasons_of_the_end(run: Run, name: str, reason: FinishReason) -> None:
    async def it() -> None:
        async with talking() as talk:
            answer = await talk.answer(name)
            assert (answer.text, answer.finished.reason) == ("Half an answer", reason)

    run(it())


def test_a_refusal_is_not_the_answer(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            answer = await talk.answer("fake-refusal")
            assert (answer.text, answer.refusal) == ("", "I cannot help with that.")
            assert answer.finished.reason == "refusal"

    run(it())


def test_a_question_the_filter_stops_is_an_end_and_no_failure(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            answer = await talk.answer("fake-filtered")
            assert (answer.text, answer.finished.reason) == ("", "content_filter")
            assert answer.finished.first_token_seconds is None
            assert talk.server.stats.requests == 1

    run(it())


def test_tool_calls_are_put_together(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            answer = await collect(talk.model("fake-tools:2").stream(request(tools=(WEATHER, TIME))))
            assert answer.calls == (
                ToolCall("call_fake_1", "weather", '{"place":""}'),
                ToolCall("call_fake_2", "time", "{}"),
            )
            assert answer.finished.reason == "tool_calls"

    run(it())


@pytest.mark.parametrize(
    ("name", "calls", "reason"),
    [
        (
            "fake-tools-one-index",
            (ToolCall("a", "first", '{"n":1}'), ToolCall("b", "second", '{"n":2}')),
            "tool_calls",
        ),
        ("fake-tools-no-index", (ToolCall("call_1", "first", '{"n":1}'),), "tool_calls"),
        ("fake-tools-cut", (ToolCall("a", "first", '{"n":1}'),), "length"),
    ],
)
def test_odd_tool_calls(run: Run, name: str, calls: tuple[ToolCall, ...], reason: FinishReason) -> None:
    async def it() -> None:
        async with talking() as talk:
            answer = await talk.answer(name)
            assert (answer.calls, answer.finished.reason) == (calls, reason)

    run(it())


def test_text_comes_as_it_is_sent(run: Run) -> None:
    """Each word is sent only after the one before it has arrived."""
    arrived: list[str] = []
    more = asyncio.Event()

    async def stepwise(exchange: Exchange, ask: Ask) -> None:
        exchange.begin()
        for word in "abc":
            exchange.send(event(chunk(ask, {"content": word})))
            await more.wait()
            more.clear()
        exchange.send(event(chunk(ask, {}, "stop")))
        exchange.end()

    async def it() -> None:
        async with talking({"stepwise": stepwise}) as talk, aclosing(talk.model("stepwise").stream(request())) as got:
            async for one in got:
                if isinstance(one, TextDelta):
                    arrived.append(one.text)
                    more.set()
        assert arrived == ["a", "b", "c"]

    run(it())


def test_content_in_parts_and_other_choices(run: Run) -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "not this"}}]}
    texts = [{"type": "text", "text": "in "}, {"type": "text", "text": "parts"}]

    async def parts(exchange: Exchange, ask: Ask) -> None:
        payloads = (msgspec.json.encode(other), chunk(ask, {"content": texts}), chunk(ask, {}, "stop"))
        await stream(exchange, [event(payload) for payload in payloads])

    async def it() -> None:
        async with talking({"parts": parts}) as talk:
            assert (await talk.answer("parts")).text == "in parts"

    run(it())
