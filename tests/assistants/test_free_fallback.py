"""When the model is slow, down, over quota or unwilling: a whole reply all the same, and the record says why."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from careline.assistants.free import Limits
from careline.assistants.free_talk import MOST_CALLS
from careline.assistants.free_texts import cut_off
from careline.domain.effects import RaiseAlert
from careline.domain.errors import ModelTrouble, ModelUnavailable
from careline.models.scripted import Ending, Script, Until
from careline.ports import Refusal, ToolCall
from tests.assistants.conversation import TURKISH
from tests.assistants.free_conversation import LATER, Emergency, FreeTalk, Token, Tool

Run = Callable[[Any], Any]
PLAIN = "I'm sorry, I didn't quite understand that."
TROUBLES: tuple[ModelTrouble, ...] = (
    "connect",
    "first_token_timeout",
    "rate_limited",
    "quota",
    "server",
    "circuit_open",
    "bad_response",
    "refused_request",
    "too_large",
)
BEFORE = [pytest.param([ModelUnavailable(reason)], reason, id=reason) for reason in TROUBLES]
UNWILLING = [
    pytest.param([Refusal("I'd rather not.")], "refusal", id="refusal"),
    pytest.param([Ending("content_filter")], "content_filter", id="content_filter"),
    pytest.param([], "empty", id="nothing said"),
    pytest.param([" ", Ending("content_filter")], "content_filter", id="white space, then filtered"),
]


def talk_with(run: Run, script: Script, locale: str = "en", limits: Limits | None = None) -> tuple[FreeTalk, str]:
    talk = FreeTalk([script], locale, limits)
    return talk, run(talk.all("Hello", LATER))


@pytest.mark.parametrize(("script", "reason"), [*BEFORE, *UNWILLING])
def test_before_the_first_word_the_flow_answers_the_whole_turn(run: Run, script: Script, reason: str) -> None:
    talk, reply = talk_with(run, script)
    alone = FreeTalk([[ModelUnavailable("connect")]])
    assert reply == run(alone.all("Hello", LATER))
    assert reply.startswith(PLAIN)
    assert talk.raw["fallback"] == reason
    record = next(one["model_call"] for one in talk.outcome.raw if "model_call" in one)
    assert record["fallback"] == reason
    assert talk.outcome.state["failures"] == 1


@pytest.mark.parametrize("reason", ["token_timeout", "interrupted", "bad_response"])
def test_in_the_middle_the_sentence_is_closed_and_the_flow_goes_on(run: Run, reason: ModelTrouble) -> None:
    talk, reply = talk_with(run, ["A beard needs", ModelUnavailable(reason)])
    first, sorry, *rest = reply.split("\n\n")
    assert (first, sorry) == ("A beard needs…", cut_off("en"))
    assert rest[-1].startswith("Before we go on: To get started")
    assert talk.raw["fallback"] == reason
    assert "Nice to meet you" in run(talk.all("yes", "My name is John Doe"))


def test_a_refusal_in_the_middle_is_no_answer_either(run: Run) -> None:
    talk, reply = talk_with(run, ["First this. ", Ending("content_filter")])
    assert reply.startswith(f"First this. \n\n{cut_off('en')}")
    assert talk.raw["fallback"] == "content_filter"


def test_the_apology_is_in_the_language_of_the_talk(run: Run) -> None:
    talk = FreeTalk([["Sakal", ModelUnavailable("interrupted")]], "tr")
    reply = run(talk.all(TURKISH[0], "uydurukça bambaşka şeyler söylüyorum şimdi"))
    assert reply.startswith(f"Sakal…\n\n{cut_off('tr')}")


def test_an_answer_cut_for_its_length_ends_decently(run: Run) -> None:
    talk, reply = talk_with(run, ["It goes on and", Ending("length")])
    assert reply.startswith("It goes on and…\n\n")
    assert talk.raw["fallback"] is None


def test_a_server_that_never_ends_its_answer_is_stopped(run: Run) -> None:
    talk, reply = talk_with(run, ["Beards grow there, "] * 10_000, limits=Limits(tokens=20))
    assert reply.startswith("Beards grow there, Beards")
    assert 400 < reply.index("…") < 450
    assert talk.model.left == 1
    assert talk.raw["fallback"] is None


def test_a_tool_was_used_and_then_the_model_is_gone(run: Run) -> None:
    search = ToolCall("1", "search_knowledge", '{"query": "beard"}')
    talk = FreeTalk([[search], [ModelUnavailable("server")]])
    reply = run(talk.all("Hello", LATER))
    assert reply.startswith(PLAIN)
    assert [tool.name for tool in talk.seen_of(Tool)] == ["search_knowledge"]


def test_all_steps_together_have_a_limit(run: Run) -> None:
    talk, reply = talk_with(run, ["Never."], limits=Limits(seconds=0.0))
    assert reply.startswith(PLAIN)
    assert talk.raw["fallback"] == "deadline"
    assert talk.model.requests == []


def test_leaving_closes_the_models_stream(run: Run) -> None:
    """As when the person takes the message back."""
    wait = Until()
    talk = FreeTalk([["A beard", wait, " needs"]])

    async def it() -> None:
        await talk.say("Hello")
        heard: list[str] = []

        async def listen() -> None:
            async with aclosing(talk.assistant.answer(talk.context(LATER))) as events:
                heard.extend([event.text async for event in events if isinstance(event, Token)])

        task = asyncio.create_task(listen())
        await wait.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(it())
    assert talk.model.left == 1


def test_a_history_that_cannot_be_read_is_done_without(run: Run) -> None:
    talk = FreeTalk([["Well."]])
    talk.history.away = True
    assert run(talk.all("Hello", LATER)).startswith("Well.")
    assert len(talk.model.requests[0].messages) == 2


URGENT = ToolCall("u", "raise_urgency", '{"level": "emergency_ambulance", "kind": "cardiac"}')
SEARCH = ToolCall("s", "search_knowledge", '{"query": "beard"}')
WRONG = ToolCall("w", "search_knowledge", "{}")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([ToolCall("h", "hand_off", "{}"), URGENT], id="after what ends the answer"),
        pytest.param([WRONG, WRONG, URGENT], id="after wrong arguments"),
        pytest.param([SEARCH] * MOST_CALLS + [URGENT], id="after too many calls"),
        pytest.param([URGENT, ModelUnavailable("interrupted")], id="before the connection breaks"),
        pytest.param(["So", URGENT, Ending("content_filter")], id="before the filter stops it"),
    ],
)
def test_an_emergency_that_the_model_calls_is_one_whatever_else_it_does(run: Run, script: Script) -> None:
    talk, reply = talk_with(run, script)
    [emergency] = talk.seen_of(Emergency)
    assert (emergency.level, emergency.kind) == ("emergency_ambulance", "cardiac")
    assert reply.endswith(emergency.message)
    assert talk.of(RaiseAlert) == [RaiseAlert("cardiac", "emergency_ambulance", "GB")]
