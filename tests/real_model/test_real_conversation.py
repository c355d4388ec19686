"""Careline as a person starts it, with a real model behind it: whole conversations on the website."""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from careline.packs.load import SHIPPED
from tests.channels.streams import read, text_of
from tests.real_model.conftest import LocalModel
from tests.server_process import ServerProcess

pytestmark = pytest.mark.real_model
LATER = "Could you tell me how long a beard takes to grow on the moon"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, local_model: LocalModel) -> Iterator[ServerProcess]:
    with ServerProcess(
        tmp_path_factory.mktemp("server"),
        CARELINE_PACKS_DIR=str(talking_pack(tmp_path_factory.mktemp("packs"))),
        CARELINE_MODEL_BASE_URL=local_model.url,
        CARELINE_MODEL=local_model.name,
        CARELINE_MODEL_FIRST_TOKEN_SECONDS="60",
        CARELINE_MODEL_TOKEN_SECONDS="30",
    ) as running:
        yield running


def talking_pack(folder: Path) -> Path:
    """The shipped pack in a folder of packs, with a model that talks and need not understand as well: that takes such a
    small one too long."""
    pack = folder / "istanbul_medic"
    shutil.copytree(SHIPPED / "istanbul_medic", pack)
    settings = yaml.safe_load((pack / "pack.yaml").read_text())
    settings["model"] = {"free": True}
    (pack / "pack.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True))
    return folder


def visitor(server: ServerProcess, device: str) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers={"X-Device-ID": device}, timeout=90)


def body(text: str) -> dict[str, Any]:
    return {"content": text, "media_urls": [], "audio_urls": []}


def calls(server: ServerProcess) -> list[dict[str, Any]]:
    """The records of all calls of the model that were to answer, oldest first."""
    with contextlib.closing(sqlite3.connect(server.folder / "data" / "careline.db")) as database:
        rows = database.execute("SELECT raw FROM turns WHERE raw IS NOT NULL ORDER BY id").fetchall()
    found = [entry["model_call"] for (raw,) in rows for entry in json.loads(raw) if "model_call" in entry]
    return [call for call in found if call["purpose"] == "answer"]


def begun(response: httpx.Response, local_model: LocalModel) -> None:
    """Returns when the model has said something and goes on."""
    frames = (json.loads(line.removeprefix("data:")) for line in response.iter_lines() if line.startswith("data:"))
    assert any(frame.get("content") for frame in frames)
    assert local_model.at_work()


def test_a_whole_conversation_over_a_stream(server: ServerProcess, local_model: LocalModel) -> None:
    with visitor(server, "talker") as person:
        assert "Anna" in person.post("/chat/", json=body("Hello")).json()["content"]
        streamed = person.post("/chat/stream", json=body(LATER), headers={"Accept": "text/event-stream"})
        said = text_of(read(streamed))
        [call] = calls(server)
        assert (call["answered_by"], call["finish"] in ("stop", "length")) == (local_model.name, True)
        assert call["usage"]["completion_tokens"] > 0
        assert 0 < call["first_token_ms"] < call["ms"]
        assert said.rstrip().endswith("for this purpose?")  # the flow's own question follows the model's words
        history = person.get("/chat/history").json()["messages"]
        assert history[-1]["content"] == said
        person.post("/chat/", json=body("yes"))
        assert "John" in person.post("/chat/", json=body("My name is John Doe")).json()["content"]


def test_a_message_that_is_taken_back_ends_the_models_work(server: ServerProcess, local_model: LocalModel) -> None:
    with visitor(server, "leaver") as person:
        person.post("/chat/", json=body("Hello"))
        with person.stream("POST", "/chat/stream", json=body(LATER)) as response:
            begun(response, local_model)
            assert person.post("/chat/cancel", json={}).status_code == 200
        local_model.until_idle()
        assert "Anna" in person.post("/chat/", json=body("Are you human?")).json()["content"]


def test_an_emergency_does_not_wait_for_a_model_that_is_writing(server: ServerProcess, local_model: LocalModel) -> None:
    with visitor(server, "patient") as person:
        person.post("/chat/", json=body("Hello"))
        with person.stream("POST", "/chat/stream", json=body(LATER)) as response:
            begun(response, local_model)
            reply = person.post("/chat/", json=body("I can't breathe")).json()
        assert reply["emergency"]["number"] in reply["content"]
        assert len(calls(server)) >= 1
