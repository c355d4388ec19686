"""`careline assess` and `careline eval` on JSON lines."""

import json

from click.testing import CliRunner

from careline.cli import group

LINES = [
    {"id": 1, "text": "my chest hurts and I am sweating", "gold": "emergency_ambulance"},
    {"id": 2, "text": "what time do you open?", "gold": "none"},
    {
        "id": 3,
        "text": "I have a fever",
        "patient_profile": {"chronic_conditions": ["immunosuppressed"]},
        "gold": "emergency",
    },
]
INPUT = "\n".join(json.dumps(line) for line in LINES)


def test_assess_writes_one_line_for_each_message() -> None:
    ran = CliRunner().invoke(group, ["assess"], input=INPUT)
    written = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [(one["id"], one["level"], one["alarm"]) for one in written] == [
        (1, "emergency_ambulance", True),
        (2, "none", False),
        (3, "emergency", True),
    ]
    assert written[0]["citations"][0]["url"].startswith("https://")
    assert written[0]["microseconds"] > 0
    assert written[0]["likeness"]["alarm"] > 0.5
    assert written[0]["likeness"]["because"]


def test_a_condition_of_the_profile_raises_the_level() -> None:
    line = {"id": 4, "text": "I have a fever", "patient_profile": {"current_medications": [{"name": "methotrexate"}]}}
    ran = CliRunner().invoke(group, ["assess"], input=json.dumps(line))
    assert json.loads(ran.stdout)["level"] == "emergency"


def test_eval_reports_sensitivity_and_misses() -> None:
    result = json.loads(CliRunner().invoke(group, ["eval"], input=INPUT).stdout)
    assert result["messages"] == 3
    assert result["specificity"] == 1.0
    assert [one["id"] for one in result["missed"]] == []


def test_a_broken_line_is_named() -> None:
    ran = CliRunner().invoke(group, ["assess"], input="not json")
    assert ran.exit_code != 0
    assert "Line 1" in ran.output


SENTENCES = [
    {"text": "Denies CHEST PAIN.", "concept": "chest pain", "negation": "Negated"},
    {"text": "Has a COUGH.", "concept": "cough", "negation": "Affirmed"},
    {"text": "History of STROKE.", "concept": "stroke", "temporality": "Historical"},
    {"text": "Has a FEVER.", "concept": "fever", "temporality": "Historical"},
    {"text": "Her mother has DIABETES.", "concept": "diabetes", "experiencer": "Family member"},
    {"text": "Return in case of BLEEDING.", "concept": "bleeding", "temporality": "Not particular"},
    {"text": "Nothing of the kind.", "concept": "gout"},
]


def test_eval_refuses_a_message_without_gold() -> None:
    result = CliRunner().invoke(group, ["eval"], input='{"id": "a7", "text": "my chest hurts", "level": "emergency"}\n')
    assert result.exit_code == 1
    assert '\'a7\' has neither "gold" nor "gold_emergency"' in result.output


def test_eval_reports_precision_recall_and_f1_of_each_assertion_class() -> None:
    lines = "\n".join(json.dumps(line) for line in SENTENCES)
    found = json.loads(CliRunner().invoke(group, ["eval"], input=lines).stdout)["assertions"]
    assert (found["sentences"], found["not_located"]) == (7, 1)
    scores = {name: (found[name]["precision"], found[name]["recall"], found[name]["f1"]) for name in found if name in (
        "negated", "historical", "hypothetical", "other")}  # fmt: skip
    assert scores == {
        "negated": (1.0, 1.0, 1.0),
        "historical": (1.0, 0.5, 0.667),
        "hypothetical": (1.0, 1.0, 1.0),
        "other": (1.0, 1.0, 1.0),
    }


def test_eval_measures_messages_and_assertions_of_one_file() -> None:
    lines = "\n".join(json.dumps(line) for line in [*LINES, SENTENCES[0]])
    found = json.loads(CliRunner().invoke(group, ["eval"], input=lines).stdout)
    assert (found["messages"], found["assertions"]["sentences"]) == (3, 1)
