"""The example pack on a real server with the fake model: streamed, cancelled in the middle, explained."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from careline.packs.check import check_pack
from careline.scheduling.calendar import read_calendar
from tests.fake_model import FakeModel, fake_model
from tests.server_process import ServerProcess

PACKS = Path(__file__).parents[2] / "examples" / "packs"
HEADERS = {"X-Device-ID": "a-visitor", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def model() -> Iterator[FakeModel]:
    with fake_model() as model:
        yield model


def serving(folder: Path, model: FakeModel, name: str = "fake") -> ServerProcess:
    return ServerProcess(
        folder,
        CARELINE_PACKS_DIR=str(PACKS),
        CARELINE_PACK="adk_agent",
        CARELINE_MODEL_BASE_URL=model.url,
        CARELINE_MODEL=name,
        CARELINE_MODEL_FIRST_TOKEN_SECONDS="1",
        CARELINE_MODEL_TOKEN_SECONDS="1",
    )


def say(server: ServerProcess, text: str) -> str:
    answer = httpx.post(f"{server.url}/chat/", json={"content": text}, headers=HEADERS, timeout=30)
    said: str = answer.json()["content"]
    return said


def raw_of_last(server: ServerProcess) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(server.folder / "data" / "careline.db")) as connection:
        (raw,) = connection.execute("SELECT raw FROM turns ORDER BY id DESC LIMIT 1").fetchone()
    found: list[dict[str, Any]] = json.loads(raw)
    return found


def test_the_example_pack_has_no_problems() -> None:
    assert check_pack(PACKS / "adk_agent", read_calendar) == []


def test_a_conversation_with_the_example(tmp_path: Path, model: FakeModel) -> None:
    with serving(tmp_path, model) as server:
        assert "You said: Good evening" in say(server, "Good evening")
        assert "09:00 to 17:00" in say(server, "Please use opening_hours")
        assert [one["adk"]["author"] for one in raw_of_last(server) if "adk" in one] == ["desk", "desk", "desk"]
        assert "112" in say(server, "I have crushing chest pain and cannot breathe")
        assert "anything else" in say(server, "I am safe now, it was a false alarm")
        assert "Is it okay" in say(server, "Please start_flow")
        assert "name" in say(server, "Yes")
        assert "Nice to meet you, John." in say(server, "John Doe")
    assert "Traceback" not in server.log_text()


def test_its_words_stream(tmp_path: Path, model: FakeModel) -> None:
    with serving(tmp_path, model, "fake-paced:40") as server:
        body = {"content": "Tell me many words about the moon please"}
        with httpx.stream("POST", f"{server.url}/chat/stream", json=body, headers=HEADERS, timeout=30) as answer:
            frames = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    words = [frame["content"] for frame in frames if frame["content"]]
    assert len(words) > 5
    assert frames[-1]["is_final"]


@pytest.mark.parametrize(
    ("name", "reason", "said"),
    [
        ("fake-hang-first", "first_token_timeout", "at Harbour Practice"),
        ("fake-429:60", "rate_limited", "at Harbour Practice"),
        ("fake-hang-mid", "token_timeout", "cannot finish this answer"),
    ],
)
def test_a_model_in_trouble_is_answered_for(
    tmp_path: Path, model: FakeModel, name: str, reason: str, said: str
) -> None:
    with serving(tmp_path, model, name) as server:
        assert said in say(server, "Tell me about the moon please")
        own = next(one["own"] for one in raw_of_last(server) if "own" in one)
        assert own["fallback"] == reason
    assert model.stats()["running"] == 1, "only the question for the numbers itself"


def stored(server: ServerProcess, question: str) -> Any:
    with closing(sqlite3.connect(server.folder / "data" / "careline.db")) as connection:
        return connection.execute(question).fetchall()


def test_a_power_cut_in_the_middle_is_answered_by_the_next_process_once(tmp_path: Path, model: FakeModel) -> None:
    server = serving(tmp_path, model, "fake-paced:5:100").start()
    body = {"content": "Tell me many words about the moon please"}
    with httpx.stream("POST", f"{server.url}/chat/stream", json=body, headers=HEADERS, timeout=30) as answer:
        first = next(line for line in answer.iter_lines() if line.startswith("data: "))
        assert not json.loads(first[6:])["is_final"]
        server.kill()
    server.settings["CARELINE_MODEL"] = "fake"
    with server:
        deadline = time.monotonic() + 30
        while not stored(server, "SELECT 1 FROM messages WHERE direction = 'outgoing'"):
            assert time.monotonic() < deadline, "nobody went on"
            time.sleep(0.05)
        ((reply,),) = stored(server, "SELECT body FROM messages WHERE direction = 'outgoing'")
        assert reply.endswith("You said: Tell me many words about the moon please")
        assert stored(server, "SELECT attempt, status FROM turns") == [(2, "completed")]
