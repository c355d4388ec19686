"""The record of a turn's calls on a model."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import msgspec
import pytest

from careline.assistants.calls import MOST_TOOLS, ModelCalls
from careline.domain.effects import Outcome
from careline.domain.errors import ModelUnavailable
from careline.models.breaker import Breaker
from careline.ports import (
    Finished,
    ModelEvent,
    ModelMessage,
    ModelRequest,
    TextDelta,
    ToolCall,
    ToolCallReady,
    ToolSpec,
    Usage,
)
from tests.models.talk import talking

Run = Callable[[Any], Any]
ASKED = ModelRequest(messages=(ModelMessage("user", "My name is Ada."),), purpose="answer")
END = Finished(
    reason="stop",
    model="small-2",
    usage=Usage(40, 5, 8),
    first_token_seconds=0.25,
    seconds=0.75,
    retries=1,
    system_fingerprint="fp",
)


class Saying:
    """A model that says these events; an exception among them is raised, a number is waited for (seconds)."""

    name, hosted, vision = "small", False, False

    def __init__(self, *events: ModelEvent | Exception | float) -> None:
        self.events = events
        self.closed = 0

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        try:
            for event in self.events:
                if isinstance(event, Exception):
                    raise event
                if isinstance(event, float):
                    await asyncio.sleep(event)
                else:
                    yield event
        finally:
            self.closed += 1

    async def close(self) -> None:
        pass


async def read(
    calls: ModelCalls,
    seconds: float | None = None,
    heard: list[ModelEvent] | None = None,
    request: ModelRequest = ASKED,
) -> list[ModelEvent]:
    heard = [] if heard is None else heard
    async with aclosing(calls.stream(request, prompt="free-1", seconds=seconds)) as events:
        async for event in events:
            heard.append(event)
    return heard


def test_a_call_is_recorded_without_words(run: Run) -> None:
    invented = [ToolCallReady(ToolCall("2", "Ada has a rash", "{}"))] * 3
    found = ToolCallReady(ToolCall("1", "find_slots", '{"a": 1}'))
    calls = ModelCalls(Saying(TextDelta("Hello Ada"), found, *invented, *[found] * MOST_TOOLS, END))
    request = msgspec.structs.replace(ASKED, tools=(ToolSpec("find_slots", "", {}),))
    assert len(run(read(calls, request=request))) == 6 + MOST_TOOLS
    outcome = calls.explained(Outcome({}, raw=({"said": 1},)))
    assert outcome.raw == (
        {"said": 1},
        {
            "model_call": {
                "purpose": "answer",
                "model": "small",
                "prompt_version": "free-1",
                "tools": ["find_slots", *["unknown"] * 3, *["find_slots"] * (MOST_TOOLS - 4)],
                "answered_by": "small-2",
                "fingerprint": "fp",
                "request_id": None,
                "finish": "stop",
                "retries": 1,
                "ms": 750.0,
                "first_token_ms": 250.0,
                "usage": {"prompt_tokens": 40, "completion_tokens": 5, "cached_tokens": 8},
            }
        },
    )
    assert outcome.usage == {"calls": 1, "prompt_tokens": 40, "completion_tokens": 5, "cached_tokens": 8}


def test_the_tokens_of_all_calls_are_added_up(run: Run) -> None:
    calls = ModelCalls(Saying(TextDelta("Hello"), END))
    run(read(calls))
    run(calls.ask(ASKED, prompt="free-1", seconds=5))
    outcome = calls.explained(Outcome({}, usage={"calls": 1, "prompt_tokens": 2, "seconds": 3}))
    assert outcome.usage == {
        "calls": 3,
        "prompt_tokens": 82,
        "completion_tokens": 10,
        "cached_tokens": 16,
        "seconds": 3,
    }
    assert len(outcome.raw) == 2


def test_a_turn_without_a_call_says_nothing_of_models() -> None:
    outcome = Outcome({"a": 1})
    assert ModelCalls(Saying()).explained(outcome) is outcome


@pytest.mark.parametrize(("before", "streamed"), [((), False), ((TextDelta("Hel"),), True)])
def test_why_a_model_failed_is_in_the_record(run: Run, before: tuple[ModelEvent, ...], streamed: bool) -> None:
    calls = ModelCalls(Saying(*before, ModelUnavailable("quota", streamed=streamed)))
    with pytest.raises(ModelUnavailable, match="quota"):
        run(read(calls))
    [record] = calls.records
    assert (record["fallback"], record["streamed"]) == ("quota", streamed)
    assert record["ms"] >= 0
    assert calls.usage == {"calls": 1}, "how many tokens is not known"


def test_an_answer_that_goes_on_too_long_is_given_up(run: Run) -> None:
    seconds = iter([0.0, 1.0, 2.0, 31.0, 31.0])
    model = Saying(TextDelta("a"), TextDelta("b"), TextDelta("c"), END)
    calls = ModelCalls(model, monotonic=lambda: next(seconds))
    heard: list[ModelEvent] = []
    with pytest.raises(ModelUnavailable) as raised:
        run(read(calls, 30, heard))
    assert heard == [TextDelta("a"), TextDelta("b")]
    assert (raised.value.reason, raised.value.streamed, model.closed) == ("deadline", True, 1)


@pytest.mark.parametrize(("silent_for", "writing"), [(0.4, True), (0.6, False)])
def test_a_slow_model_is_told_from_a_silent_one(run: Run, silent_for: float, writing: bool) -> None:
    seconds = iter([0.0, 1.0, 2.0, 2.0 + silent_for])
    calls = ModelCalls(
        Saying(TextDelta("a"), TextDelta("b"), ModelUnavailable("token_timeout", streamed=True)),
        monotonic=lambda: next(seconds),
    )
    with pytest.raises(ModelUnavailable):
        run(read(calls))
    assert calls.records[0]["silent_ms"] == silent_for * 1000
    assert calls.was_writing(0.5) == writing


def test_asking_ends_in_time_whatever_the_model_does(run: Run) -> None:
    model = Saying(TextDelta("a"), 60.0)
    calls = ModelCalls(model)
    with pytest.raises(ModelUnavailable) as raised:
        run(calls.ask(ASKED, prompt="free-1", seconds=0.05))
    assert (raised.value.reason, model.closed) == ("deadline", 1)
    assert calls.records[0]["fallback"] == "deadline"


def test_an_answer_that_is_not_used_says_why(run: Run) -> None:
    calls = ModelCalls(Saying(TextDelta("a"), END))
    run(calls.ask(ASKED, prompt="rephrase-1", seconds=5))
    calls.fell_back("facts_changed")
    assert calls.records[0]["fallback"] == "facts_changed"


def test_a_server_that_hangs_is_soon_left_alone(run: Run) -> None:
    """It is the client that gives up first, and counts: not everybody waits for such a server."""

    async def it() -> None:
        async with talking() as talk:
            model = talk.model("fake-hang-before", breaker=Breaker(failures=2))
            calls = ModelCalls(model)
            for _ in range(3):
                with pytest.raises(ModelUnavailable):
                    await calls.ask(ASKED, prompt="commands-1", seconds=0.2)
            assert [record["fallback"] for record in calls.records] == [
                "first_token_timeout",
                "first_token_timeout",
                "circuit_open",
            ]

    run(it())
