"""The health assistant with a model beside it: what stays its own, and what the model may word."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest

from careline.assistants.free import FreeAssistant, Means
from careline.assistants.free_texts import cut_off
from careline.assistants.workflow_free import FreeHealth, health_persona
from careline.domain.effects import RaiseAlert, RequestPerson
from careline.domain.errors import ModelUnavailable
from careline.domain.events import Handoff
from careline.models.scripted import Script, ScriptedModel
from careline.ports import ToolCall
from careline.safety.gate import load_gate
from tests.assistants.workflow_talk import HealthTalk, shipped

Run = Callable[[Any], Any]
HEADACHE = ("I have a mild headache since yesterday", "no", "no", "no", "no", "no")


class FreeHealthTalk(HealthTalk):
    def __init__(self, script: Iterable[Script], **more: Any) -> None:
        super().__init__(**more)
        self.model = ScriptedModel(script)
        means = Means(alarm=load_gate().raised, retriever=shipped().retriever)
        persona = health_persona(shipped().ear.pack)
        self.assistant = FreeAssistant(FreeHealth(shipped()), self.model, persona, means)

    @property
    def free(self) -> dict[str, Any]:
        return next((one["free"] for one in self.outcome.raw if "free" in one), {})


async def advised(talk: HealthTalk) -> str:
    """Until the questions are answered and the advice is given."""
    reply = await talk.say(HEADACHE[0])
    for answer in HEADACHE[1:]:
        if "treatment" in talk.raw["agents_completed"]:
            break
        reply = await talk.say(answer)
    assert "treatment" in talk.raw["agents_completed"]
    return reply


def test_the_questions_of_triage_are_its_own(run: Run) -> None:
    talk, alone = FreeHealthTalk([]), HealthTalk()
    for said in HEADACHE[:2]:
        assert run(talk.say(said)) == run(alone.say(said))
        assert talk.statuses == alone.statuses
    assert talk.model.requests == []


def test_the_model_words_what_is_behind_it_and_nothing_else(run: Run) -> None:
    talk, alone = FreeHealthTalk([["Headaches often come from tension [1]", "."]]), HealthTalk()
    told, own = run(advised(talk)), run(advised(alone))
    level, care = own.split("\n\n")[0], own.split("\n\n")[-1]
    assert told.startswith(level)
    assert "\n\nHeadaches often come from tension [" in told
    assert care.split("[")[0] in told
    assert talk.level == alone.level
    assert talk.statuses == alone.statuses
    [request] = talk.model.requests
    assert request.messages[0].content.startswith("You are a health assistant.\n")
    assert "Complaint: a headache\n" in request.messages[0].content
    assert "(causes)" in request.messages[0].content
    assert "(self_care)" not in request.messages[0].content


def test_the_sources_are_numbered_through(run: Run) -> None:
    talk = FreeHealthTalk([["Often tension [1]."]])
    told = run(advised(talk))
    numbers = sorted({int(part.split("]")[0]) for part in told.split("[")[1:]})
    assert numbers == list(range(1, len(talk.citations) + 1))
    assert len({one.url for one in talk.citations}) == len(talk.citations)


def test_without_the_model_the_whole_advice_is_its_own(run: Run) -> None:
    talk, alone = FreeHealthTalk([[ModelUnavailable("quota")]]), HealthTalk()
    assert run(advised(talk)) == run(advised(alone))
    assert talk.citations == alone.citations
    assert talk.free["fallback"] == "quota"


def test_a_model_that_breaks_off_leaves_the_rest_of_the_advice(run: Run) -> None:
    talk, alone = FreeHealthTalk([["Often tens", ModelUnavailable("interrupted")]]), HealthTalk()
    told, own = run(advised(talk)), run(advised(alone))
    assert f"\n\nOften tens…\n\n{cut_off('en')}\n\n" in told
    assert own.split("\n\n")[-1].split("[")[0] in told


def test_a_question_is_answered_from_the_articles(run: Run) -> None:
    talk = FreeHealthTalk([["It often passes by itself [1]."]])
    reply = run(talk.say("What helps against a headache?"))
    assert "AI" in reply.split("\n\n")[0]
    assert "It often passes by itself [1]" in reply
    assert talk.citations
    assert "Passages that you may cite" in talk.model.requests[0].messages[0].content
    assert talk.statuses[-1] == "generating_response"


def test_a_question_without_the_model_gets_the_short_answer(run: Run) -> None:
    talk, alone = FreeHealthTalk([[ModelUnavailable("connect")]]), HealthTalk()
    said = "What helps against a headache?"
    assert run(talk.say(said)) == run(alone.say(said))
    assert talk.statuses == alone.statuses


def test_a_medicine_the_model_names_is_warned_of(run: Run) -> None:
    profile = {"current_medications": [{"name": "warfarin"}]}
    talk = FreeHealthTalk([["Some people take ibuprofen."]], profile=profile)
    reply = run(talk.say("What helps against a headache?"))
    first, rest = reply.split("Some people take ibuprofen.")
    assert "ibuprofen" not in first.lower()
    assert "ibuprofen" in rest.lower()
    assert "warfarin" in rest


def test_a_medicine_that_is_not_for_them_is_in_no_passage_the_model_searches_for(run: Run) -> None:
    query = ToolCall("s", "search_knowledge", '{"query": "ibuprofen aspirin painkiller headache"}')
    told = []
    for name in ("warfarin", "vitamin D"):
        talk = FreeHealthTalk([[query], ["Well."]], profile={"current_medications": [{"name": name}]})
        run(talk.say("What helps against a headache?"))
        told.append(next(one.content for one in talk.model.requests[-1].messages if one.role == "tool"))
    assert "or ibuprofen can help" not in told[0]
    assert "or ibuprofen can help" in told[1]


@pytest.mark.parametrize("said", ["hello", "Can I take ibuprofen?", "I have asthma"])
def test_talk_medicines_and_facts_are_its_own(run: Run, said: str) -> None:
    talk, alone = FreeHealthTalk([]), HealthTalk()
    assert run(talk.say(said)) == run(alone.say(said))


def test_what_the_model_raises_the_urgency_to_stays(run: Run) -> None:
    """It is said in the assistant's own words, and later advice is no milder."""
    raising = ToolCall("1", "raise_urgency", '{"level": "consultation_24"}')
    talk = FreeHealthTalk([[raising], ["Often tension [1]."], ["Well."]])
    talk.conversation = msgspec.structs.replace(talk.conversation, safety={"level": "consultation_24"})
    reply = run(advised(talk))
    level, raised, causes, *_ = reply.split("\n\n")
    assert "look after this yourself" in level
    assert "seen by a doctor within a day" in raised
    assert causes.startswith("Often tension")
    assert talk.level == "consultation_24"
    run(talk.say("the headache again"))
    assert talk.level == "consultation_24"


def test_an_urgency_that_was_told_is_not_told_again(run: Run) -> None:
    raising = ToolCall("1", "raise_urgency", '{"level": "consultation"}')
    talk = FreeHealthTalk([[raising], ["Often tension [1]."], [raising], ["Well."]])
    assert run(advised(talk)).count("To be on the safe side") == 1
    assert run(talk.say("What helps against a headache?")).startswith("Well.")


def test_after_the_models_emergency_the_course_of_illness_is_one(run: Run) -> None:
    urgent = ToolCall("1", "raise_urgency", '{"level": "emergency"}')
    talk = FreeHealthTalk([[urgent]])
    run(talk.all(*HEADACHE[:3]))
    assert talk.emergency is not None
    run(talk.say("I'm fine now, thanks"))
    assert not talk.outcome.interrupted
    reply = run(talk.say("the headache is back"))
    assert "My advice from before stands" in reply


@pytest.mark.parametrize("words", ["", "I understand. "])
def test_the_model_can_ask_for_a_person(run: Run, words: str) -> None:
    talk = FreeHealthTalk([[*([words] if words else []), ToolCall("1", "hand_off", "{}")]])
    reply = run(talk.say("What helps against a headache, and could Doctor Who look at it?"))
    first, *said = reply.split("\n\n")
    assert "AI" in first
    assert said[0].startswith(words.strip())
    assert said[-1].startswith("I've passed on that you would like to talk to a person.")
    assert talk.of(Handoff) == [Handoff("asked")]
    assert talk.outcome.effects == (RequestPerson("asked"),)
    assert "hand_off" in talk.model.requests[0].messages[0].content


def test_the_model_can_call_an_emergency_here_too(run: Run) -> None:
    urgent = ToolCall("1", "raise_urgency", '{"level": "emergency", "kind": "general"}')
    talk = FreeHealthTalk([[urgent]])
    reply = run(talk.say("What helps against a headache?"))
    assert talk.emergency is not None
    assert talk.emergency.number == "999"
    assert reply == talk.emergency.message
    assert [one for one in talk.outcome.effects if isinstance(one, RaiseAlert)] == [
        RaiseAlert("general", "emergency", "GB")
    ]
    assert talk.outcome.interrupted
