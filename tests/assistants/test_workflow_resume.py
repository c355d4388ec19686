"""After an emergency: the health assistant goes on with the person's word, and its advice stands."""

import asyncio
from typing import Any

import msgspec
import pytest

from careline.safety.triage import load_triage
from tests.assistants.workflow_talk import HealthTalk


def emergency_by_answer(text: str, yes: str, **talk: Any) -> HealthTalk:
    """A talk in which an answer to triage called for help."""
    found = HealthTalk(**talk)
    asyncio.run(found.all(text, yes))
    assert found.emergency is not None
    assert found.outcome.interrupted
    return found


def alarmed(text: str, locale: str = "en-GB") -> HealthTalk:
    """A talk whose first message the gate has answered, as the engine leaves it."""
    found = HealthTalk(locale)
    episode = msgspec.to_builtins(load_triage().assess(text).episode)
    found.conversation = msgspec.structs.replace(
        found.conversation, interrupted=True, safety=episode, language=locale.split("-", maxsplit=1)[0]
    )
    return found


@pytest.mark.parametrize("word", ["I'm safe now, go on", "please continue", "false alarm, I'm okay now"])
def test_the_persons_word_resumes(word: str) -> None:
    talk = emergency_by_answer("I have a headache", "yes, yes, yes")
    asyncio.run(talk.say(word))
    assert talk.emergency is None
    assert not talk.outcome.interrupted
    assert "no hurry" in talk.reply
    assert "call 999 straight away" in talk.reply


@pytest.mark.parametrize("word", ["devam edelim", "şimdi iyiyim, devam edelim"])
def test_the_persons_word_resumes_in_turkish(word: str) -> None:
    talk = emergency_by_answer("başım ağrıyor", "evet, evet, evet", locale="tr-TR")
    asyncio.run(talk.say(word))
    assert talk.emergency is None
    assert not talk.outcome.interrupted
    assert "acelesi yok" in talk.reply
    assert "112" in talk.reply


@pytest.mark.parametrize("text", ["what is a migraine?", "hmm", "can I take ibuprofen?", "hello"])
def test_without_it_nothing_goes_on(text: str) -> None:
    talk = emergency_by_answer("I have a headache", "yes, yes, yes")
    asyncio.run(talk.say(text))
    assert talk.outcome.interrupted
    assert "write: go on" in talk.reply
    assert talk.reply.count("999") == 1


def test_a_yes_resumes_once_that_was_asked() -> None:
    talk = emergency_by_answer("I have a headache", "yes, yes, yes")
    asyncio.run(talk.say("yes"))
    assert talk.outcome.interrupted
    asyncio.run(talk.say("yes"))
    assert not talk.outcome.interrupted


def test_a_no_is_respected() -> None:
    talk = emergency_by_answer("I have a headache", "yes, yes, yes")
    asyncio.run(talk.say("no"))
    assert talk.outcome.interrupted
    assert "999" in talk.reply


def test_the_level_stands_and_help_is_not_called_again() -> None:
    talk = emergency_by_answer("I have a headache", "yes, yes, yes")
    told = talk.level
    asyncio.run(talk.all("I'm safe now, go on", "the headache is a bit better"))
    assert talk.emergency is None
    assert talk.level == told
    assert "My advice from before stands" in talk.reply
    assert not talk.outcome.interrupted


def test_a_new_complaint_after_that_is_looked_at_for_itself() -> None:
    talk = emergency_by_answer("I have a headache", "yes, yes, yes")
    asyncio.run(talk.all("I'm okay now, go on", "I have a blocked nose", "no to all", "no to all"))
    assert talk.emergency is None
    assert talk.level in ("self_care", "consultation")
    asyncio.run(talk.say("my head still hurts"))
    assert talk.level == "emergency_ambulance"


def test_after_the_gates_alarm_too() -> None:
    talk = alarmed("crushing chest pain and my left arm is numb")
    asyncio.run(talk.say("what can I do for a cold?"))
    assert talk.outcome.interrupted
    asyncio.run(talk.say("I'm safe now, go on"))
    assert not talk.outcome.interrupted
    asyncio.run(talk.say("I still have chest pain"))
    assert talk.level == "emergency_ambulance"
    assert "My advice from before stands" in talk.reply


def test_another_complaint_after_the_gates_alarm_is_looked_at_for_itself() -> None:
    talk = alarmed("crushing chest pain, and I also have a runny nose")
    asyncio.run(talk.all("I'm safe now, go on", "I have a runny nose", "no to all", "no to all"))
    assert talk.emergency is None
    assert talk.level in ("self_care", "consultation")


def test_after_the_gates_alarm_in_turkish() -> None:
    talk = alarmed("göğsüm sıkışıyor, sol kolum uyuştu", "tr-TR")
    asyncio.run(talk.say("devam edelim"))
    assert not talk.outcome.interrupted
    assert "acelesi yok" in talk.reply
