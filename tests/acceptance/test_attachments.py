"""The program as a user starts it: voice messages and pictures, with a model behind it that listens and sees."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.file_server import file_server
from tests.cli.careline_command import careline, objects
from tests.fake_model import FakeModel, fake_model
from tests.server_process import ServerProcess

FILES = {
    "/photo": b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0IEND" + b"\xaeB`\x82",
    "/help.ogg": b"OggS say: my father collapsed and is not breathing",
    "/book.ogg": b"OggS say: I would like to book an appointment",
    "/page.ogg": b"<html>nothing to listen to</html>",
}


@pytest.fixture(scope="module")
def model() -> Iterator[FakeModel]:
    with fake_model() as running:
        yield running


def said_in(host: str, *paths: str, text: str = "") -> dict[str, Any]:
    return {"content": text, "media_urls": [], "audio_urls": [f"http://{host}{path}?token=hush" for path in paths]}


def test_a_voice_message_is_heard_by_the_gate_and_by_anna(tmp_path: Path, model: FakeModel) -> None:
    with (
        file_server(FILES) as host,
        ServerProcess(tmp_path, CARELINE_TRANSCRIPTION_BASE_URL=model.url, CARELINE_ATTACHMENT_HOSTS=host) as server,
        httpx.Client(base_url=server.url, headers={"X-Device-ID": "d1"}, timeout=30) as visitor,
    ):
        assert "name" in visitor.post("/chat/", json=said_in(host, "/book.ogg")).json()["content"]
        reply = visitor.post("/chat/", json=said_in(host, "/help.ogg")).json()
        assert reply["emergency"]["number"] in reply["content"]
        history = visitor.get("/chat/history").json()["messages"]
        assert [one["content"] for one in history if one["direction"] == "incoming"] == ["", ""]
        assert history[2]["audio_transcripts"] == ["my father collapsed and is not breathing"]
        assert server.process.stdout is not None
        assert server.process.stdout.readline() == "Recordings are listened to by whisper-1 at 127.0.0.1\n"
    assert "collapsed" not in server.log_text()
    assert "hush" not in server.log_text()
    (conversation,) = objects(tmp_path, "conversations", "list")
    shown = careline(tmp_path, "conversations", "show", str(conversation["id"])).stdout
    assert f"[audio http://{host}/help.ogg?token=hush: my father collapsed and is not breathing]" in shown
    told = objects(tmp_path, "conversations", "show", str(conversation["id"]))
    explained = careline(tmp_path, "turns", "explain", str(told[2]["turn_id"])).stdout
    assert "whisper-1" in explained
    assert "my father" not in explained


@pytest.mark.parametrize("path", ["/page.ogg", "/missing.ogg"])
def test_who_cannot_be_listened_to_is_told_so_and_staff_see_it(tmp_path: Path, model: FakeModel, path: str) -> None:
    with (
        file_server(FILES) as host,
        ServerProcess(tmp_path, CARELINE_TRANSCRIPTION_BASE_URL=model.url, CARELINE_ATTACHMENT_HOSTS=host) as server,
    ):
        body = {**said_in(host, path), "locale": "tr"}
        reply = httpx.post(f"{server.url}/chat/", json=body, timeout=30).json()["content"]
        assert "kaydı dinleyemedim" in reply
    (waiting,) = objects(tmp_path, "conversations", "list", "--waiting")
    assert waiting["waiting_reason"] == "attachment"
    (message, _) = objects(tmp_path, "conversations", "show", str(waiting["id"]))
    assert message["attachments"] == [{"kind": "audio", "url": f"http://{host}{path}?token=hush"}]


def test_a_stranger_s_address_in_the_own_network_is_never_asked(tmp_path: Path, model: FakeModel) -> None:
    with file_server(FILES) as host, ServerProcess(tmp_path, CARELINE_TRANSCRIPTION_BASE_URL=model.url) as server:
        reply = httpx.post(f"{server.url}/chat/", json=said_in(host, "/book.ogg"), timeout=30).json()["content"]
        assert "couldn't listen" in reply


def test_a_picture_reaches_a_model_that_sees(tmp_path: Path, model: FakeModel) -> None:
    with (
        file_server(FILES) as host,
        ServerProcess(
            tmp_path,
            CARELINE_ATTACHMENT_HOSTS=host,
            CARELINE_MODEL_BASE_URL=model.url,
            CARELINE_MODEL="fake",
            CARELINE_MODEL_VISION="true",
        ) as server,
        httpx.Client(base_url=server.url, headers={"X-Device-ID": "d1"}, timeout=30) as visitor,
    ):
        visitor.post("/chat/", json={"content": "Hello", "media_urls": [], "audio_urls": []})
        photo = {"content": "", "media_urls": [f"http://{host}/photo"], "audio_urls": []}
        assert "I was sent 1 image." in visitor.post("/chat/", json=photo).json()["content"]
        page = {**photo, "media_urls": [f"http://{host}/page.ogg"]}
        assert "I can't look at it myself" in visitor.post("/chat/", json=page).json()["content"]
