"""ADK agents in the course of a conversation: cancelled, rerun, taken over, at once, for long."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest
from google.adk.agents import BaseAgent, LlmAgent, ParallelAgent
from google.adk.events import Event
from google.genai import types

from careline.assistants.adk import AdkAssistant, CarelineLlm
from careline.assistants.adk_events import LARGEST_EVENT, MOST_EVENTS
from careline.assistants.adk_model import BREATH
from careline.assistants.own import OwnAssistant
from careline.assistants.own_turn import Patience
from careline.domain.conversation import Attachment
from careline.domain.effects import RequestPerson
from careline.domain.errors import AttachmentUnavailable
from careline.domain.events import Token, Tool
from careline.models.redacting import RedactingModel
from careline.models.scripted import Until
from careline.ports import File, ModelRequest, Provided, ToolCall
from tests.adk.adk_conversation import HI, AdkTalk, anna
from tests.assistants.conversation import flow_assistant
from tests.assistants.own_conversation import on_a_loop

MOON = "How do people fly to the moon"
BACK = "And how do they come back from there"


def said(author: str, text: str, **more: Any) -> Event:
    return Event(author=author, content=types.Content(role="model", parts=[types.Part(text=text)]), **more)


class Says(BaseAgent):
    """An agent of somebody's own kind: yields these events."""

    events: tuple[Any, ...] = ()

    async def _run_async_impl(self, ctx: Any) -> AsyncGenerator[Event, None]:
        for event in self.events:
            yield event


def says(*events: Event, **more: Any) -> Any:
    return lambda provided: AdkAssistant(provided, Says(name="own", events=events), **more)


@on_a_loop
async def test_an_agent_that_does_not_stream_is_heard_too() -> None:
    talk = AdkTalk([], says(said("own", "First step."), said("own", "Second step.")))
    assert await talk.say(MOON) == f"{HI}First step.\n\nSecond step."


@on_a_loop
async def test_what_is_repeated_or_thought_is_not_said_again() -> None:
    thought = types.Part(text="hidden thought", thought=True)
    whole = Event(author="own", content=types.Content(role="model", parts=[thought, types.Part(text="One two three.")]))
    talk = AdkTalk([], says(said("own", "One ", partial=True), said("own", "two", partial=True), whole))
    assert await talk.say(MOON) == f"{HI}One two three."


@on_a_loop
async def test_only_the_agents_that_speak_to_the_person_are_read() -> None:
    talk = AdkTalk([], says(said("planner", "plan: one"), said("own", "Hello."), speakers=["own"]))
    assert await talk.say(MOON) == f"{HI}Hello."


@on_a_loop
async def test_agents_that_speak_at_once_are_read_one_after_the_other() -> None:
    def both(provided: Provided) -> AdkAssistant:
        llm = CarelineLlm.of(provided)
        agents = [LlmAgent(name=name, model=llm, instruction=f"You are {name}.") for name in ("sun", "rain")]
        return AdkAssistant(provided, ParallelAgent(name="both", sub_agents=agents))

    def script(request: ModelRequest) -> list[str]:
        name = "sun" if "You are sun." in request.messages[0].content else "rain"
        return [f"{name} one, ", f"{name} two, ", f"{name} three."]

    with pytest.warns(DeprecationWarning, match="ParallelAgent"):
        talk = AdkTalk(script, both)
    reply = await talk.say(MOON)
    one, two = (f"{name} one, {name} two, {name} three." for name in ("sun", "rain"))
    assert reply in (f"{HI}{one}\n\n{two}", f"{HI}{two}\n\n{one}")


@on_a_loop
async def test_cancelling_closes_the_request_of_the_model() -> None:
    waiting = Until()
    talk = AdkTalk([["Beginning", waiting]], anna)
    before = asyncio.all_tasks()
    turn = asyncio.create_task(talk.events(MOON))
    await waiting.reached.wait()
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    assert talk.model.left == 1
    assert talk.agent.sessions.open == 0
    assert asyncio.all_tasks() == before, "nothing of the run is left"


@on_a_loop
async def test_a_silent_model_is_given_up_and_its_request_closed() -> None:
    talk = AdkTalk([[Until()]], anna, patience=Patience(first=0.2))
    assert HI not in await talk.say(MOON)
    assert talk.own["fallback"] == "too_slow"
    assert talk.model.left == 1
    assert talk.agent.sessions.open == 0


@on_a_loop
async def test_a_rerun_says_the_same_and_another_process_goes_on() -> None:
    talk = AdkTalk(lambda request: [f"I know {len(request.messages)} messages."], anna)
    await talk.say(MOON)
    first = await talk.events(BACK)
    again = await talk.events(BACK)
    assert [e for e in first if isinstance(e, Token)] == [e for e in again if isinstance(e, Token)]
    other = OwnAssistant(flow_assistant(talk.scheduling), anna(talk.provided))
    elsewhere = [event async for event in other.answer(talk.context(BACK))]
    assert [e for e in elsewhere if isinstance(e, Token)] == [e for e in first if isinstance(e, Token)]


@on_a_loop
async def test_a_long_conversation_costs_no_more_than_a_short_one() -> None:
    talk = AdkTalk(lambda request: ["word " * 60], anna)
    sizes = []
    for n in range(80):
        await talk.say(f"{MOON}, question {n}")
        sizes.append(sum(len(one.content) for one in talk.model.requests[-1].messages))
    assert max(sizes[40:]) <= max(sizes[:40]) + 100
    assert len(msgspec.json.encode(talk.conversation.state)) < 2_000


@on_a_loop
async def test_turns_at_the_same_time_do_not_mix() -> None:
    def script(request: ModelRequest) -> Any:
        asked = request.messages[-1]
        if asked.role == "user":
            query = asked.content.rsplit(" ", 1)[1]
            return [ToolCall("c1", "search_knowledge", msgspec.json.encode({"query": query}).decode())]
        return [f"Found: {asked.content[:60]}"]

    talk = AdkTalk(script, anna)
    names = ["migraine", "flu", "cough", "eczema"] * 5

    async def one(n: int, name: str) -> tuple[str, list[Tool]]:
        context = talk.context(f"Tell me how moon people treat {name}")
        turn = msgspec.structs.replace(context.turn, id=f"turn-{n}")
        events = [e async for e in talk.assistant.answer(msgspec.structs.replace(context, turn=turn))]
        return "".join(e.text for e in events if isinstance(e, Token)), [e for e in events if isinstance(e, Tool)]

    for name, (text, tools) in zip(names, await asyncio.gather(*map(one, range(20), names)), strict=True):
        assert name in text.lower()
        assert tools == [Tool("search_knowledge", "found")]


@on_a_loop
async def test_who_somebody_is_does_not_reach_the_model() -> None:
    talk = AdkTalk([["Hello John Doe."]], anna, wrapped=RedactingModel)
    talk.person = msgspec.structs.replace(talk.person, name="John Doe")
    reply = await talk.say("I am John Doe, john@example.com, how do people fly to the moon")
    sent = "".join(one.content for one in talk.model.requests[-1].messages)
    assert "John" not in sent
    assert "john@example.com" not in sent
    assert "[NAME_1]" in sent
    assert reply.endswith("Hello John Doe.")


@on_a_loop
async def test_a_file_is_named_to_the_model_and_the_person_told_who_looks_at_it() -> None:
    talk = AdkTalk([["I cannot see it."]], anna)
    reply = await talk.say(MOON, [Attachment("image", "https://example.com/x.png")])
    assert talk.asked[-1] == ("user", f"{MOON}\n[The person attached: image. Staff will look at it.]")
    assert reply.startswith(f"{HI}I cannot see it.\n\nThank you for the file.")


class Reader:
    """A `careline.ports.AttachmentReader` with one picture, or none."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away

    async def read(self, attachment: Attachment) -> File:
        if self.away:
            raise AttachmentUnavailable("unreachable")
        return File("image/png", attachment.url.encode())


PICTURES = [Attachment("image", f"https://example.com/{n}.png") for n in range(5)]


@on_a_loop
async def test_a_model_that_sees_is_shown_the_pictures() -> None:
    talk = AdkTalk([["A red spot."]], anna, reader=Reader())
    reply = await talk.say("What do you see?", PICTURES[:2])
    assert reply == f"{HI}A red spot."
    shown = talk.model.requests[0].messages[-1]
    assert [one.data for one in shown.images] == [one.url.encode() for one in PICTURES[:2]]
    assert shown.content == "What do you see?"
    assert talk.effects == []


@pytest.mark.parametrize(
    ("reader", "pictures", "reason"),
    [(Reader(away=True), PICTURES[:1], "unreachable"), (Reader(), PICTURES, "too_many_images")],
)
@on_a_loop
async def test_pictures_that_cannot_be_shown_are_for_staff(
    reader: Reader, pictures: list[Attachment], reason: str
) -> None:
    talk = AdkTalk([], anna, reader=reader)
    assert "Thank you for the file." in await talk.say(MOON, pictures)
    assert talk.own["fallback"] == reason
    assert talk.of(RequestPerson) == [RequestPerson("attachment")]


@on_a_loop
async def test_raw_events_are_bounded() -> None:
    big = said("own", "big", custom_metadata={"all": "x" * LARGEST_EVENT})
    talk = AdkTalk([], says(big, *(said("own", f"{n}.") for n in range(MOST_EVENTS + 5))))
    await talk.say(MOON)
    assert talk.raw[0]["too_large"] > LARGEST_EVENT
    assert len(talk.raw) == MOST_EVENTS + 1, "and one that says how many are left out"
    assert talk.raw[-1] == {"left_out": 6}


@on_a_loop
async def test_closing_the_assistant_closes_the_agents_tools() -> None:
    talk = AdkTalk([], anna)
    await talk.assistant.close()  # type: ignore[attr-defined]


@on_a_loop
async def test_a_quick_model_lets_others_in() -> None:
    """However fast the words come, the rest of the server has its turn in between."""
    talk = AdkTalk([["word "] * 800], anna)
    rounds = 0

    async def others() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    before = rounds
    await talk.say(MOON)
    beside.cancel()
    assert rounds - before >= 800 // BREATH
