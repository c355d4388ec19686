"""The website as the documents test it: their own examples, against the program as a user starts it."""

import contextlib
import sqlite3
import uuid
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from careline.app import Application
from tests.channels.streams import read, text_of
from tests.server_process import ServerProcess

FIRST = {"content": "Hello, I want to schedule an appointment", "media_urls": [], "audio_urls": []}
HELP = {"content": "I need help with my medical consultation", "media_urls": [], "audio_urls": []}
NAMED = {"content": "My name is John Doe and I need help with hair transplant", "media_urls": [], "audio_urls": []}
TEST_3 = (
    "SELECT * FROM users WHERE phone_number LIKE 'chat_%'",
    """SELECT u.phone_number, m.direction, m.body, m.created_at
       FROM users u
       JOIN messages m ON u.id = m.user_id
       WHERE u.phone_number LIKE 'chat_%'
       ORDER BY m.created_at DESC
       LIMIT 10""",
)


@pytest.fixture
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARELINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path / "data"


@pytest.fixture
def client(server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers={"X-Device-ID": f"acceptance-{uuid.uuid4()}"}, timeout=20) as made:
        yield made


def test_chat_endpoint(client: httpx.Client) -> None:
    response = client.post("/chat/", json=FIRST)
    assert response.status_code == 200
    assert "Anna" in response.json()["content"]


def test_chat_streaming_endpoint(client: httpx.Client) -> None:
    response = client.post("/chat/stream", json=HELP)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["transfer-encoding"] == "chunked"
    assert "Anna" in text_of(read(response))


def test_chat_consultation_flow(server: ServerProcess) -> None:
    """The documents' end-to-end test names no device: here its client keeps the cookie it is given."""
    with httpx.Client(timeout=20) as client:
        assert "Anna" in client.post(f"{server.url}/chat/", json=FIRST).json()["content"]
        assert "John" in client.post(f"{server.url}/chat/", json=NAMED).json()["content"]


def test_the_documents_sql_finds_the_conversation(server: ServerProcess, client: httpx.Client) -> None:
    reply = client.post("/chat/", json=FIRST).json()["content"]
    address = f"chat_{client.headers['X-Device-ID']}"
    with contextlib.closing(sqlite3.connect(server.folder / "data" / "careline.db")) as database:
        users, messages = (database.execute(statement).fetchall() for statement in TEST_3)
    assert any(address in row for row in users)
    found = [row[:3] for row in messages if row[0] == address]
    assert found == [(address, "outgoing", reply), (address, "incoming", FIRST["content"])]


def test_the_log_tells_the_key_events_and_nothing_personal(server: ServerProcess, client: httpx.Client) -> None:
    client.post("/chat/", json=NAMED)
    client.post("/chat/stream", json=HELP)
    client.post("/chat/", content=b"{")
    log = server.log_text()
    for event in ("📩 Chat message", "📩 Chat streaming message", "✅ User created"):
        assert event in log or event.encode("unicode_escape").decode() in log
    for personal in ("John", "hair transplant", client.headers["X-Device-ID"]):
        assert personal not in log


def test_a_bare_test_client_works_without_a_lifespan(own_data: Path) -> None:
    """As in the documents' unit tests, and as serverless hosts run an application: each request stands alone."""
    client = TestClient(Application())
    assert "Anna" in client.post("/chat/", json=FIRST).json()["content"]
    assert "John" in client.post("/chat", json=NAMED).json()["content"]
    assert len(client.get("/chat/history").json()["messages"]) == 4
    client.cookies.clear()
    assert "Anna" in client.post("/chat/stream", json=HELP).text


def test_a_client_with_a_lifespan_starts_once_and_stops(own_data: Path) -> None:
    for _ in range(2):
        with TestClient(Application(), headers={"X-Device-ID": "d"}) as client:
            assert client.get("/ready").json()["status"] == "ready"
            assert client.post("/chat", json=FIRST).status_code == 200


def test_a_wrong_setting_stops_the_start_with_one_sentence(
    own_data: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[[Coroutine[Any, Any, None]], None]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://x")
    answers: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        answers.append(message)

    run(Application()({"type": "lifespan"}, receive, send))
    assert [answer["type"] for answer in answers] == ["lifespan.startup.failed"]
    assert answers[0]["message"].startswith("DATABASE_URL must start with")
