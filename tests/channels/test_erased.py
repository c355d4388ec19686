"""Once a conversation's words are erased no stream tells them again, whatever this process still has in its memory."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx

from careline.domain.effects import EraseOnEnd, Outcome
from tests.channels.site_server import SiteServer
from tests.channels.stream_client import kinds, stream_client
from tests.channels.streams import read
from tests.engine.scripted import saying

Run = Callable[..., Any]


async def _end_all(server: SiteServer) -> None:
    clock = server.process.clock
    await server.process.store.end_expired(clock.now() + timedelta(days=2), 100)


def test_a_website_stream(site_server: SiteServer, visitor: httpx.Client) -> None:
    site_server.script("my secret", saying("I forget it.", outcome=Outcome(state={}, effects=(EraseOnEnd(),))))
    events = read(visitor.post("/chat/stream", json={"content": "my secret"}))
    assert read(visitor.get("/chat/stream"))[-1].data["is_final"]
    site_server.do(_end_all(site_server))
    assert visitor.get("/chat/stream").status_code == 204
    assert visitor.get("/chat/stream", headers={"Last-Event-ID": events[0].id}).status_code == 204


def test_an_assistant_stream(site_server: SiteServer, run: Run) -> None:
    site_server.script("my secret", saying("I forget it.", outcome=Outcome(state={}, effects=(EraseOnEnd(),))))

    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            frames = await client.ask("my secret")
            turn_id = frames[0]["metadata"]["turn_id"]
            await site_server_end()
            await client.send(type="resume", session_id=client.session_id, turn_id=turn_id)
            assert kinds(await client.until_end()) == ["stream_end"]

    async def site_server_end() -> None:
        site_server.do(_end_all(site_server))

    run(talk())
