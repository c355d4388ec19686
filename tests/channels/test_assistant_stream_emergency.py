"""An emergency reaches the client whatever else happens: a disk that hangs, a limit, a turn that takes long."""

import itertools
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from careline.channels.services import ChannelSettings
from tests.channels.site_server import SiteServer
from tests.channels.stream_client import kinds, refused, stream_client

Run = Callable[..., Any]
ALARM = "I have chest pain and can't breathe"


def test_while_nothing_can_be_stored_the_emergency_is_told(tmp_path: Path, run: Run) -> None:
    async def talk(url: str) -> None:
        async with stream_client(url) as client:
            with closing(sqlite3.connect(tmp_path / "careline.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                await client.send(message=ALARM, time_zone="Europe/London")
                ahead = await client.next()
            assert (ahead["type"], ahead["number"]) == ("emergency", "999")
            assert "seq" not in ahead
            rest = await client.until_end()
            assert [kind for kind, _ in itertools.groupby(kinds(rest))] == [
                "stream_start",
                "status",
                "token",
                "stream_end",
            ]
            turn_id = rest[0]["metadata"]["turn_id"]
            await client.send(type="resume", session_id=client.session_id, after=2, turn_id=turn_id)
            assert kinds(await client.until_end()) == ["emergency", "token", "stream_end"]

    with SiteServer(tmp_path) as server:
        run(talk(server.url))


def test_a_message_over_the_limit_is_refused_but_its_emergency_is_told(tmp_path: Path, run: Run) -> None:
    async def talk(url: str) -> None:
        async with stream_client(url) as client:
            for _ in range(2):
                assert kinds(await client.ask("hello"))[-1] == "stream_end"
            frames = await client.ask(ALARM)
            assert kinds(frames) == ["emergency", "error"]
            refused(frames[1], "rate_limited")

    with SiteServer(tmp_path, ChannelSettings(messages_per_minute=6)) as server:
        run(talk(server.url))


@pytest.mark.parametrize(
    ("more", "error_type"),
    [
        ({"session_id": "0199a6e2-58d4-7cc3-9d0b-6a3c7e1f2b40"}, "not_found"),
        ({"patient_profile": {"age": "unknown"}}, "validation_error"),
        ({"time_zone": "Mars/Olympus"}, "validation_error"),
        ({"message": f"{ALARM}. {'What can I do? ' * 400}"}, "validation_error"),
    ],
)
def test_a_message_that_is_not_valid_is_refused_but_its_emergency_is_told(
    site_server: SiteServer, run: Run, more: dict[str, Any], error_type: str
) -> None:
    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            await client.send(**{"message": ALARM, **more})
            frames = await client.until_end()
            assert kinds(frames) == ["emergency", "error"]
            refused(frames[1], error_type)

    run(talk())


def test_an_emergency_while_another_answer_is_being_given(site_server: SiteServer, run: Run) -> None:
    site_server.hold("tell me everything")

    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            await client.send(message="tell me everything")
            while (await client.next())["type"] != "token":
                pass
            await client.send(message=ALARM)
            before = await client.until_end()
            assert before[-1]["metadata"]["cancelled"] is True
            told = await client.until_end()
            assert [kind for kind in kinds(told) if kind != "emergency"] == [
                "stream_start",
                "status",
                "status",
                "token",
                "stream_end",
            ]
            # Within its turn before the first word, or ahead of the turn on a machine that is slow.
            shown = kinds([*before, *told])
            assert shown.count("emergency") == 1
            assert shown[-2:] == ["token", "stream_end"]

    run(talk())
