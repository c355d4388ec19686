"""Many at once, too many, too slow, and a server that stops."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from careline.channels.services import ChannelSettings
from tests.channels.site_server import SiteServer
from tests.channels.stream_client import kinds, refused, stream_client
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
