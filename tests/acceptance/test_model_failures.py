"""A hundred people at once, and the language model fails each of them in another way: everybody gets a reply."""

import asyncio
import contextlib
import json
import socket
import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psutil
import pytest
import uvicorn

from careline.bootstrap import build
from careline.channels.site import site
from careline.engine.turn import Engine
from careline.models.fake import SCENARIOS, FakeServer
from careline.models.fake_answers import Ask
from careline.models.fake_failures import FAILURES
from careline.models.fake_http import Exchange
from careline.models.fake_scenarios import well
from careline.settings import Settings
from tests.channels.stream_client import stream_client
from tests.channels.stream_client import text_of as stream_client_text
from tests.channels.streams import read, text_of

Person = Callable[[httpx.AsyncClient, str, str], Awaitable["Heard"]]
PEOPLE = 100
MODEL = "trouble"
ARGUMENTS = {"busy": "2:1", "flaky": "2:503", "429": "2", "blast": "2000", "paced": "200:50", "tools": "2"}
FIRST_TOKEN_SECONDS, TOKEN_SECONDS = 12.0, 1.0
"""All have to be there within the first, and some scenarios take all of it."""
PATIENCE = 60.0
WELL_AGAIN = {"busy", "flaky", "old", "new"}
"""Failures after which the same request is answered in the end, or is not, as the others have it."""


class Heard(NamedTuple):
    """What one person read: the scenario that was played for them, their reply, and how it ended: None is not."""

    scenario: str
    turn_id: str
    text: str
    end: str | None


class Kept(NamedTuple):
    """A turn as it is stored, with what explains its reply."""

    status: str
    reply: str
    raw: dict[str, Any]


class Wave(NamedTuple):
    """What came of a hundred people at once. `tasks` and `running` are what was left when all had their reply.

    `connections` are those to the model's server then, `open_there` what that server counted, `open_after` once
    Careline had stopped.
    """

    heard: list[Heard]
    kept: dict[str, Kept]
    tasks: int
    running: list[str]
    connections: int
    open_there: int
    open_after: int


class Trouble:
    """Each person is answered by a scenario of their own, known by a word of their question, all in one moment."""

    def __init__(self, scenarios: Iterable[str]) -> None:
        self.scenarios = dict(zip(map(word, range(PEOPLE)), islice(cycle(scenarios), PEOPLE), strict=True))
        self._asked: Counter[str] = Counter()
        self._all_here = asyncio.Event()

    async def __call__(self, exchange: Exchange, ask: Ask) -> None:
        said = str(ask.messages[-1]["content"])
        code = next((one for one in self.scenarios if f" {one} " in said), None)
        if code is None:
            await well(exchange, ask)
            return
        self._asked[code] += 1
        if len(self._asked) == PEOPLE:
            self._all_here.set()
        await self._all_here.wait()
        name = self.scenarios[code]
        ask.nth = self._asked[code]
        ask.arguments = tuple(ARGUMENTS[name].split(":")) if name in ARGUMENTS else ()
        await SCENARIOS[name](exchange, ask)


def word(number: int) -> str:
    """A word that means nothing in any language."""
    return f"zq{'bcdfghjkmp'[number // 10]}{'bcdfghjkmp'[number % 10]}"


@asynccontextmanager
async def serving(folder: Path, model_url: str, first_token_seconds: float) -> AsyncGenerator[tuple[str, Engine], None]:
    """The whole program on this loop: its address, and its engine."""
    settings = Settings(
        database_url=f"sqlite:///{folder / 'careline.db'}",
        data_dir=folder,
        model=MODEL,
        model_base_url=model_url,
        model_first_token_seconds=first_token_seconds,
        model_token_seconds=TOKEN_SECONDS,
    )
    careline = build(settings)
    engine = careline.services.engine
    assert isinstance(engine, Engine)
    await careline.start()
    listening = socket.create_server(("127.0.0.1", 0), backlog=1_024)
    config = uvicorn.Config(site(careline.services), log_config=None, lifespan="off", ws="websockets-sansio")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve([listening]))
    try:
        if careline.warming is not None:
            await careline.warming
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", engine
    finally:
        server.should_exit = True
        await running
        await careline.stop()


def question(code: str) -> dict[str, Any]:
    text = f"Could you tell me what {code} would say about the moon"
    return {"json": {"content": text, "media_urls": [], "audio_urls": []}, "headers": {"X-Device-ID": f"device-{code}"}}


async def listen(http: httpx.AsyncClient, code: str, scenario: str) -> Heard:
    """To the end."""
    response = await http.post("/chat/stream", **question(code))
    seen = read(response)
    last = seen[-1].data
    end = last.get("error_type", "well") if last["is_final"] else None
    return Heard(scenario, response.headers["X-Turn-ID"], text_of(seen), end)


async def talk(http: httpx.AsyncClient, code: str, scenario: str) -> Heard:
    """To the end, with the health assistant."""
    async with stream_client(str(http.base_url).rstrip("/")) as client:
        seen = await client.ask(f"How long does a common cold last if {code} has it")
        end = "well" if seen[-1]["type"] == "stream_end" else seen[-1]["error_type"]
        return Heard(scenario, seen[0]["metadata"]["turn_id"], stream_client_text(seen), end)


async def go_away(http: httpx.AsyncClient, code: str, scenario: str) -> Heard:
    """At the first words."""
    async with http.stream("POST", "/chat/stream", **question(code)) as response:
        await anext(response.aiter_lines())
    return Heard(scenario, response.headers["X-Turn-ID"], "", None)


async def wave(folder: Path, trouble: Trouble, person: Person, patience: float = FIRST_TOKEN_SECONDS) -> Wave:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with FakeServer({MODEL: trouble}) as fake:
        async with serving(folder, fake.url, patience) as (url, engine):
            before = asyncio.all_tasks()
            sse = {"Accept": "text/event-stream"}
            async with httpx.AsyncClient(
                base_url=url, headers=sse, limits=limits, timeout=PATIENCE, trust_env=False
            ) as http:
                heard = await asyncio.gather(*(person(http, *one) for one in trouble.scenarios.items()))
            tasks = await left(before)
            running, connections, there = engine.running, connections_to(fake.url), fake.stats.open_connections
        await asyncio.wait_for(fake.until(lambda stats: not stats.running and not stats.open_connections), PATIENCE)
        return Wave(heard, stored(folder), tasks, running, connections, there, fake.stats.open_connections)


async def left(before: "set[asyncio.Task[Any]]") -> int:
    """How many tasks are left of those that came since, once there was time to end for them."""
    late = asyncio.get_running_loop().time() + PATIENCE
    while since := asyncio.all_tasks() - before:
        _, since = await asyncio.wait(since, timeout=late - asyncio.get_running_loop().time())
        if since:
            return len(since)
    return 0


def connections_to(url: str) -> int:
    port = httpx.URL(url).port
    return sum(bool(one.raddr) and one.raddr.port == port for one in psutil.Process().net_connections("tcp"))


def stored(folder: Path) -> dict[str, Kept]:
    """What is stored, by turn."""
    with contextlib.closing(sqlite3.connect(folder / "careline.db")) as database:
        rows = database.execute(
            "SELECT t.id, t.status, m.body, t.raw FROM turns t"
            " JOIN messages m ON m.turn_id = t.id AND m.direction = 'outgoing'"
        ).fetchall()
    return {
        turn: Kept(status, body, dict(pair for one in json.loads(raw) for pair in one.items()))
        for turn, status, body, raw in rows
    }


WAYS = {"website": listen, "health assistant": talk}


@pytest.fixture(scope="module", params=WAYS)
def failures(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Wave:
    return asyncio.run(wave(tmp_path_factory.mktemp("failures"), Trouble(SCENARIOS), WAYS[request.param]))


@pytest.fixture(scope="module")
def departures(tmp_path_factory: pytest.TempPathFactory) -> Wave:
    trouble = Trouble(["hang-mid", "paced"])  # neither lets anybody wait for a first word
    return asyncio.run(wave(tmp_path_factory.mktemp("departures"), trouble, go_away, patience=PATIENCE))


def test_every_way_to_fail_is_played() -> None:
    assert len(SCENARIOS) <= PEOPLE


def test_everybody_gets_a_whole_reply(failures: Wave) -> None:
    for one in failures.heard:
        assert one.end == "well", one.scenario
        answer = one.text.partition("\n\n")[2]  # after the greeting
        assert answer, one.scenario


def test_every_reply_is_stored_as_it_was_read(failures: Wave) -> None:
    for one in failures.heard:
        kept = failures.kept[one.turn_id]
        assert (kept.status, kept.reply) == ("completed", one.text), one.scenario


def test_the_log_says_why_the_model_did_not_answer(failures: Wave) -> None:
    fallbacks = {one.scenario: failures.kept[one.turn_id].raw["free"]["fallback"] for one in failures.heard}
    silent = {name for name, why in fallbacks.items() if name in FAILURES and name not in WELL_AGAIN and why is None}
    assert not silent


def test_failures_leave_nothing_behind(failures: Wave) -> None:
    nothing_left(failures)


def test_who_goes_away_leaves_nothing_behind(departures: Wave) -> None:
    nothing_left(departures)


def nothing_left(came: Wave) -> None:
    """No task, no turn; of the connections to the model those that wait for the next requests, and none in the end."""
    assert (came.tasks, came.running) == (0, [])
    assert came.connections == came.open_there
    assert came.open_after == 0


def test_who_goes_away_finds_their_reply_later(departures: Wave) -> None:
    for one in departures.heard:
        kept = departures.kept[one.turn_id]
        assert kept.status == "completed"
        assert ("I'm sorry, I cannot finish" in kept.reply) == (one.scenario == "hang-mid")
