"""Kill -9 in the middle of turns, again and again: every accepted message gets exactly one reply, and who comes back
reads it. The moment of death is a number of stream events seen by all clients together, from a fixed seed."""

import asyncio
import random
import sqlite3
import time
import uuid
from collections import Counter
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.acceptance.visitors import Lost, Visitor
from tests.server_process import ServerProcess

DEVICES = 24
CUTS = 4
SAID = ("Hello, I want to schedule an appointment", "What are your opening hours?", "Where is the clinic?")


class PowerCut:
    """Kills the server at the n-th event, and starts it again on the same port and data."""

    def __init__(self, server: ServerProcess, after_events: int) -> None:
        self.server = server
        self.left = after_events
        self.happened = False
        self.back = asyncio.Event()

    def event(self) -> None:
        self.left -= 1
        if self.left <= 0 and not self.happened:
            self.happened = True
            self.server.kill()
            self.restarting = asyncio.create_task(asyncio.to_thread(self.server.start))
            self.restarting.add_done_callback(lambda _: self.back.set())


async def say(visitor: Visitor, text: str, cut: PowerCut, *, comes_back: bool) -> None:
    """Says one thing, whatever happens to the server. A visitor with an event id resumes, one without posts again."""
    message_id = str(uuid.uuid4())
    try:
        await visitor.stream(text, message_id)
    except Lost:
        if not comes_back:
            return
        await cut.back.wait()
        if visitor.last_event_id is not None:
            await visitor.resume(text)
        else:
            await visitor.stream(text, message_id)


async def round_of(server: ServerProcess, number: int) -> list[Visitor]:
    """All devices say a few things one after the other, with one power cut somewhere in it."""
    chance = random.Random(number)
    cut = PowerCut(server, chance.randint(3, DEVICES * 6))
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=server.url, limits=limits, timeout=60, trust_env=False) as http:
        visitors = [Visitor(http, f"cut-{number}-{device}") for device in range(DEVICES)]

        async def talk(visitor: Visitor, *, comes_back: bool) -> None:
            visitor.on_frame = cut.event
            for text in SAID:
                await say(visitor, text, cut, comes_back=comes_back)
                if cut.happened and not comes_back:
                    return

        await asyncio.gather(*(talk(visitor, comes_back=n % 3 > 0) for n, visitor in enumerate(visitors)))
        assert cut.happened, "the power never failed"
        await cut.back.wait()
    return [visitor for n, visitor in enumerate(visitors) if n % 3 > 0]


def when_all_is_answered(database: Path) -> list[tuple[str, str, str, str]]:
    """(address, turn, direction, body) of everything stored, once no turn is open."""
    deadline = time.monotonic() + 30
    with closing(sqlite3.connect(database)) as connection:
        while connection.execute("SELECT count(*) FROM turns WHERE status IN ('queued', 'running')").fetchone()[0]:
            assert time.monotonic() < deadline, "turns are still open"
            time.sleep(0.05)
        return connection.execute(
            "SELECT u.phone_number, m.turn_id, m.direction, m.body FROM messages m JOIN users u ON u.id = m.user_id "
            "ORDER BY m.id"
        ).fetchall()


@pytest.mark.timeout(180)
def test_every_accepted_message_has_one_reply_and_its_client_gets_it(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        returned = [visitor for number in range(CUTS) for visitor in asyncio.run(round_of(server, number))]
        stored = when_all_is_answered(tmp_path / "data" / "careline.db")
    replies = Counter(turn for _, turn, direction, _ in stored if direction == "outgoing")
    messages = Counter(turn for _, turn, direction, _ in stored if direction == "incoming")
    assert set(messages.values()) == {1}
    assert replies == messages
    told: dict[str, list[tuple[str, str]]] = {}
    for address, _, direction, body in stored:
        told.setdefault(address, []).append((direction, body))
    for visitor in returned:
        assert told[f"chat_{visitor.device}"] == visitor.expected_history()
