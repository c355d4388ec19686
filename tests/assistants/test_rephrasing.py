"""Replies in a model's words: only those a pack allows, only whole, in time and with every fact."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from careline.assistants.flow import FlowAssistant, Waiting
from careline.dialogue.pack import ModelUse
from careline.domain.errors import ModelUnavailable
from careline.models.scripted import Ending, Script, ScriptedModel, Until
from careline.ports import ModelRequest, Refusal
from tests.assistants.conversation import ENGLISH, Talk, memory_scheduling, shipped
from tests.assistants.free_conversation import LATER, FreeTalk
from tests.dialogue.tools import shipped_tools

ALLOWED = ("ask_name", "got_name", "ask_procedure", "ask_country", "ask_contact", "anything_else", "chitchat_thanks")
LINK = re.compile(r"/bookings/\S+")
Worder = Callable[[str], str]


def assistant(
    model: ScriptedModel | None, allowed: tuple[str, ...] = ALLOWED, *, understands: bool = False
) -> FlowAssistant:
    pack, languages, understanding = shipped()
    pack = msgspec.structs.replace(pack, model=ModelUse(understanding=understands, rephrase=allowed))
    waiting = Waiting(understanding=0.05, rephrasing=0.05)
    return FlowAssistant(
        pack, "scheduling", languages, memory_scheduling(), shipped_tools(), understanding, model, waiting
    )


def texts_of(request: ModelRequest) -> list[str]:
    texts: list[str] = json.loads(request.messages[-1].content)["texts"]
    return texts


def wording(change: Worder) -> ScriptedModel:
    """A model that changes each text it is given."""
    return ScriptedModel(lambda request: json.dumps({"texts": [change(text) for text in texts_of(request)]}))


async def talked(model: ScriptedModel | None, *said: str) -> tuple[str, Talk]:
    talk = Talk(assistant(model))
    return await talk.all(*said), talk


def explained(talk: Talk) -> dict[str, Any]:
    found: dict[str, Any] = talk.outcome.raw[0]
    return found


def test_what_is_allowed_is_said_in_other_words() -> None:
    model = wording(lambda text: text.replace("Nice to meet you", "How lovely to meet you"))
    reply, talk = asyncio.run(talked(model, *ENGLISH[:3]))
    assert reply == "How lovely to meet you, John.\n\nWhich treatment are you interested in?"
    assert explained(talk)["rephrasing"] == {"rephrased": 2, "broken": {}}
    assert [next(iter(raw)) for raw in talk.outcome.raw[1:]] == ["model_call"]
    assert model.requests[-1].private == ("John Doe",)


def test_consent_booking_and_disclosure_are_never_shown_to_the_model() -> None:
    model = wording(lambda text: f"{text} Well.")
    talk = Talk(assistant(model))
    said = (*ENGLISH, "the first one", "yes", "are you a robot?", "I want a human")
    plain = Talk(assistant(None))
    for text in said:
        worded, own = (LINK.sub("", asyncio.run(each.say(text))) for each in (talk, plain))
        assert worded.replace(" Well.", "") == own
    shown = {text for request in model.requests for text in texts_of(request)}
    assert shown == {
        "Thank you. What's your name?",
        "Nice to meet you, John.",
        "Which treatment are you interested in?",
        "Which country do you live in?",
        "How can our team reach you? An e-mail address or a phone number is fine.",
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda text: f"{text} It costs 500 euros.",
        lambda text: text.replace("John", "Jim"),
        lambda text: f"{text} Dr Kaya is waiting for you.",
        lambda text: f"{text} I am a doctor.",
        lambda text: "Hangi tedaviyle ilgileniyorsunuz?",
        lambda text: "",
    ],
)
def test_words_that_change_a_fact_are_not_said(change: Worder) -> None:
    worded, talk = asyncio.run(talked(wording(change), *ENGLISH[:3]))
    plain, _ = asyncio.run(talked(None, *ENGLISH[:3]))
    assert worded == plain or "John" in worded
    assert talk.outcome.raw[0]["rephrasing"]["broken"]
    assert not any(word in worded for word in ("500", "Jim", "Kaya", "doctor", "tedavi"))


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("{}", "shape"),
        ("no JSON", "shape"),
        ('{"texts": ["only one"]}', "shape"),
        (('{"texts": ["a", "b"]}', Ending("length")), "shape"),
        ((Refusal("I will not."),), "shape"),
        ((ModelUnavailable("quota"),), "quota"),
        ((Until(),), "deadline"),
    ],
)
def test_the_packs_words_stand_when_the_model_fails(script: Script, why: str) -> None:
    worded, talk = asyncio.run(talked(ScriptedModel(lambda request: script), *ENGLISH[:3]))
    plain, _ = asyncio.run(talked(None, *ENGLISH[:3]))
    assert worded == plain
    assert explained(talk)["rephrasing"] == {"unused": why}
    assert talk.outcome.raw[1]["model_call"]["fallback"] == why


def test_nobody_waits_twice_for_a_model_that_is_away() -> None:
    model = ScriptedModel(lambda request: (ModelUnavailable("first_token_timeout"),))
    talk = Talk(assistant(model, ("not_understood",), understands=True))
    asyncio.run(talk.all(*ENGLISH[:3]))
    model.requests.clear()
    asyncio.run(talk.say("flibber jibbet wozzle"))
    assert [request.purpose for request in model.requests] == ["commands"]
    assert explained(talk)["proposal"]["unused"] == "first_token_timeout"


def test_nobody_waits_for_other_words_after_a_free_answer_that_did_not_come() -> None:
    model = wording(lambda text: f"{text} Well.")
    pack = msgspec.structs.replace(shipped()[0], model=ModelUse(free=True, rephrase=("not_understood",)))
    talk = FreeTalk([[ModelUnavailable("first_token_timeout")]], model=model, pack=pack)
    asyncio.run(talk.all("Hello", LATER))
    assert talk.raw["fallback"] == "first_token_timeout"
    assert not model.requests


def test_nothing_is_asked_where_a_pack_allows_nothing() -> None:
    model = wording(str.upper)
    talk = Talk(assistant(model, ()))
    asyncio.run(talk.all(*ENGLISH[:4]))
    assert not model.requests
    assert len(talk.outcome.raw) == 1
