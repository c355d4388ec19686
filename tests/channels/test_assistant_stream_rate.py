"""How much one connection may ask: so many messages at once, then one at a time; and only so many that wait."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from careline.channels.assistant_stream_connection import WAITING_TURNS
from careline.channels.assistant_stream_rate import TokenBucket
from careline.channels.services import ChannelSettings
from tests.channels.site_server import SiteServer
from tests.channels.stream_client import kinds, refused, stream_client


def test_a_burst_and_then_the_rate() -> None:
    bucket = TokenBucket(burst=2, per_second=0.5, now=100.0)
    assert [bucket.take(100.0), bucket.take(100.0)] == [0.0, 0.0]
    assert bucket.take(100.0) == 2.0
    assert bucket.take(101.0) == 1.0
    assert bucket.take(102.0) == 0.0


def test_rest_fills_it_up_to_the_burst_and_no_more() -> None:
    bucket = TokenBucket(burst=2, per_second=1, now=0.0)
    assert [bucket.take(1000.0) for _ in range(3)] == [0.0, 0.0, 1.0]


def test_a_message_is_either_refused_or_stored(tmp_path: Path, run: Callable[..., Any]) -> None:
    async def talk(server: SiteServer) -> None:
        async with stream_client(server.url) as client:
            await client.send(message="slow")
            while (await client.next())["type"] != "token":
                pass
            for number in range(WAITING_TURNS + 2):
                await client.send(message=f"message {number}")
            refused(await client.next(), "rate_limited")
            refused(await client.next(), "rate_limited")
            server.release("slow")
            for _ in range(WAITING_TURNS + 1):
                assert kinds(await client.until_end())[-1] == "stream_end"

    with SiteServer(tmp_path, ChannelSettings(messages_per_minute=600)) as server:
        server.hold("slow")
        run(talk(server))
        with closing(sqlite3.connect(tmp_path / "careline.db")) as database:
            [(stored,)] = database.execute("SELECT count(*) FROM messages WHERE direction = 'incoming'")
    assert stored == WAITING_TURNS + 1
