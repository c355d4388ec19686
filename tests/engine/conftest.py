"""An engine on a real SQLite database, as the program wires it, with a scripted assistant."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from careline.bus.memory import MemoryBus
from careline.domain.conversation import Attachment, Hints, Incoming
from careline.domain.events import Published
from careline.engine.answer import Answering
from careline.engine.clock import SystemClock
from careline.engine.recover import Housekeeping, Rhythm
from careline.engine.run import Patience, Runner
from careline.engine.turn import Engine, Limits
from careline.safety.gate import load_gate
from careline.storage.migrate import upgrade
from careline.storage.sql.connect import open_database
from careline.storage.sql.store import SqlStore
from tests.engine.scripted import OneAssistant, ScriptedAssistant

GATE = load_gate()


class Process:
    """One server process: its own engine and bus over the shared database."""

    def __init__(
        self,
        store: SqlStore,
        assistant: ScriptedAssistant,
        limits: Limits,
        patience: Patience,
        deliver: Callable[[], None],
    ) -> None:
        self.store = store
        self.assistant = assistant
        self.clock = SystemClock()
        self.bus = MemoryBus()
        self.answering = Answering(OneAssistant(assistant), GATE, self.clock)
        runner = Runner(store, self.bus, self.answering, self.clock, patience, deliver)
        self.engine = Engine(store, self.bus, runner, self.clock, f"process-{uuid.uuid4()}", limits)
        self.housekeeping = Housekeeping(self.engine, store, self.clock, Rhythm(), None)

    async def say(self, text: str, device: str = "d", external_id: str | None = None, **more: object) -> str:
        """The turn id of a message."""
        receipt = await self.engine.send(incoming(text, device, external_id))
        return receipt.turn.id

    async def log(self, turn_id: str, after: int = 0) -> list[Published]:
        return [item async for item in self.engine.follow(turn_id, after) if item is not None]


def incoming(
    text: str, device: str = "d", external_id: str | None = None, attachments: tuple[Attachment, ...] = ()
) -> Incoming:
    return Incoming("website", f"chat_{device}", text, attachments, external_id, Hints(time_zone="Europe/London"))


class World:
    """A database and the processes on it."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.processes: list[Process] = []

    def process(
        self,
        *,
        limits: Limits | None = None,
        patience: Patience | None = None,
        deliver: Callable[[], None] = lambda: None,
    ) -> Process:
        process = Process(
            self.store, ScriptedAssistant(), limits or Limits(), patience or Patience(retry_seconds=0.001), deliver
        )
        self.processes.append(process)
        return process


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    url = f"sqlite:///{folder / 'careline.db'}"
    await asyncio.to_thread(upgrade, url)
    database = open_database(url)
    opened = World(SqlStore(database))
    try:
        yield opened
    finally:
        for process in opened.processes:
            await process.engine.stop(0)
        await database.close()


@pytest.fixture
def in_world(tmp_path: Path) -> Callable[..., None]:
    """Runs an async test with a World."""

    def run(test: Callable[[World], "asyncio.Future[None]"]) -> None:
        async def main() -> None:
            async with world(tmp_path) as opened:
                await asyncio.wait_for(test(opened), 30)

        asyncio.run(main())

    return run
