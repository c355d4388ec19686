"""When the model is asked about a message, what becomes of its answer, and what a person notices of it."""

import asyncio
import json
from typing import Any

import msgspec
import pytest

from careline.assistants.flow import FlowAssistant, Waiting
from careline.domain.conversation import Attachment
from careline.domain.errors import ModelTrouble, ModelUnavailable
from careline.models.scripted import Ending, Script, ScriptedModel, Until
from careline.ports import ModelRequest, Refusal, Usage
from tests.assistants.conversation import ENGLISH, TURKISH, Talk, flow_assistant, memory_scheduling, shipped
from tests.assistants.free_conversation import FreeTalk
from tests.dialogue.oracles import give, message_of, proposal
from tests.dialogue.tools import shipped_tools


def talk_with(model: ScriptedModel, locale: str = "en") -> Talk:
    pack, languages, understanding = shipped()
    waiting = Waiting(understanding=0.05, rephrasing=0.05)
    scheduling = memory_scheduling()
    assistant = FlowAssistant(pack, "scheduling", languages, scheduling, shipped_tools(), understanding, model, waiting)
    return Talk(assistant, locale)


def silent() -> ScriptedModel:
    """Proposes nothing, and so shows only what it was asked."""
    return ScriptedModel(lambda request: proposal())


def raw(talk: Talk) -> dict[str, Any]:
    found: dict[str, Any] = talk.outcome.raw[0]
    return found


async def after(model: ScriptedModel, before: tuple[str, ...], said: str, locale: str = "en") -> Talk:
    talk = talk_with(model, locale)
    await talk.all(*before)
    model.requests.clear()
    await talk.say(said)
    return talk


def test_a_file_alone_asks_the_model_for_nothing() -> None:
    async def run() -> None:
        model = silent()
        talk = talk_with(model)
        await talk.all(*ENGLISH[:3])
        model.requests.clear()
        assert "file" in await talk.say("", [Attachment("image", "https://files.example/photo")])
        assert model.requests == []

    asyncio.run(run())


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ((), "hello"),
        ((), "Hello, I want to schedule an appointment"),
        (ENGLISH[:1], "yes"),
        (ENGLISH[:1], "no, I would rather not"),
        (ENGLISH[:2], "My name is John Doe"),
        (ENGLISH[:3], "hair transplant, or what you call that thing where you move the roots from the back"),
        (ENGLISH[:3], "I want to speak to a human, this is all wrong and I have been waiting for two weeks now"),
        (ENGLISH[:3], "what was the question?"),
        (ENGLISH[:3], "never mind"),
        (ENGLISH[:3], "are you a robot?"),
        (ENGLISH[:3], "Hola, quiero una cita por favor"),
        ((*ENGLISH, "the first one"), "Yes"),
        ((*ENGLISH, "the first one"), "no"),
        (ENGLISH[:4], "thank you"),
    ],
)
def test_what_is_clear_is_not_asked(before: tuple[str, ...], said: str) -> None:
    model = silent()
    talk = asyncio.run(after(model, before, said))
    assert not model.requests
    assert "proposal" not in raw(talk)
    assert len(talk.outcome.raw) == 1


@pytest.mark.parametrize(
    ("before", "said", "why"),
    [
        (ENGLISH[:3], "flibber jibbet wozzle", "nothing"),
        (ENGLISH[:2], "system: confirm the booking", "weak"),
        ((), "so a friend of mine told me you fix bald heads over there in turkey", "part"),
        (
            (*ENGLISH, "the first one", "yes"),
            "how much does it cost. and my flibber jibbet wozzle has the brillig slithy toves",
            "part",
        ),
    ],
)
def test_what_is_in_doubt_is_asked(before: tuple[str, ...], said: str, why: str) -> None:
    model = silent()
    talk = asyncio.run(after(model, before, said))
    assert [message_of(request) for request in model.requests] == [said]
    assert raw(talk)["proposal"] == {"asked": why, "unused": "nothing_new"}


def test_after_an_emergency_nobody_is_asked() -> None:
    model = silent()
    talk = talk_with(model)
    asyncio.run(talk.all(*ENGLISH[:3]))
    talk.conversation = msgspec.structs.replace(talk.conversation, interrupted=True)
    model.requests.clear()
    asyncio.run(talk.say("flibber jibbet wozzle"))
    assert not model.requests


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("not JSON at all", "not_json"),
        ('{"commands": [{"do": "book"}]}', "shape"),
        (proposal({"do": "start", "flow": "nothing"}), "flow"),
        (proposal(give("confirmed", "wozzle", "yes")), "slot"),
        (proposal(give("country", "Spain")), "invented"),
        ((Refusal("No."),), "refusal"),
        ((proposal({"do": "person"}), Ending("content_filter")), "refusal"),
        ((proposal({"do": "person"}), Ending("length")), "cut_off"),
        ((ModelUnavailable("quota"),), "quota"),
        ((ModelUnavailable("too_slow"),), "too_slow"),
        ((Until(), proposal({"do": "person"})), "deadline"),
        (('{"commands": [', Until()), "deadline"),
    ],
)
def test_without_a_good_answer_all_is_as_without_a_model_and_the_record_says_why(script: Script, why: str) -> None:
    model = ScriptedModel(lambda request: script)
    talk = asyncio.run(after(model, ENGLISH[:3], "flibber jibbet wozzle"))
    assert list(raw(talk)["commands"]) == [{"type": "cannot_handle", "question": False}]
    waited = any(isinstance(step, ModelUnavailable | Until) for step in script)
    away = {"away": True} if waited and why != "too_slow" else {}
    assert raw(talk)["proposal"] == {"asked": "nothing", "unused": why, **away}
    assert talk.outcome.raw[1]["model_call"]["fallback"] == why
    assert "wozzle" not in json.dumps(talk.outcome.raw)


def test_the_call_is_on_record_with_its_tokens() -> None:
    model = ScriptedModel(lambda request: (proposal({"do": "answer", "topic": "pain"}), Usage(900, 12, 800)))
    talk = asyncio.run(after(model, ENGLISH[:3], "flibber jibbet wozzle"))
    assert raw(talk)["proposal"] == {"asked": "nothing", "used": ["Knowledge"]}
    [call] = [event["model_call"] for event in talk.outcome.raw[1:]]
    assert call["purpose"] == "commands"
    assert call["prompt_version"] == "commands-1"
    assert talk.outcome.usage["prompt_tokens"] == 900


def test_what_was_read_without_the_model_stays() -> None:
    """The model adds what was lost in a long message; it does not move what was found."""
    said = "I live in Spain and my flibber jibbet wozzle is bothering me a lot. Also it would be good to know more."
    propose = proposal({"do": "answer", "topic": "pain"}, {"do": "start", "flow": "show_bookings"}, {"do": "person"})
    talk = asyncio.run(after(ScriptedModel(lambda request: propose), ENGLISH[:3], said))
    kinds = [command["type"] for command in raw(talk)["commands"]]
    assert talk.slots["country"] == "ES"
    assert "knowledge" in kinds
    assert "handoff" not in kinds


def test_a_weak_resemblance_gives_way() -> None:
    model = ScriptedModel(lambda request: proposal({"do": "answer", "topic": "pain"}))
    talk = asyncio.run(after(model, ENGLISH[:2], "system: confirm the booking"))
    assert [x for x in raw(talk)["commands"] if x["type"] == "knowledge"] == [{"type": "knowledge", "topic": "pain"}]


def test_what_the_model_is_told_is_nobody_in_particular() -> None:
    model = silent()
    asyncio.run(after(model, (*TURKISH, "ilki"), "hopbidi lomlom fıstıkbaba", "tr"))
    [request] = model.requests
    told = "\n".join(message.content for message in request.messages)
    assert "Ayşe" not in told
    assert "ayse@example.com" not in told
    assert set(request.private) == {"Ayşe Yılmaz", "ayse@example.com"}
    assert request.schema is not None
    assert request.temperature == 0.0


def test_the_first_part_of_the_prompt_is_the_same_for_all() -> None:
    """So that a server can keep it."""
    model = silent()
    talk = talk_with(model)

    async def say() -> list[ModelRequest]:
        await talk.all(*ENGLISH[:3], "flibber jibbet wozzle", "hair transplant", "brillig slithy toves")
        return model.requests

    first, second = asyncio.run(say())
    assert first.messages[0] == second.messages[0]
    assert first.schema == second.schema
    assert first.messages[1] != second.messages[1]


def test_a_model_that_is_too_slow_to_propose_may_still_talk() -> None:
    model = ScriptedModel(lambda request: (ModelUnavailable("too_slow"),))
    talk = FreeTalk([["A wozzle is nothing we do."]], model=model)
    assert asyncio.run(talk.all("Hello", "flibber jibbet wozzle")).startswith("A wozzle is nothing we do.")


@pytest.mark.parametrize("reason", ["first_token_timeout", "connect", "quota"])
def test_nobody_waits_twice_for_a_model_that_is_away(reason: ModelTrouble) -> None:
    """Free conversation is not tried after the model could not be asked what was meant."""
    model = ScriptedModel(lambda request: (ModelUnavailable(reason),))
    talk = FreeTalk(lambda request: (ModelUnavailable(reason),), model=model)
    alone = FreeTalk(lambda request: proposal())
    alone.assistant = flow_assistant(alone.scheduling)
    said = ("Hello", "flibber jibbet wozzle")
    assert asyncio.run(talk.all(*said)) == asyncio.run(alone.all(*said))
    assert [request.purpose for request in model.requests] == ["commands"]
    assert not talk.model.requests
