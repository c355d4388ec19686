"""What a model is told of a long conversation stays as short as of a young one."""

import asyncio
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from careline.assistants.free_history import LONGEST_SUMMARY, PAUSE, RECENT, tokens
from careline.domain.errors import ModelUnavailable
from careline.language import load_languages
from careline.models.redacting import names_in
from careline.models.scripted import Script, Until
from careline.ports import ModelRequest
from tests.assistants.free_conversation import LATER, FreeTalk

Run = Callable[[Any], Any]
LONG = "Beards grow slowly there. " * 20
NOTE = "They asked about beards on the moon. "


def chatty(request: ModelRequest) -> Script:
    return NOTE * 100 if request.purpose == "summary" else f"Beards grow slowly there. {'Really. ' * 40}"


def without_summary(request: ModelRequest) -> Script:
    return [ModelUnavailable("quota")] if request.purpose == "summary" else "Beards grow. " * 30


def size(request: ModelRequest) -> int:
    return sum(len(message.content) for message in request.messages)


def answers(talk: FreeTalk) -> list[ModelRequest]:
    return [request for request in talk.model.requests if request.purpose == "answer"]


@pytest.mark.parametrize("script", [chatty, without_summary])
def test_turn_1000_costs_what_turn_30_did(run: Run, script: Callable[[ModelRequest], Script]) -> None:
    talk = FreeTalk(script, knowledge=False)

    async def it() -> None:
        await talk.say("Hello")
        for n in range(1, 1001):
            await talk.say(f"{LATER} {n:04}")

    run(it())
    sizes = [size(request) for request in answers(talk)]
    assert len(sizes) == 1000
    assert max(sizes[500:]) <= max(sizes[:60]) + 10  # the name of a weekday may be longer
    assert max(talk.history.given) <= 60
    assert sum(tokens(one.content) for one in answers(talk)[-1].messages[1:-1]) <= RECENT + 100
    assert len(talk.conversation.state.get("free", {}).get("summary", "")) <= LONGEST_SUMMARY


def test_what_is_summarised_is_not_told_twice(run: Run) -> None:
    talk = FreeTalk(chatty, knowledge=False)

    async def it() -> None:
        await talk.say("Hello")
        for n in range(20):
            await talk.say(f"{LATER} {n:04}")

    run(it())
    summaries = [request for request in talk.model.requests if request.purpose == "summary"]
    assert summaries
    assert len(summaries) < 12
    last = answers(talk)[-1]
    assert NOTE.strip() in last.messages[0].content
    assert f"{LATER} 0000" not in str(last.messages)
    assert f"{LATER} 0018" in str(last.messages)
    first = summaries[0].messages[1].content
    assert "Person: Hello" in first
    assert "(none)" in first


def test_without_a_summary_the_memory_stays_as_it_was(run: Run) -> None:
    talk = FreeTalk(without_summary, knowledge=False)

    async def it() -> None:
        await talk.say("Hello")
        for n in range(12):
            await talk.say(f"{LATER} {n:04}")

    run(it())
    assert "summary" not in talk.conversation.state["free"]


def test_a_summary_in_vain_is_not_tried_again_at_once(run: Run) -> None:
    talk = FreeTalk(without_summary, knowledge=False)
    tried: list[int] = []

    async def it() -> None:
        await talk.say("Hello")
        for n in range(40):
            before = len(talk.model.requests)
            await talk.say(f"{LATER} {n:04}")
            if "summary" in [request.purpose for request in talk.model.requests[before:]]:
                tried.append(n)
                calls = [one["model_call"] for one in talk.outcome.raw if "model_call" in one]
                assert calls[-1]["fallback"] == "quota"

    run(it())
    assert len(tried) > 2
    assert all(later - earlier >= PAUSE for earlier, later in pairwise(tried))


def test_a_name_is_not_told_when_the_message_that_gave_it_is_gone(run: Run) -> None:
    """Neither by the summary nor by a later reply that has it."""

    def script(request: ModelRequest) -> Script:
        daughter = re.search(r"daughter (\[NAME_\d\])", str(request.messages))
        return f"{daughter[1]} coughs. {'Beards grow. ' * 20}" if daughter else "Beards grow. " * 20

    talk = FreeTalk(script, knowledge=False, names=names_in(load_languages()))
    summaries = []

    async def it() -> None:
        await talk.say("Hello")
        await talk.say("Strange thing, my daughter Zuzanna Quux has seen a beard on the moon")
        for n in range(25):
            await talk.say(f"{LATER} {n:04}")
            summaries.append(talk.conversation.state.get("free", {}).get("summary", ""))

    run(it())
    assert "Zuzanna Quux coughs" in talk.history.messages[3].body
    assert any(one.startswith("(name) coughs") for one in summaries)
    assert len(talk.model.requests) > 25
    assert not any("Zuzanna" in str(request.messages) for request in talk.model.requests)


async def until_a_summary(talk: FreeTalk) -> int:
    """How many answers there were when one was made."""
    await talk.say("Hello")
    while "summary" not in [request.purpose for request in talk.model.requests]:
        await talk.say(LATER)
    return len(answers(talk))


def test_the_summary_is_made_beside_the_answer(run: Run) -> None:
    """The answer's last word waits until it was asked for."""
    at = run(until_a_summary(FreeTalk(lambda request: [LONG, "."], knowledge=False)))
    asked_for = asyncio.Event()

    def script(request: ModelRequest) -> Script:
        if request.purpose == "summary":
            asked_for.set()
            return NOTE
        return [LONG, Until(asked_for) if len(answers(talk)) == at else "", "."]

    talk = FreeTalk(script, knowledge=False)
    assert run(until_a_summary(talk)) == at
    assert talk.outcome.state["free"]["summary"] == NOTE.strip()
    calls = [one["model_call"]["purpose"] for one in talk.outcome.raw if "model_call" in one]
    assert calls == ["answer", "summary"]
    assert talk.outcome.usage["calls"] == 2


def test_leaving_gives_the_summary_up_too(run: Run) -> None:
    held = Until()
    talk = FreeTalk(lambda request: [held] if request.purpose == "summary" else LONG, knowledge=False)

    async def it() -> None:
        saying = asyncio.create_task(until_a_summary(talk))
        await held.reached.wait()
        saying.cancel()
        await asyncio.wait([saying])
        assert talk.model.left == 1

    run(it())
