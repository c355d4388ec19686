"""An agent of somebody's own: it answers, what it yields is checked, and the flows are there when it cannot."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest

from careline.agent import (
    AgentEvent,
    Attachment,
    BeginFlow,
    Citation,
    Emergency,
    Handoff,
    ModelUnavailable,
    Outcome,
    RaiseAlert,
    RememberPerson,
    RequestPerson,
    Status,
    Token,
    Tool,
    TurnContext,
)
from careline.assistants.own import OwnAssistant
from careline.assistants.own_events import LARGEST_STATE, added
from careline.dialogue import disclosure
from careline.domain.effects import RecordConsent
from tests.assistants.conversation import Talk, flow_assistant, memory_scheduling
from tests.assistants.own_conversation import QUICK, OwnTalk, on_a_loop, says

SORRY = "I cannot finish this answer"
AMBULANCE = Emergency("emergency_ambulance", "cardiac", "112", "TR", "Call 112 now.")


async def counting(context: TurnContext) -> AsyncGenerator[AgentEvent, None]:
    count = context.conversation.state.get("count", 0) + 1
    yield Token(f"Message {count}.")
    yield Outcome({"count": count})


async def plain() -> str:
    """What Anna's flows say to the same first message."""
    return await Talk(flow_assistant(memory_scheduling())).say("Hello")


@on_a_loop
async def test_it_answers_with_a_state_of_its_own() -> None:
    talk = OwnTalk(counting)
    assert await talk.say("Hello") == f"{disclosure.sentence('en')}\n\nMessage 1."
    assert await talk.say("And again") == "Message 2."
    assert talk.agent.asked[1].conversation.state == {"count": 1}
    assert "fallback" not in talk.own
    assert talk.assistant.version == "istanbul_medic 1, test 1"


@on_a_loop
async def test_a_rerun_of_a_turn_gets_the_same_context_and_says_the_same() -> None:
    talk = OwnTalk(counting)
    await talk.say("Hello")
    first, second = await talk.events("Again"), await talk.events("Again")
    assert first == second
    assert talk.agent.asked[-1] == talk.agent.asked[-2]


@on_a_loop
async def test_everything_it_shows_goes_out_in_order() -> None:
    shown = [Status("looking"), Tool("lookup", "found"), Citation("NHS", "Colds"), Token("Rest.")]
    talk = OwnTalk(says(*shown, Outcome({})))
    await talk.say("I have a cold")
    assert [type(event) for event in talk.seen[:-1]] == [Status, Tool, Citation, Token]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (says(RuntimeError("boom")), "RuntimeError"),
        (says(ModelUnavailable("first_token_timeout")), "first_token_timeout"),
        (says(Outcome({})), "empty"),
        (says(), "empty"),
        (says("Hello"), "bad_event"),
        (says(Token(5)), "bad_event"),  # type: ignore[arg-type]
        (says(Tool("lookup", "found", {"at": object()})), "bad_event"),
        (says(Outcome({"me": object()})), "bad_event"),
        (says(Token("half \ud83d")), "bad_event"),
        (says(Outcome({"me": "half \ud83d"})), "bad_event"),
        (says(BeginFlow("rob_a_bank")), "no_such_flow"),
        (says(Emergency("self_care", "general", "1", None, "x")), "bad_emergency"),
    ],
)
@on_a_loop
async def test_what_fails_before_its_first_word_the_flows_answer_whole(answer: Any, reason: str) -> None:
    talk = OwnTalk(answer)
    assert await talk.say("Hello") == await plain()
    assert talk.own["fallback"] == reason
    assert talk.agent.closed == 1


@on_a_loop
async def test_an_agent_that_is_none_is_answered_for() -> None:
    talk = OwnTalk(counting)
    talk.agent.answer = lambda context: None  # type: ignore[method-assign, assignment, return-value]
    assert await talk.say("Hello") == await plain()


@on_a_loop
async def test_silence_is_given_up_and_the_agent_closed() -> None:
    async def silent(context: TurnContext) -> AsyncGenerator[AgentEvent, None]:
        await asyncio.Event().wait()
        yield Token("never")

    talk = OwnTalk(silent, QUICK)
    assert await talk.say("Hello") == await plain()
    assert (talk.own["fallback"], talk.agent.closed) == ("too_slow", 1)


@on_a_loop
async def test_a_whole_turn_has_an_end() -> None:
    async def endless(context: TurnContext) -> AsyncGenerator[AgentEvent, None]:
        while True:
            await asyncio.sleep(0.01)
            yield Token("on ")

    talk = OwnTalk(endless, QUICK)
    assert SORRY in await talk.say("Hello")
    assert talk.own["fallback"] == "too_slow"


@on_a_loop
async def test_an_agent_that_never_waits_lets_the_others_in_and_has_an_end_too() -> None:
    turns = 0

    async def hasty(context: TurnContext) -> AsyncGenerator[AgentEvent, None]:
        for _ in range(3_000_000):
            yield Token("on ")

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    talk = OwnTalk(hasty, QUICK)
    assert SORRY in await talk.say("Hello")
    assert talk.own["fallback"] == "too_slow"
    assert turns > 100
    beside.cancel()


@on_a_loop
async def test_what_breaks_off_is_closed_politely() -> None:
    talk = OwnTalk(says(Token("Half a"), RuntimeError("boom")))
    reply = await talk.say("Hello")
    assert "Half a" in reply
    assert SORRY in reply
    assert talk.own["fallback"] == "RuntimeError"


@on_a_loop
async def test_no_outcome_after_words_keeps_the_state_there_was() -> None:
    talk = OwnTalk(counting)
    await talk.say("Hello")
    talk.agent._answer = says(Token("Words."))
    assert await talk.say("Again") == "Words."
    assert talk.own["no_outcome"]
    assert talk.conversation.state["agent"] == {"count": 1}


@on_a_loop
async def test_it_begins_a_flow_which_then_has_its_answers() -> None:
    talk = OwnTalk(says(Token("Let us book. "), BeginFlow("book_consultation"), Outcome({"begun": True})))
    reply = await talk.say("I have a question")
    assert "Let us book." in reply
    assert "Is it okay" in reply
    assert talk.conversation.state["agent"] == {"begun": True}
    assert "name" in (await talk.say("Yes")).lower()
    assert talk.own["left_to_flow"]
    assert len(talk.agent.asked) == 1
    assert talk.conversation.state["agent"] == {"begun": True}
    assert talk.slots["consent"] is True


@on_a_loop
async def test_within_a_flow_it_has_what_the_flow_cannot_handle_and_the_question_comes_again() -> None:
    talk = OwnTalk(says(BeginFlow("book_consultation")))
    await talk.say("Hello")
    talk.agent._answer = says(Token("About the moon."), Outcome({}))
    reply = await talk.say("How long does a beard take to grow on the moon, do you think")
    assert reply.startswith("About the moon.\n\n")
    assert reply.rstrip().endswith("?")


@on_a_loop
async def test_it_hands_over_to_a_person() -> None:
    talk = OwnTalk(says(Handoff("asked")))
    await talk.say("Hello")
    assert any(isinstance(event, Handoff) for event in talk.seen)
    assert talk.of(RequestPerson)


@on_a_loop
async def test_it_can_raise_an_emergency_and_staff_are_told() -> None:
    talk = OwnTalk(says(Token("Oh. "), AMBULANCE, Token("never shown")))
    reply = await talk.say("Something vague")
    assert reply.endswith("Call 112 now.")
    assert "never shown" not in reply
    assert talk.of(RaiseAlert) == [RaiseAlert("cardiac", "emergency_ambulance", "TR")]
    assert talk.conversation.interrupted
    asked = len(talk.agent.asked)
    await talk.say("Yes, I am safe now")
    assert len(talk.agent.asked) == asked, "the flows ask whether all is well before anything goes on"


@on_a_loop
async def test_nobody_consents_by_agent_and_nobody_is_remembered_without() -> None:
    consent = RecordConsent("booking", True, "ok?", "1", "en")
    effects = (consent, RememberPerson("John"), RequestPerson("asked"))
    talk = OwnTalk(says(Token("Done."), Outcome({}, effects=effects)))
    await talk.say("Hello")
    assert talk.effects == [RequestPerson("asked")]
    assert talk.own["effects_refused"] == ["RecordConsent", "RememberPerson"]


@on_a_loop
async def test_what_it_keeps_is_bounded() -> None:
    raw = tuple({"part": "x" * 30_000} for _ in range(5))
    talk = OwnTalk(says(Token("Done."), Outcome({"all": "x" * LARGEST_STATE}, raw=raw)))
    await talk.say("Hello")
    assert "agent" not in talk.conversation.state
    assert talk.own["state_dropped"]
    assert talk.own["raw_left_out"] == 3


@on_a_loop
async def test_cancelling_the_turn_closes_the_agent() -> None:
    reached = asyncio.Event()

    async def waiting(context: TurnContext) -> AsyncGenerator[AgentEvent, None]:
        yield Token("First. ")
        reached.set()
        await asyncio.Event().wait()

    talk = OwnTalk(waiting)
    turn = asyncio.create_task(talk.events("Hello"))
    await reached.wait()
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    assert talk.agent.closed == 1


@on_a_loop
async def test_the_language_of_the_talk_is_its_too() -> None:
    talk = OwnTalk(says(Token("Merhaba."), Outcome({})), locale="tr")
    assert (await talk.say("Merhaba")).startswith(disclosure.sentence("tr"))
    assert talk.agent.asked[0].conversation.language == "tr"
    assert talk.outcome.language == "tr"


@on_a_loop
async def test_what_it_noted_explains_a_turn_that_the_flows_answered() -> None:
    async def noting(context: TurnContext) -> AsyncGenerator[AgentEvent, None]:
        context.notes.append({"step": "looked up"})
        context.notes.append({"model_call": {"usage": {"prompt_tokens": 40, "completion_tokens": 5, "more": "x"}}})
        raise RuntimeError
        yield Token("never")

    talk = OwnTalk(noting)
    await talk.say("Hello")
    assert {"step": "looked up"} in talk.outcome.raw
    assert talk.outcome.usage == {"calls": 1, "prompt_tokens": 40, "completion_tokens": 5, "cached_tokens": 0}


@on_a_loop
async def test_who_wants_a_person_or_asks_who_speaks_is_answered_by_the_pack() -> None:
    talk = OwnTalk(says(Token("I am as human as you are."), Outcome({})))
    assert "No, I'm not a person" in await talk.say("Are you a real person?")
    assert "colleague to take over" in await talk.say("I want to talk to a human")
    assert talk.of(RequestPerson)
    assert talk.agent.asked == []


@on_a_loop
async def test_an_agent_that_can_be_closed_is_closed_and_its_trouble_stays_its_own() -> None:
    talk, closed = OwnTalk(counting), []

    async def close() -> None:
        closed.append(True)
        raise RuntimeError

    assert isinstance(talk.assistant, OwnAssistant)
    await talk.assistant.close()
    talk.agent.close = close  # type: ignore[attr-defined]
    await talk.assistant.close()
    assert closed == [True]


IMAGE = Attachment("image", "https://example.com/x.png")
RECORDING = Attachment("audio", "https://example.com/x.ogg")


@on_a_loop
async def test_a_file_nobody_looks_at_is_spoken_of_and_staff_are_asked() -> None:
    talk = OwnTalk(says(Token("Answer."), Outcome({})))
    reply = await talk.say("What is this?", [RECORDING])
    assert "Answer.\n\nThank you for the recording. I'm sorry, I couldn't listen to it" in reply
    assert talk.of(RequestPerson) == [RequestPerson("attachment")]
    assert "Thank you for the file." in await talk.say("", [IMAGE])
    assert len(talk.agent.asked) == 1, "a file alone is the pack's to answer"


@on_a_loop
async def test_an_agent_that_sees_images_has_them_alone() -> None:
    talk = OwnTalk(says(Token("A cat."), Outcome({})))
    talk.agent.sees = ("image",)  # type: ignore[attr-defined]
    reply = await talk.say("", [IMAGE])
    assert reply.endswith("A cat.")
    assert talk.agent.asked[0].message.attachments == (IMAGE,)


@on_a_loop
async def test_a_recording_that_was_listened_to_is_a_message_like_any_other() -> None:
    talk = OwnTalk(says(Token("Answer."), Outcome({})))
    heard = msgspec.structs.replace(RECORDING, transcript="What is this?")
    assert (await talk.say("What is this?", [heard])).endswith("Answer.")


@on_a_loop
async def test_somebody_who_changes_the_language_is_heard_in_it() -> None:
    talk = OwnTalk(counting)
    await talk.say("Hello")
    await talk.say("Bana kim olduğunuzu söyler misiniz, lütfen Türkçe konuşalım")
    assert [each.conversation.language for each in talk.agent.asked] == ["en", "tr"]
    assert talk.outcome.language == "tr"


def test_what_was_used_is_added() -> None:
    assert added({"calls": 1, "of": "a", "x": 2}, {"calls": 2, "of": "b"}) == {"calls": 3, "of": "b", "x": 2}
