"""The stack machine on a few small flows: digressions, corrections, cancelling, changed flows, no endless turn."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from careline.dialogue import commands as c
from careline.dialogue.flows import Flow, SlotKind, decode_flow
from careline.dialogue.machine import Machine
from careline.dialogue.running import MAX_DEPTH, Advance
from careline.dialogue.state import DialogueState, Result, dump_state, load_state

SLOTS = {
    "consent": SlotKind(type="yes_no"),
    "name": SlotKind(type="name", personal=True, got="got_name", corrected="corrected_name", resets=("sure",)),
    "note": SlotKind(),
    "time": SlotKind(type="time", resets=("found", "sure")),
    "found": SlotKind(type="internal"),
    "sure": SlotKind(type="yes_no"),
    "other": SlotKind(),
}
BOOK: dict[str, Any] = {
    "id": "book",
    "title": {"en": "booking"},
    "needs_consent": True,
    "on_cancel": "stopped",
    "forget": ["time", "found", "sure"],
    "steps": [
        {"collect": "consent", "ask": "ask_consent"},
        {"go": "refused", "if": {"slot": "consent", "is": False}},
        {"collect": "name", "ask": "ask_name", "again": "ask_name_again", "reprompt": "reprompt_name"},
        {"collect": "note", "ask": "ask_note", "optional": True},
        {"collect": "time", "ask": "ask_time"},
        {"id": "search", "action": "search", "if": {"slot": "found", "known": False}, "on": {"none": "nothing"}},
        {"collect": "sure", "ask": "ask_sure"},
        {"say": "done"},
        {"end": True},
        {"id": "nothing", "set": {"time": None}},
        {"id": "other_time", "go": "collect_time"},
        {"id": "refused", "say": "refused"},
        {"id": "end_refused", "end": True},
        {"id": "stopped", "say": "stopped"},
    ],
}
ASIDE = {
    "id": "aside",
    "title": {"en": "aside"},
    "steps": [{"collect": "other", "ask": "ask_other"}, {"say": "aside_done"}],
}
ROUND = {"id": "round", "title": {"en": "round"}, "steps": [{"id": "a", "go": "b"}, {"id": "b", "go": "a"}]}
CALLER = {"id": "caller", "title": {"en": "caller"}, "steps": [{"call": "aside"}, {"say": "back"}]}
LINKER = {"id": "linker", "title": {"en": "linker"}, "steps": [{"link": "aside"}, {"say": "never"}]}
BUSY = {"id": "busy", "title": {"en": "busy"}, "steps": [{"id": "x", "action": "search"}, {"id": "y", "go": "x"}]}


def flows(*raw: dict[str, Any]) -> dict[str, Flow]:
    return {f.id: f for f in map(decode_flow, raw)}


MACHINE = Machine(flows(BOOK, ASIDE, ROUND, CALLER, LINKER, BUSY), SLOTS)


def said(advance: Advance) -> list[str]:
    return [u.template for u in advance.says]


class Talk:
    """A conversation with the machine; actions find something unless told otherwise."""

    def __init__(self, machine: Machine = MACHINE) -> None:
        self.machine = machine
        self.state = DialogueState()
        self.outcomes: dict[str, Result] = {"search": Result("found", {"found": "slot"})}

    def hear(self, *commands: c.Command) -> list[str]:
        advance = self.machine.begin(self.state, commands)
        while advance.action is not None:
            advance = self.machine.proceed(advance, self.outcomes[advance.action])
        self.state = advance.state
        self.handoff = advance.handoff
        return said(advance)

    def at_name(self) -> "Talk":
        self.hear(c.StartFlow("book"), c.SetSlot("consent", True))
        return self

    def at_sure(self) -> "Talk":
        self.at_name().hear(c.SetSlot("name", "Jo"), c.SetSlot("note", "-"), c.SetSlot("time", "friday"))
        return self


def test_asks_only_for_what_is_missing() -> None:
    talk = Talk()
    assert talk.hear(c.StartFlow("book"), c.SetSlot("name", "Jo")) == ["got_name", "ask_consent"]
    assert talk.hear(c.SetSlot("consent", True)) == ["ask_note"]
    assert talk.state.collecting == "note"


def test_an_action_runs_between_questions() -> None:
    talk = Talk().at_sure()
    assert talk.state.collecting == "sure"
    assert talk.state.slots["found"] == "slot"


def test_an_outcome_picks_the_next_step() -> None:
    talk = Talk().at_name()
    talk.outcomes["search"] = Result("none")
    assert talk.hear(c.SetSlot("name", "Jo"), c.SetSlot("note", "-"), c.SetSlot("time", "friday"))[-1] == "ask_time"
    assert talk.state.slots["time"] is None


def test_a_digression_returns_to_the_question() -> None:
    talk = Talk().at_name()
    assert talk.hear(c.StartFlow("aside")) == ["ask_other"]
    assert [f.flow for f in talk.state.stack] == ["book", "aside"]
    assert talk.hear(c.SetSlot("other", "x"))[-2:] == ["aside_done", "ask_name"]
    assert talk.state.collecting == "name"


def test_knowledge_in_between_asks_again() -> None:
    talk = Talk().at_name()
    assert talk.hear(c.Knowledge("prices")) == ["knowledge", "ask_name_again"]
    assert talk.state.collecting == "name"


def test_call_comes_back_and_link_does_not() -> None:
    talk = Talk()
    talk.hear(c.StartFlow("caller"))
    assert talk.hear(c.SetSlot("other", "x")) == ["aside_done", "back"]
    talk = Talk()
    talk.hear(c.StartFlow("linker"))
    assert talk.hear(c.SetSlot("other", "x")) == ["aside_done"]


def test_a_correction_empties_what_depends_on_it_and_searches_again() -> None:
    talk = Talk().at_sure()
    talk.outcomes["search"] = Result("found", {"found": "another"})
    assert talk.hear(c.CorrectSlot("time", "monday")) == ["ask_sure"]
    assert talk.state.slots["found"] == "another"


def test_a_corrected_name_is_confirmed_and_the_question_asked_again() -> None:
    talk = Talk().at_sure()
    assert talk.hear(c.CorrectSlot("name", "Jon")) == ["corrected_name", "ask_sure"]


def test_an_emptied_slot_is_asked_for() -> None:
    talk = Talk().at_sure()
    assert talk.hear(c.CorrectSlot("time", None)) == ["ask_time"]


def test_a_slot_emptied_during_a_digression_is_asked_for_after_it() -> None:
    """Not even a digression that begins in the same message lets a question be asked whose answers are gone."""
    talk = Talk().at_sure()
    assert talk.hear(c.StartFlow("aside"), c.CorrectSlot("name", None)) == ["ask_other"]
    assert talk.hear(c.SetSlot("other", "x"), c.SetSlot("sure", True)) == ["aside_done", "ask_name"]


def test_personal_answers_are_not_kept_after_a_refusal() -> None:
    talk = Talk()
    assert talk.hear(c.StartFlow("book"), c.SetSlot("consent", False))[-1] == "refused"
    talk.hear(c.SetSlot("name", "Jo"))
    assert talk.state.slots.get("name") is None
    assert talk.hear(c.StartFlow("book"))[-1] == "ask_consent"


def test_cancel_takes_the_flows_own_way_out_and_forgets() -> None:
    talk = Talk().at_sure()
    assert talk.hear(c.CancelFlow()) == ["stopped"]
    assert talk.state.stack == []
    assert talk.state.slots["time"] is None
    assert talk.state.slots["name"] == "Jo"
    assert talk.hear(c.CancelFlow()) == ["nothing_to_cancel"]


def test_what_was_said_keeps_the_slots_that_were_forgotten_after_it() -> None:
    talk = Talk().at_sure()
    talk.hear(c.SetSlot("sure", True))
    assert talk.state.last[0].template == "done"
    assert talk.state.last[0].slots["time"] == "friday"


def test_only_optional_questions_are_skipped() -> None:
    talk = Talk().at_name()
    assert talk.hear(c.Skip()) == ["cannot_skip", "ask_name_again"]
    talk.hear(c.SetSlot("name", "Jo"))
    assert talk.hear(c.Skip()) == ["skipped", "ask_time"]


def test_repeat_says_the_same_again() -> None:
    talk = Talk().at_name()
    first = talk.hear(c.SetSlot("name", "Jo"))
    assert talk.hear(c.Repeat()) == first
    assert talk.hear(c.Repeat()) == first


def test_failing_once_asks_differently_and_twice_hands_over() -> None:
    talk = Talk().at_name()
    assert talk.hear(c.CannotHandle()) == ["not_understood", "reprompt_name"]
    assert talk.hear(c.CannotHandle()) == ["handoff_not_understood"]
    assert talk.handoff == "not_understood"
    assert talk.hear(c.SetSlot("name", "Jo"))[-1] == "ask_note"


def test_failures_count_only_in_a_row() -> None:
    talk = Talk().at_name()
    talk.hear(c.CannotHandle())
    talk.hear(c.Knowledge("prices"))
    talk.hear(c.CannotHandle())
    assert talk.handoff is None


def test_asking_for_a_person_leaves_the_question_open() -> None:
    talk = Talk().at_name()
    assert talk.hear(c.Handoff()) == ["handoff_asked"]
    assert talk.hear(c.Handoff()) == ["handoff_again"]
    assert talk.state.collecting == "name"


def test_clarify_waits_for_the_choice() -> None:
    talk = Talk().at_name()
    assert talk.hear(c.Clarify(("a", "b"), "other")) == ["clarify_other"]
    assert talk.hear(c.SetSlot("other", "a"))[-1] == "ask_name_again"
    assert talk.state.clarify is None


def test_after_an_interruption_only_the_persons_word_goes_on() -> None:
    talk = Talk().at_name()
    talk.state.paused = True
    assert talk.hear(c.SetSlot("name", "Jo"))[-1] == "resume_question"
    assert talk.hear(c.Resume()) == ["resumed", "ask_note"]
    talk.state.paused = True
    assert talk.hear(c.CancelFlow()) == ["stopped"]
    assert not talk.state.paused


def test_a_changed_flow_goes_on_where_the_step_still_is() -> None:
    talk = Talk().at_name()
    changed = {**BOOK, "title": {"en": "changed"}}
    talk.machine = Machine(flows(changed), SLOTS)
    assert talk.hear(c.SetSlot("name", "Jo")) == ["got_name", "ask_note"]
    assert talk.state.stack[0].version == talk.machine.flows["book"].version != MACHINE.flows["book"].version


def test_a_flow_without_the_step_starts_again_keeping_slots_and_says_so() -> None:
    talk = Talk().at_sure()
    steps = [{**s, "id": f"new_{n}"} for n, s in enumerate(BOOK["steps"]) if "go" not in s and "action" not in s]
    talk.machine = Machine(flows({**BOOK, "on_cancel": None, "steps": steps}), SLOTS)
    spoken = talk.hear(c.Knowledge("prices"))
    assert spoken[0] == "flow_changed"
    assert spoken[-1] == "ask_sure"
    assert talk.state.slots["name"] == "Jo"


def test_a_flow_that_is_gone_is_dropped() -> None:
    talk = Talk().at_name()
    talk.machine = Machine(flows(ASIDE), SLOTS)
    assert talk.hear(c.Chitchat("thanks")) == ["flow_changed", "chitchat_thanks"]
    assert talk.state.stack == []


@pytest.mark.parametrize("flow", ["round", "busy"])
def test_a_flow_that_goes_round_ends_with_a_person(flow: str) -> None:
    talk = Talk()
    assert talk.hear(c.StartFlow(flow)) == ["handoff_not_understood"]
    assert talk.handoff == "not_understood"
    assert talk.state.stack == []


def test_a_step_does_not_change_the_state_it_was_given() -> None:
    talk = Talk().at_name()
    before = dump_state(talk.state)
    MACHINE.begin(talk.state, [c.SetSlot("name", "Jo"), c.CancelFlow()])
    assert dump_state(talk.state) == before


NAMES = st.sampled_from([*MACHINE.flows, "unknown"])
SLOT_NAMES = st.sampled_from([*SLOTS, "unknown"])
VALUES = st.one_of(st.none(), st.booleans(), st.text(max_size=3))
COMMANDS = st.one_of(
    st.builds(c.StartFlow, NAMES),
    st.builds(c.SetSlot, SLOT_NAMES, VALUES),
    st.builds(c.CorrectSlot, SLOT_NAMES, VALUES),
    st.builds(c.Clarify, st.lists(st.text(max_size=2), max_size=9).map(tuple), SLOT_NAMES),
    st.builds(c.Knowledge, st.text(max_size=2)),
    st.builds(c.CannotHandle, st.booleans()),
    st.builds(c.ChangeLanguage, st.sampled_from(["en", "tr"])),
    st.sampled_from([c.CancelFlow(), c.Skip(), c.Repeat(), c.Handoff(), c.Resume(), c.Chitchat("thanks")]),
)
RESULTS = st.builds(
    Result,
    st.sampled_from(["found", "none", "unavailable", "?"]),
    st.dictionaries(SLOT_NAMES, VALUES, max_size=3),
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.lists(COMMANDS, max_size=4), st.lists(RESULTS, min_size=1, max_size=4)), max_size=8),
    st.booleans(),
)
@example(
    [
        ([c.StartFlow("aside")], [Result("found")]),
        ([c.Clarify((), "consent"), c.CancelFlow()], [Result("found")]),
    ],
    False,
)
def test_whatever_is_said_the_turn_ends_with_words_and_a_bounded_stack(
    turns: list[tuple[list[c.Command], list[Result]]], paused: bool
) -> None:
    state = DialogueState(paused=paused)
    for commands, results in turns:
        advance = MACHINE.begin(state, commands)
        actions = 0
        while advance.action is not None:
            advance = MACHINE.proceed(advance, results[actions % len(results)])
            actions += 1
        assert advance.says
        assert actions <= 12
        state = load_state(dump_state(advance.state))
        assert len(state.stack) <= MAX_DEPTH
        assert (state.collecting is not None) <= bool(state.stack)
