"""Many at once, too many, too slow, and a server that stops."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from careline.channels import assistant_stream_connection
from careline.channels.assistant_stream_messages import CHANNEL
from careline.channels.services import ChannelSettings
from careline.domain.effects import Outcome
from careline.domain.events import Token
from careline.ports import AssistantEvent, TurnContext
from tests.channels.site_server import SiteServer
from tests.channels.stream_client import kinds, refused, stream_client, text_of
from tests.server_process import ServerProcess

Run = Callable[..., Any]


def test_two_hundred_at_once_hear_of_the_emergency_first(site_server: SiteServer, run: Run) -> None:
    async def one(number: int) -> None:
        async with stream_client(site_server.url, open_timeout=60) as client:
            frames = await client.ask("I have chest pain and can't breathe")
            content = [frame["type"] for frame in frames if frame["type"] not in {"stream_start", "status"}]
            assert content[0] == "emergency", (number, content)
            assert frames[-1]["type"] == "stream_end"

    async def everybody() -> None:
        await asyncio.gather(*(one(number) for number in range(200)))

    run(everybody())


def test_too_many_messages_are_refused_for_the_moment(tmp_path: Path, run: Run) -> None:
    with SiteServer(tmp_path, ChannelSettings(messages_per_minute=6)) as server:

        async def talk() -> None:
            async with stream_client(server.url) as client:
                for _ in range(2):
                    assert kinds(await client.ask("hello"))[-1] == "stream_end"
                frame = (await client.ask("hello"))[0]
                refused(frame, "rate_limited")
                assert 0 < frame["retry_after"] <= 10
                await client.send(type="ping")
                assert (await client.next())["type"] == "pong"

        run(talk())


@pytest.mark.parametrize(
    ("origin", "welcome"), [("https://a.example", True), ("https://b.example", False), (None, True)]
)
def test_pages_of_other_origins_are_refused_where_origins_are_named(
    tmp_path: Path, run: Run, origin: str | None, welcome: bool
) -> None:
    async def talk(url: str) -> None:
        async with stream_client(url, origin=origin) as client:
            assert client.session_id

    with SiteServer(tmp_path, ChannelSettings(allowed_origins=("https://a.example",))) as server:
        if welcome:
            run(talk(server.url))
        else:
            with pytest.raises(InvalidStatus, match="403"):
                run(talk(server.url))


def test_a_server_that_stops_tells_its_clients(server: ServerProcess, run: Run) -> None:
    async def talk() -> None:
        async with stream_client(server.url) as client:
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            refused(await client.next(), "server_restarting")
            with pytest.raises(ConnectionClosed) as closed:
                await client.next()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
            assert await stopping == 0

    run(talk())


def test_a_client_that_stops_reading_neither_fills_the_memory_nor_stops_its_turn(
    site_server: SiteServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it does not take stays unsent; after a while it is let go, and what is left can be resumed."""
    monkeypatch.setattr(assistant_stream_connection, "SEND_SECONDS", 0.5)
    monkeypatch.setattr(assistant_stream_connection, "FAREWELL_SECONDS", 0.1)
    piece = "lorem ipsum " * 1500

    async def flood(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        yield Token("here ")
        for _ in range(10):
            yield Token(piece)
        yield Outcome(state={})

    site_server.script("flood me", flood)

    async def talk() -> None:
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.connect(("127.0.0.1", int(site_server.url.rpartition(":")[2])))
        async with stream_client(site_server.url, compression=None, sock=narrow) as client:
            client.socket.transport.pause_reading()
            for number in range(16):
                await client.send(message="flood me", client_message_id=f"f-{number}")
            await asyncio.to_thread(site_server.do, answered(client.session_id))
            await asyncio.to_thread(site_server.do, site_server.one_let_go())
            client.socket.transport.abort()
        async with stream_client(site_server.url) as again:
            await again.send(type="resume", session_id=client.session_id)
            assert len(text_of(await again.until_end())) > 10 * len(piece)

    async def answered(session_id: str) -> None:
        store = site_server.process.store
        while True:
            latest = await store.latest_turn(CHANNEL, f"session_{session_id}")
            if latest is not None and latest.turn.external_id == "f-15":
                await site_server.process.engine.wait(latest.turn.id)
                return
            await asyncio.sleep(0.01)

    run(talk())
