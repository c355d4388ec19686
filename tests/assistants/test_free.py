"""Free conversation beside Anna's flows: who answers what, and what a model can and cannot do."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from careline.assistants.free_talk import MOST_CALLS
from careline.domain.effects import RaiseAlert, RememberProfile, RequestPerson
from careline.domain.errors import ModelUnavailable
from careline.domain.events import Handoff
from careline.models.scripted import Script
from careline.ports import ToolCall
from tests.assistants.conversation import ENGLISH
from tests.assistants.free_conversation import LATER, Citation, Emergency, FreeTalk, Token, Tool

Run = Callable[[Any], Any]
CONSENT = "Is it okay for me to collect your personal information for this purpose?"


def call(name: str, /, **arguments: Any) -> ToolCall:
    return ToolCall(f"call_{name}", name, msgspec.json.encode(arguments).decode())


def after_hello(run: Run, *script: Script, says: str = LATER) -> tuple[FreeTalk, str]:
    """A conversation that has begun, and the reply to something no flow understands."""
    talk = FreeTalk(script)
    return talk, run(talk.all("Hello", says))


def test_what_a_flow_understands_is_answered_by_it_alone(run: Run) -> None:
    talk = FreeTalk([])
    reply = run(talk.all(*ENGLISH, "1", "yes"))
    assert "booked" in reply.lower()
    assert talk.model.requests == []
    assert not any("free" in one or "model_call" in one for one in talk.outcome.raw)


def test_the_model_answers_the_rest_and_the_open_question_is_asked_again(run: Run) -> None:
    talk, reply = after_hello(run, ["A beard", " needs", " some weeks."])
    assert reply.startswith("A beard needs some weeks.\n\n")
    assert reply.endswith(CONSENT)
    assert [token.text for token in talk.seen_of(Token)][:3] == ["A beard", " needs", " some weeks."]
    assert talk.raw["fallback"] is None
    assert talk.outcome.usage["calls"] == 1
    assert "Nice to meet you" in run(talk.all("yes", "My name is John Doe"))


def test_a_reply_cites_passages_by_their_place_in_the_reply(run: Run) -> None:
    talk, reply = after_hello(
        run, ["Rest helps [", "2]. Or not [1", ", 77]. Never [88]."], says="purple headache foo bar"
    )
    urls = [citation.url for citation in talk.seen_of(Citation)]
    assert reply.startswith("Rest helps [1]")
    assert "77" not in reply
    assert "Never." in reply
    assert len(urls) == len(set(urls)) >= 2
    kinds = [type(event) for event in talk.seen]
    assert kinds.index(Citation) < next(n for n, e in enumerate(talk.seen) if isinstance(e, Token) and "[1]" in e.text)
    assert talk.raw["articles"]
    listed = reply.split("\n\n")[1].splitlines()
    assert listed[0] == "Sources:"
    assert [line.rsplit(": ", 1)[1] for line in listed[1:]] == urls
    assert listed[1].startswith("[1] ")


def test_times_are_looked_up_and_nothing_is_held(run: Run) -> None:
    talk, reply = after_hello(
        run, [call("find_slots", start="2026-11-24", days=3, part="morning")], ["There are some times."]
    )
    assert reply.startswith("There are some times.")
    assert talk.seen_of(Tool) == [Tool("find_slots", "found")]
    [answer] = [one for one in talk.model.requests[1].messages if one.role == "tool"]
    assert "Free times:\n- " in answer.content
    assert "Europe" in answer.content or "GMT" in answer.content
    assert "hold" not in talk.slots


def test_a_dialogue_is_begun_and_goes_on_by_its_own_rules(run: Run) -> None:
    talk = FreeTalk([["Gladly. ", call("start_flow", flow="show_bookings")]])
    reply = run(talk.all("Hello", LATER))
    assert reply.startswith(("Gladly.\n\n", "Gladly. \n\n"))
    assert "can't find an upcoming consultation" in reply
    assert len(talk.model.requests) == 1
    assert CONSENT in reply


def test_a_dialogue_that_does_not_exist_is_not_begun(run: Run) -> None:
    talk, reply = after_hello(run, [call("start_flow", flow="confirm_everything")], ["I cannot do that."])
    assert reply.startswith("I cannot do that.")
    assert talk.seen_of(Tool) == [Tool("start_flow", "invalid")]


def test_a_person_is_asked_for_in_the_packs_own_words(run: Run) -> None:
    talk, reply = after_hello(run, [call("hand_off")])
    assert "asked a colleague to take over" in reply
    assert talk.seen_of(Handoff) == [Handoff("asked")]
    assert talk.of(RequestPerson) == [RequestPerson("asked")]


def test_the_model_can_call_an_emergency(run: Run) -> None:
    talk, reply = after_hello(
        run, [call("raise_urgency", level="emergency_ambulance", kind="cardiac", reason="x", more=1)], ["Never said."]
    )
    [emergency] = talk.seen_of(Emergency)
    assert (emergency.level, emergency.kind, emergency.number, emergency.country) == (
        "emergency_ambulance",
        "cardiac",
        "999",
        "GB",
    )
    assert reply == emergency.message
    assert "999" in reply
    assert talk.of(RaiseAlert) == [RaiseAlert("cardiac", "emergency_ambulance", "GB")]
    assert RequestPerson("emergency") in talk.effects
    assert talk.outcome.interrupted
    assert len(talk.model.requests) == 1
    assert talk.outcome.state["free"]["level"] == "emergency_ambulance"


def test_a_raised_urgency_is_never_lowered(run: Run) -> None:
    talk, reply = after_hello(
        run,
        [call("raise_urgency", level="consultation_24", kind="general", reason="fever")],
        ["See a doctor today."],
        [call("raise_urgency", level="consultation", kind="general", reason="fever")],
        ["All well."],
        ["Still here."],
    )
    soon = "To be on the safe side, please have this seen by a doctor within a day, even if you feel no worse."
    assert reply.startswith(f"{soon}\n\nSee a doctor today.")
    assert run(talk.say(LATER)).startswith("All well.")
    run(talk.say(LATER))
    assert talk.outcome.state["free"]["level"] == "consultation_24"
    assert "Urgency found so far: consultation_24." in talk.model.requests[-1].messages[0].content


def test_a_raised_urgency_is_told_whatever_the_model_goes_on_to_do(run: Run) -> None:
    raising = call("raise_urgency", level="consultation")
    talk, reply = after_hello(run, [raising], [ModelUnavailable("interrupted")])
    assert reply.startswith("To be on the safe side, please have a doctor look at this in the next days.\n\n")
    assert talk.raw["fallback"] == "interrupted"
    assert talk.outcome.state["free"]["level"] == "consultation"


def test_not_more_than_some_calls_of_one_step_are_heeded(run: Run) -> None:
    many: Script = [call("search_knowledge", query=f"beard {n}") for n in range(50)]
    talk, reply = after_hello(run, many, ["Enough."])
    assert reply.startswith("Enough.")
    assert len(talk.seen_of(Tool)) == MOST_CALLS
    assert len(talk.model.requests[-1].messages[-MOST_CALLS - 1].tool_calls) == MOST_CALLS


def test_what_a_person_says_of_their_health_is_noted_in_their_words(run: Run) -> None:
    said = "Strange thing, penicillin gives me hives you know"
    fact = call("remember_profile_fact", topic="allergy", name="Penicillin", quote="penicillin gives me hives")
    talk, _ = after_hello(run, [fact], ["I have noted that."], ["Yes."], says=said)
    assert talk.seen_of(Tool) == [Tool("remember_profile_fact", "noted")]
    assert talk.outcome.state["free"]["facts"] == ["Allergy: Penicillin"]
    assert talk.of(RememberProfile) == []  # nobody knows who this is
    run(talk.say(LATER))
    assert "- Allergy: Penicillin" in talk.model.requests[-1].messages[0].content


@pytest.mark.parametrize(
    ("said", "name", "quote", "outcome"),
    [
        ("Strange thing, my beard itches", "penicillin", "I am allergic to penicillin", "invalid"),
        ("Strange thing, my beard itches", "penicillin", "my beard itches", "invalid"),
        ("Strange thing, I never had asthma in my beard", "asthma", "I never had asthma", "refused"),
        ("Strange thing, I never had asthma in my beard", "asthma", "had asthma", "refused"),
    ],
)
def test_what_they_did_not_say_is_not_noted(run: Run, said: str, name: str, quote: str, outcome: str) -> None:
    fact = call("remember_profile_fact", topic="condition", name=name, quote=quote)
    talk, _ = after_hello(run, [fact], ["Well."], says=said)
    assert talk.seen_of(Tool) == [Tool("remember_profile_fact", outcome)]
    assert "facts" not in talk.outcome.state.get("free", {})


def test_an_account_keeps_what_was_said_of_its_health(run: Run) -> None:
    fact = call("remember_profile_fact", topic="condition", name="asthma", quote="asthma in my beard")
    talk = FreeTalk([[fact], ["Noted."]])
    talk.person = msgspec.structs.replace(talk.person, address="user_7")
    run(talk.all("Hello", "Strange thing, I have asthma in my beard"))
    [remembered] = talk.of(RememberProfile)
    assert [(one.topic, one.name, one.origin) for one in remembered.facts] == [("condition", "asthma", "said")]


def test_wrong_arguments_go_back_once(run: Run) -> None:
    talk, reply = after_hello(run, [call("find_slots", start="soon")], [call("find_slots", start=3)], ["Never said."])
    assert "didn't quite understand" in reply
    assert talk.raw["fallback"] == "bad_tool_arguments"
    [answer] = [one for one in talk.model.requests[1].messages if one.role == "tool"]
    assert answer.content.startswith("The arguments are not right")


NESTED = '{"level":"emergency","more":' + "[" * 100_000 + "]" * 100_000 + "}"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(call("find_slots", start="9999-12-31", days=31), id="after the last day there is"),
        pytest.param(ToolCall("call_1", "raise_urgency", NESTED), id="nested without end"),
    ],
)
def test_arguments_beyond_what_can_be_reckoned_are_wrong_ones(run: Run, wrong: ToolCall) -> None:
    talk, reply = after_hello(run, [wrong], ["Sorry."])
    assert reply.startswith("Sorry.")
    assert talk.seen_of(Tool) == [Tool(wrong.name, "invalid")]


def test_an_unknown_tool_is_an_error_for_the_model(run: Run) -> None:
    talk, reply = after_hello(run, [call("confirm_booking", slot=1)], ["Sorry."])
    assert reply.startswith("Sorry.")
    assert talk.seen_of(Tool) == [Tool("confirm_booking", "invalid")]


def test_the_number_of_steps_is_bounded(run: Run) -> None:
    again: Script = [call("search_knowledge", query="beard moon")]
    talk, reply = after_hello(run, again, again, again, [call("search_knowledge", query="beard"), "Enough."])
    assert reply.startswith("Enough.")
    assert len(talk.model.requests) == 4
    assert talk.model.requests[-1].tools == ()
    assert talk.model.requests[0].tools


def test_the_first_prompt_says_the_rules_and_what_is_known_but_not_who_it_is(run: Run) -> None:
    talk = FreeTalk([["Well."]])
    run(talk.all(*ENGLISH[:4], LATER))
    [system, *shown, asked] = talk.model.requests[0].messages
    assert "Never name a dose" in system.content
    assert "You are Anna, AI consultation assistant of Istanbul Medic." in system.content
    assert "Interested in: hair transplant" in system.content
    assert "John" not in system.content
    assert asked.content == LATER
    assert talk.model.requests[0].private == ("John Doe",)
    assert [one.role for one in shown] == ["user", "assistant"] * 4


def test_a_first_message_that_is_a_question_is_answered_after_a_greeting(run: Run) -> None:
    talk = FreeTalk([["It often is."], ["Well."]])
    reply = run(talk.say("My scalp itches after the transplant, is that normal?"))
    assert reply == "Hello! I'm Anna, the AI consultation assistant at Istanbul Medic.\n\nIt often is."
    assert run(talk.say("what do you think about football?")) == "Well."
