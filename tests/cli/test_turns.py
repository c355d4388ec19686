"""`careline turns explain`, after a talk with a model behind it."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from careline.assistants.free_prompt import VERSION
from tests.cli.careline_command import careline
from tests.fake_model import fake_model
from tests.server_process import ServerProcess

LATER = "Could you tell me how long a beard takes to grow on the moon"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server on which somebody was greeted, answered by a model, and in an emergency."""
    folder = tmp_path_factory.mktemp("clinic")
    with (
        fake_model() as model,
        ServerProcess(folder, CARELINE_MODEL_BASE_URL=model.url, CARELINE_MODEL="fake") as server,
        httpx.Client(base_url=server.url, headers={"X-Device-ID": "d"}, timeout=60) as visitor,
    ):
        for said in ("Hello", LATER, "My name is John Doe", "I have severe chest pain and I cannot breathe"):
            visitor.post("/chat/", json={"content": said, "media_urls": [], "audio_urls": []}).raise_for_status()
    return folder


def turns(folder: Path) -> list[str]:
    [conversation] = lines(folder, "conversations", "list", "--json")
    said = lines(folder, "conversations", "show", conversation["id"], "--json")
    return [one["turn_id"] for one in said if one["direction"] == "incoming"]


def lines(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    ended = careline(folder, *arguments)
    assert (ended.returncode, ended.stderr) == (0, "")
    return [json.loads(line) for line in ended.stdout.splitlines()]


def entry(told: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one[name] for one in told["raw"] if name in one)
    return found


def test_a_turn_without_a_model_tells_its_versions(clinic: Path) -> None:
    [told] = lines(clinic, "turns", "explain", turns(clinic)[0], "--json")
    versions = entry(told, "turn")["versions"]
    assert set(versions) == {"careline", "assistant", "pack", "health_assistant", "safety", "knowledge"}
    assert versions["assistant"] == "istanbul_medic 1"
    assert all(len(versions[part]) == 12 for part in ("pack", "health_assistant", "safety", "knowledge"))
    assert (told["status"], told["agent"], told["attempt"], told["error_type"]) == ("completed", "scheduling", 1, None)
    assert 0 <= told["begun_ms"] <= told["ended_ms"]
    assert [event["type"] for event in told["events"]] == ["accepted", "started", "token", "completed"]


def test_a_models_answer_is_explained_without_its_words(clinic: Path) -> None:
    turn = turns(clinic)[1]
    [told] = lines(clinic, "turns", "explain", turn, "--json")
    assert entry(told, "free")["fallback"] is None
    calls = [one["model_call"] for one in told["raw"] if "model_call" in one]
    answer = next(one for one in calls if one["purpose"] == "answer")
    assert (answer["model"], answer["finish"], answer["prompt_version"]) == ("fake", "stop", VERSION)
    assert told["usage"]["calls"] == len(calls)
    shown = careline(clinic, "turns", "explain", turn).stdout
    for part in (f"Turn {turn}", "Free conversation", "Model call", "purpose: answer", "safety: ", "token  count "):
        assert part in shown
    assert "beard" not in shown + json.dumps(told)


def test_what_was_understood_is_told_without_what_was_said(clinic: Path) -> None:
    [told] = lines(clinic, "turns", "explain", turns(clinic)[2], "--json")
    commands = next(one["commands"] for one in told["raw"] if "commands" in one)
    assert {"type": "set_slot", "slot": "name"} in commands
    assert "John" not in json.dumps(told)


def test_an_emergency_names_its_rules(clinic: Path) -> None:
    [told] = lines(clinic, "turns", "explain", turns(clinic)[3], "--json")
    assert entry(told, "gate")["rules"]
    assert "emergency" in [event["type"] for event in told["events"]]


def test_a_turn_that_is_not_there(clinic: Path) -> None:
    ended = careline(clinic, "turns", "explain", "nothing")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("careline: There is no such turn")
