"""The program as a user starts it, with a language model behind it."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.channels.stream_client import kinds, stream_client
from tests.channels.stream_client import text_of as words_of
from tests.channels.streams import read, text_of
from tests.fake_model import FakeModel, fake_model
from tests.server_process import ServerProcess

Run = Callable[[Any], Any]
LATER = "Could you tell me how long a beard takes to grow on the moon"
ECHO = f"This is the fake model. You said: {LATER}"
HELLO = {"content": "Hello", "media_urls": [], "audio_urls": []}


def asked(text: str) -> dict[str, Any]:
    return {"content": text, "media_urls": [], "audio_urls": []}


@pytest.fixture(scope="module")
def model() -> Iterator[FakeModel]:
    with fake_model() as running:
        yield running


def server(folder: Path, model: FakeModel, name: str = "fake", **more: str) -> ServerProcess:
    return ServerProcess(folder, 0, CARELINE_MODEL_BASE_URL=model.url, CARELINE_MODEL=name, **more)


def client(running: ServerProcess, device: str = "d1") -> httpx.Client:
    return httpx.Client(base_url=running.url, headers={"X-Device-ID": device}, timeout=30)


def stored(running: ServerProcess, column: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(running.folder / "data" / "careline.db")) as database:
        rows = database.execute(f"SELECT {column} FROM turns ORDER BY id").fetchall()
    return [json.loads(row[0]) if row[0] else None for row in rows]


def wait_for(happened: Callable[[], bool], seconds: float = 10.0) -> None:
    late = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < late
        time.sleep(0.02)


def test_the_model_streams_through_the_website(tmp_path: Path, model: FakeModel) -> None:
    with server(tmp_path, model) as running, client(running) as visitor:
        assert "Anna" in visitor.post("/chat/", json=HELLO).json()["content"]
        response = visitor.post("/chat/stream", json=asked(LATER))
        assert text_of(read(response)).startswith(f"{ECHO}\n\n")
        [_, usage] = stored(running, "usage")
        assert usage["calls"] >= 1
        assert usage["completion_tokens"] > 0
        [_, raw] = stored(running, "raw")
        record = next(one["model_call"] for one in raw if one.get("model_call", {}).get("purpose") == "answer")
        assert (record["answered_by"], record["finish"], record["prompt_version"]) == ("fake", "stop", "free-3")
        assert record["first_token_ms"] > 0
        assert LATER not in json.dumps(raw)
        assert running.process.stdout is not None
        assert running.process.stdout.readline() == "Language model: fake at 127.0.0.1\n"


def test_when_the_model_goes_away_the_person_notices_plainer_words(tmp_path: Path) -> None:
    with fake_model() as model, server(tmp_path, model) as running, client(running) as visitor:
        visitor.post("/chat/", json=HELLO)
        assert visitor.post("/chat/", json=asked(LATER)).json()["content"].startswith(ECHO)
        model.stop()
        reply = visitor.post("/chat/", json=asked(LATER)).json()["content"]
        assert "didn't quite understand" in reply
        *_, raw = stored(running, "raw")
        (call,) = [one["model_call"] for one in raw if "model_call" in one]
        assert call["fallback"] in ("connect", "circuit_open")


@pytest.mark.parametrize(
    ("name", "setting", "finish"),
    [
        ("fake-paced:500:2000", {"CARELINE_MODEL_ANSWER_TOKENS": "50"}, "left"),
        ("fake-paced:20:2000", {"CARELINE_MODEL_ANSWER_SECONDS": "0.5"}, "deadline"),
    ],
)
def test_an_answer_is_as_long_as_the_settings_let_it(
    tmp_path: Path, model: FakeModel, name: str, setting: dict[str, str], finish: str
) -> None:
    with server(tmp_path, model, name, **setting) as running, client(running) as visitor:
        visitor.post("/chat/", json=HELLO)
        reply = visitor.post("/chat/", json=asked(LATER)).json()["content"]
        assert "quick" in reply
        assert len(reply) < 2_000
        *_, raw = stored(running, "raw")
        (call,) = [one["model_call"] for one in raw if one.get("model_call", {}).get("purpose") == "answer"]
        assert call["fallback"] == finish


def test_a_cancelled_turn_closes_the_models_stream(tmp_path: Path, model: FakeModel) -> None:
    with server(tmp_path, model, "fake-paced:20:2000") as running, client(running) as visitor:
        visitor.post("/chat/", json=HELLO)
        with visitor.stream("POST", "/chat/stream", json=asked(LATER)) as response:
            assert any("quick" in line for line in response.iter_lines())
            before = model.stats()["closed_by_client"]
            assert visitor.post("/chat/cancel", json={}).status_code == 200
        wait_for(lambda: model.stats()["closed_by_client"] > before)


def test_the_model_streams_through_the_assistant_stream(tmp_path: Path, model: FakeModel, run: Run) -> None:
    question = "What helps against a headache?"

    async def talk(url: str) -> None:
        async with stream_client(url) as person:
            frames = await person.ask(question, time_zone="Europe/London")
        first, said = words_of(frames).split("\n\n")
        assert "AI" in first
        assert said == f"This is the fake model. You said: {question}"
        assert kinds(frames)[-1] == "stream_end"

    with server(tmp_path, model) as running:
        run(talk(running.url))
        [raw] = stored(running, "raw")
        assert next(one["free"] for one in raw if "free" in one)["persona"] == "health_assistant 1"


def test_a_cancelled_answer_of_the_assistant_stream_closes_the_models(
    tmp_path: Path, model: FakeModel, run: Run
) -> None:
    before = model.stats()["closed_by_client"]

    async def talk(url: str) -> None:
        async with stream_client(url) as person:
            await person.send(message="What helps against a headache?")
            while "quick" not in (await person.next()).get("content", ""):
                pass
            await person.send(type="cancel")
            assert (await person.until_end())[-1]["metadata"]["cancelled"]

    with server(tmp_path, model, "fake-paced:20:2000") as running:
        run(talk(running.url))
        wait_for(lambda: model.stats()["closed_by_client"] > before)
        [raw] = stored(running, "raw")
        assert next(one["model_call"] for one in raw if "model_call" in one)["fallback"] == "left"
