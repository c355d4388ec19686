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
