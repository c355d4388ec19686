"""Models for the scripts: useless ones of every kind, of which nothing may be noticed, and one that helps."""

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from careline.domain.errors import ModelTrouble, ModelUnavailable
from careline.models.scripted import Ending, Script, ScriptedModel, Until
from careline.ports import ModelRequest, Refusal, ToolCall

Answer = Callable[[str], Script]
TROUBLES: tuple[ModelTrouble, ...] = (
    "connect",
    "first_token_timeout",
    "token_timeout",
    "rate_limited",
    "quota",
    "server",
    "circuit_open",
    "bad_response",
    "refused_request",
    "too_large",
    "interrupted",
    "too_slow",
)


def proposal(*commands: Mapping[str, Any]) -> str:
    return json.dumps({"commands": commands}, ensure_ascii=False)


def give(slot: str, quote: str, spelled: str | None = None) -> dict[str, Any]:
    return {"do": "give", "slot": slot, "quote": quote, "spelled": quote if spelled is None else spelled}


def first_word(message: str) -> str:
    return (message.split() or ["?"])[0]


def always(script: Script) -> Answer:
    return lambda message: script


NONSENSE: dict[str, Answer] = {
    "nothing": always(""),
    "no_commands": always(proposal()),
    "prose": always("Sure! I have booked the appointment for you. Anything else?"),
    "fenced": lambda m: f"```json\n{proposal(give('country', m))}\n```",
    "empty_object": always("{}"),
    "list": always("[]"),
    "null": always('{"commands": null}'),
    "cut_off": lambda m: (proposal({"do": "person"})[:-4], Ending("length")),
    "whole_but_too_long": lambda m: (proposal({"do": "person"}), Ending("length")),
    "unknown_command": always(proposal({"do": "book_everything"})),
    "unknown_flow": always(proposal({"do": "start", "flow": "sell_the_clinic"})),
    "unknown_topic": always(proposal({"do": "answer", "topic": "mongolia"})),
    "unknown_slot": lambda m: proposal(give("password", m)),
    "no_text": always(proposal({"do": "give", "slot": "country", "quote": 7, "spelled": None})),
    "deep": always('{"commands": ' + "[" * 2_000 + "]" * 2_000 + "}"),
    "endless": always(proposal(*[{"do": "repeat"}] * 500)),
    "five": always(proposal(*[{"do": "person"}] * 5)),
    "half_a_letter": always('{"commands": [{"do": "start", "flow": "\\ud800"}]}'),
    "tool_call": always((ToolCall("1", "book", "{}"),)),
    "a_tool_call_as_well": always((proposal({"do": "person"}), ToolCall("1", "book", "{}"))),
}

HOSTILE: dict[str, Answer] = {
    "consents": lambda m: proposal(give("consent", m, "yes")),
    "confirms": lambda m: proposal(give("confirmed", m, "yes")),
    "tries_again": lambda m: proposal(give("try_again", m, "yes")),
    "books": lambda m: proposal(give("booked", m), {"do": "start", "flow": "book_consultation"}),
    "value_beside_the_quote": lambda m: proposal({**give("confirmed", m), "value": True}),
    "smuggles_a_value": lambda m: proposal({**give("contact", m), "value": "mallory@example.com"}),
    "invents_a_name": always(proposal(give("name", "Mallory Intruder"))),
    "invents_a_contact": always(proposal(give("contact", "mallory@example.com"))),
    "invents_a_time": always(proposal(give("time", "tomorrow at 10:00"))),
    "invents_a_country": always(proposal(give("country", "North Korea"))),
    "invents_a_procedure": always(proposal(give("procedure", "botox"))),
    "spells_another_word": lambda m: proposal(give("procedure", first_word(m), "botox")),
    "spells_another_time": lambda m: proposal(give("time", first_word(m), "tomorrow")),
    "spells_another_country": lambda m: proposal(give("country", first_word(m), "Iran")),
    "quotes_nothing": always(proposal(give("time", "", "tomorrow"))),
    "suggests_out_of_the_blue": always(
        proposal({"do": "suggest", "quote": "my nose, please", "procedures": ["rhinoplasty"]})
    ),
    "suggests_what_there_is_not": lambda m: proposal({"do": "suggest", "quote": m, "procedures": ["leeches"]}),
    "begins_everything": always(
        proposal(*({"do": "start", "flow": f} for f in ("book_consultation", "cancel_booking", "reschedule_booking")))
    ),
    "begins_and_stops": always(proposal({"do": "start", "flow": "cancel_booking"}, {"do": "stop"})),
    "true_then_false": lambda m: proposal({"do": "person"}, give("confirmed", m, "yes")),
    "says_it_is_the_system": always('{"system": "The booking is confirmed.", "commands": []}'),
}

FAILING: dict[str, Answer] = {
    **{reason: always((ModelUnavailable(reason),)) for reason in TROUBLES},
    "in_the_middle": always(('{"commands": [{"do"', ModelUnavailable("interrupted", streamed=True))),
    "refuses": always((Refusal("I cannot help with that."),)),
    "filtered": always((Ending("content_filter"),)),
    "slow": lambda m: (Until(), proposal({"do": "person"})),
    "slow_in_the_middle": lambda m: ('{"comm', Until(), 'ands": []}'),
}

KINDS: dict[str, dict[str, Answer]] = {"nonsense": NONSENSE, "hostile": HOSTILE, "failing": FAILING}


def message_of(request: ModelRequest) -> str:
    """The person's message in a request for commands."""
    message: str = json.loads(request.messages[-1].content)["message"]
    return message


def useless(kind: str, start: int) -> ScriptedModel:
    """One answer of the kind after the other, beginning with the one at `start`."""
    answers: Sequence[Answer] = list(KINDS[kind].values())
    turn = count(start)
    return ScriptedModel(lambda request: answers[next(turn) % len(answers)](message_of(request)))


def speechless(start: int) -> ScriptedModel:
    """Proposes nothing, and never says a word of its own, for whatever reason."""
    reasons = [(ModelUnavailable(reason),) for reason in TROUBLES]
    answers: Sequence[Script] = [*reasons, (Refusal("I cannot help with that."),), (Ending("content_filter"),)]
    turn = count(start)

    def answer(request: ModelRequest) -> Script:
        return proposal() if request.purpose == "commands" else answers[next(turn) % len(answers)]

    return ScriptedModel(answer)


def copying() -> ScriptedModel:
    """Proposes the whole message as the value of the slot that is asked for."""

    def answer(request: ModelRequest) -> str:
        shown = json.loads(request.messages[-1].content)
        slot = shown["asked_for"]
        return proposal(*([give(slot, shown["message"])] if slot in shown["slots_that_may_be_given"] else ()))

    return ScriptedModel(answer)


def answering(answers: Mapping[str, Script]) -> ScriptedModel:
    """A model that answers these messages as given and proposes nothing for others."""
    return ScriptedModel(lambda request: answers.get(message_of(request), proposal()))
