"""200 devices at once, each holding a whole booking conversation with a real server."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.visitors import Visitor, Wish, book
from tests.server_process import ServerProcess, clean_environment

DEVICES = 200
OVERLAPS = """
SELECT count(*) FROM bookings a JOIN bookings b ON a.provider = b.provider AND a.id < b.id
AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at WHERE a.status = 'confirmed' AND b.status = 'confirmed'
"""
SAID = """
SELECT u.phone_number, m.direction, m.body FROM users u JOIN messages m ON u.id = m.user_id
WHERE u.phone_number LIKE 'chat_%' ORDER BY m.id
"""


async def everybody(url: str) -> list[Visitor]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60, trust_env=False) as http:
        visitors = [Visitor(http, f"device-{number}") for number in range(DEVICES)]
        async with asyncio.TaskGroup() as together:
            for number, visitor in enumerate(visitors):
                together.create_task(book(visitor, Wish(number), streaming=number % 2 == 0))
        for visitor in visitors[::10]:
            told = [(message["direction"], message["content"]) for message in await visitor.history()]
            assert told == visitor.expected_history()
    return visitors


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, list[Visitor]]]:
    with ServerProcess(tmp_path_factory.mktemp("many")) as server:
        yield server, asyncio.run(everybody(server.url))


Held = tuple[ServerProcess, list[Visitor]]


def rows(folder: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "data" / "careline.db")) as connection:
        return connection.execute(statement).fetchall()


@pytest.mark.timeout(180)
def test_every_stored_conversation_is_what_its_client_saw(held: Held) -> None:
    server, visitors = held
    stored: dict[str, list[tuple[str, str]]] = {}
    for address, direction, body in rows(server.folder, SAID):
        stored.setdefault(address, []).append((direction, body))
    assert stored == {f"chat_{visitor.device}": visitor.expected_history() for visitor in visitors}


def test_everybody_has_one_booking_and_no_two_overlap(held: Held) -> None:
    server, visitors = held
    listed = subprocess.run(
        [sys.executable, "-m", "careline.cli", "bookings", "list", "--json"],
        env=clean_environment(CARELINE_DATA_DIR=str(server.folder / "data")),
        cwd=server.folder,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    booked = [json.loads(line) for line in listed.splitlines()]
    assert sorted(one["address"] for one in booked) == sorted(f"chat_{visitor.device}" for visitor in visitors)
    assert {one["status"] for one in booked} == {"confirmed"}
    names = {f"chat_device-{number}": Wish(number).name for number in range(DEVICES)}
    assert {one["address"]: one["name"] for one in booked} == names
    assert rows(server.folder, OVERLAPS) == [(0,)]


def test_nothing_went_wrong_and_nobody_is_named_in_the_log(held: Held) -> None:
    server, _ = held
    log = server.log_text()
    assert '"level":"error"' not in log
    for personal in ("mail.example", "Keller", "device-17"):
        assert personal not in log
