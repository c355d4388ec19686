"""The messages suite: what people write, by topic, and what must come of it. A missed emergency fails the build."""

from pathlib import Path
from typing import Any

import pytest

from careline.safety.lexicon import read_yaml
from careline.safety.triage import load_triage

FOLDER = Path(__file__).parent / "messages"
TRIAGE = load_triage()


def _messages() -> list[dict[str, Any]]:
    return [message for path in sorted(FOLDER.glob("*.yaml")) for message in read_yaml(path)]


MESSAGES = _messages()


@pytest.mark.parametrize("message", MESSAGES, ids=[message["text"][:60] for message in MESSAGES])
def test_message(message: dict[str, Any]) -> None:
    found = TRIAGE.assess(message["text"])
    assert found.alarm == (message.get("alarm") == "true"), [one.id for one in found.fired]
    assert found.crisis == (message.get("crisis") == "true")
    if "level" in message:
        assert found.level == message["level"]
    assert set(message.get("rules", ())) <= {one.id for one in found.fired}


def test_there_are_enough_messages() -> None:
    assert len(MESSAGES) >= 400


def test_every_rule_fires_in_some_message() -> None:
    fired = {one.id for message in MESSAGES for one in TRIAGE.assess(message["text"]).fired}
    assert sorted({rule.id for rule in TRIAGE.rules.rules if not rule.learnt} - fired) == []
