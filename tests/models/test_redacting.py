"""A model is not told who somebody is, and the person does not notice."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
import pytest

from careline.language import load_languages
from careline.models.redacting import Names, Redact, RedactingModel, names_in, redacting
from careline.models.scripted import Script, ScriptedModel
from careline.ports import JsonSchema, ModelMessage, ModelRequest, Refusal, ToolCall, collect

Run = Callable[[Any], Any]


@cache
def names() -> Names:
    return names_in(load_languages())


def request(*said: str, **more: Any) -> ModelRequest:
    messages = (ModelMessage("system", "You are kind."), *(ModelMessage("user", text) for text in said))
    return ModelRequest(messages=messages, purpose="answer", **more)


def asked(run: Run, script: Script, wanted: ModelRequest) -> tuple[Any, ModelRequest]:
    model = ScriptedModel([script], hosted=True)
    return run(collect(RedactingModel(model, names()).stream(wanted))), model.requests[0]


def test_names_leave_as_placeholders_and_come_back(run: Run) -> None:
    script = ["Dear [NA", "ME_1], I wrote to [EMAIL_1", "] for [NAME_2]. See [1]."]
    said = "My name is John Doe, mail john@example.com. My wife is Ayşe Yılmaz."
    answer, sent = asked(run, script, request(said))
    assert sent.messages[1].content == "My name is [NAME_1], mail [EMAIL_1]. My wife is [NAME_2]."
    assert answer.text == "Dear John Doe, I wrote to john@example.com for Ayşe Yılmaz. See [1]."


def test_what_was_introduced_once_is_replaced_everywhere(run: Run) -> None:
    messages = (
        ModelMessage("system", "Known: John Doe lives in Leeds."),
        ModelMessage("user", "I'm John Doe"),
        ModelMessage("assistant", "Hello John.", tool_calls=(ToolCall("1", "find", '{"who": "John Doe"}'),)),
        ModelMessage("tool", "john doe: none", tool_call_id="1"),
        ModelMessage("user", "and?"),
    )
    _, sent = asked(run, ["ok"], ModelRequest(messages=messages, purpose="answer"))
    assert not any("john" in message.content.lower() for message in sent.messages)
    assert sent.messages[2].tool_calls[0].arguments == '{"who":"[NAME_1]"}'


def test_what_is_in_json_is_found_behind_its_escapes(run: Run) -> None:
    said = "Hello,\nJohn Doe\n0532 123 45 67\nTR33 0006 1005 1978 6457 8413 26\tjohn@x.com\nmy wife Ayşe Yılmaz"
    message = ModelMessage("user", msgspec.json.encode({"message": said, "n": [1.5, None, 905321234567]}).decode())
    arguments = json.dumps({"q": "Ayşe\nYılmaz"})
    called = ModelMessage("assistant", "", tool_calls=(ToolCall("1", "find", arguments),))
    wanted = ModelRequest(
        messages=(message, called), purpose="commands", private=("John Doe",), schema=JsonSchema("commands", {})
    )
    answer, sent = asked(run, '{"quote": "[NAME_1]"}', wanted)
    assert msgspec.json.decode(sent.messages[0].content) == {
        "message": "Hello,\n[NAME_1]\n[PHONE_1]\n[CARD_1]\t[EMAIL_1]\nmy wife [NAME_2]",
        "n": [1.5, None, "[NUMBER_1]"],
    }
    assert sent.messages[1].tool_calls[0].arguments == '{"q":"[NAME_3]\\n[NAME_4]"}'
    assert answer.text == '{"quote": "John Doe"}'


def test_a_summary_says_no_more_than_that_there_was_a_name(run: Run) -> None:
    said = "Person: Hi\nPerson: I'm John Doe, mail john@example.com, my wife Mary\nPerson: coughs"
    script = ["[NAM", "E_1] wrote [EMAIL_1] of [NAME_2] and [NAME_9]."]
    answer, sent = asked(run, script, msgspec.structs.replace(request(said), purpose="summary"))
    assert sent.messages[1].content == (
        "Person: Hi\nPerson: I'm [NAME_1], mail [EMAIL_1], my wife [NAME_2]\nPerson: coughs"
    )
    assert answer.text == "(name) wrote (email) of (name) and ."


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("my daughter Zuzanna has a fever", "my daughter [NAME_1] has a fever"),
        ("Our baby, Théo Quux, cries", "Our baby, [NAME_1], cries"),
        ("kızım Elif 3 yaşında, Elif'in ateşi var", "kızım [NAME_1] 3 yaşında, [NAME_1]'in ateşi var"),
        (
            "kızım Elif hasta, Elifin ateşi var, Elife ne verelim",
            "kızım [NAME_1] hasta, [NAME_1]in ateşi var, [NAME_1]e ne verelim",
        ),
        ("my daughter Ana has eaten an Ananas in Anatolia", "my daughter [NAME_1] has eaten an Ananas in Anatolia"),
        ("my wife has a fever", "my wife has a fever"),
        ("Ich heiße Jürgen Müller, Müller mit ü", "Ich heiße [NAME_1], [NAME_2] mit ü"),
        ("je m'appelle Élodie Durand et j'ai mal", "je m'appelle [NAME_1] et j'ai mal"),
        ("Me llamo José García y tengo fiebre", "Me llamo [NAME_1] y tengo fiebre"),
        ("Меня зовут Иван Петров, болит голова", "Меня зовут [NAME_1], болит голова"),
        ("my medicine is called Ibuprofen", "my medicine is called Ibuprofen"),
    ],
)
def test_names_in_the_family_are_names_too(run: Run, said: str, sent: str) -> None:
    assert asked(run, ["ok"], request(said))[1].messages[1].content == sent


def test_a_name_the_program_knows_is_never_sent(run: Run) -> None:
    _, sent = asked(run, ["ok"], request("tell xanthippe quux that i am late", private=("Xanthippe Quux",)))
    assert sent.messages[1].content == "tell [NAME_1] that i am late"
    assert sent.private == ()


def test_arguments_of_tools_and_json_are_restored_as_json(run: Run) -> None:
    said = 'call me on +44 20 7946 0958, I am "Jo"e'
    script: Script = [ToolCall("1", "note", '{"phone": "[PHONE_1]", "name": "[NAME_1]"}')]
    answer, _ = asked(run, script, request(said, private=('"Jo"e',)))
    assert answer.calls[0].arguments == '{"phone": "+44 20 7946 0958", "name": "\\"Jo\\"e"}'
    answer, _ = asked(run, ['{"name": "[NA', 'ME_1]"}'], request(said, private=('"Jo"e',), schema=JsonSchema("n", {})))
    assert answer.text == '{"name": "\\"Jo\\"e"}'


def test_a_refusal_is_restored_too(run: Run) -> None:
    answer, _ = asked(run, [Refusal("Not for [NAME_1].")], request("I am John Doe"))
    assert answer.refusal == "Not for John Doe."


def test_without_identifiers_nothing_changes(run: Run) -> None:
    answer, sent = asked(run, ["Take [NAME_1", "] care [2"], request("my head hurts"))
    assert sent == request("my head hurts")
    assert answer.text == "Take [NAME_1] care [2"


@pytest.mark.parametrize(
    ("when", "hosted", "redacts"),
    [
        ("hosted", True, True),
        ("hosted", False, False),
        ("always", False, True),
        ("always", True, True),
        ("never", True, False),
    ],
)
def test_the_pack_decides(when: Redact, hosted: bool, redacts: bool) -> None:
    model = ScriptedModel([], hosted=hosted)
    wrapped = redacting(model, when, names())
    assert (wrapped is not model) == redacts
    assert (wrapped.name, wrapped.hosted, wrapped.vision) == (model.name, hosted, False)


def test_closing_goes_through(run: Run) -> None:
    model = ScriptedModel([])
    run(RedactingModel(model).close())
    assert model.closed
