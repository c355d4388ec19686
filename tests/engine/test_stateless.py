"""While the database is away: an answer without state, journalled, and stored when the database is back."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from careline.domain.effects import Outcome, RequestPerson
from careline.domain.errors import StoreUnavailable
from careline.domain.events import Completed, Emergency
from careline.engine.recover import Housekeeping, Rhythm
from careline.engine.run import Patience, Runner
from careline.engine.stateless import Stateless
from careline.engine.turn import Engine, Limits
from careline.ports import Finish, Lease
from careline.storage.spool import Spool
from careline.storage.sql.ids import new_id
from careline.storage.sql.store import SqlStore
from tests.engine.conftest import World, incoming
from tests.engine.scripted import saying
from tests.engine.test_turns import history, text_of

InWorld = Callable[..., None]


class Unplugged(SqlStore):
    """The real store with a plug that can be pulled."""

    away = False

    def __init__(self, store: SqlStore) -> None:
        super().__init__(store.database)

    async def accept(self, *args: Any) -> Any:
        self._check()
        return await super().accept(*args)

    async def finish(self, finish_: Finish, next_lease: Lease) -> Any:
        self._check()
        return await super().finish(finish_, next_lease)

    async def import_exchange(self, exchange: Any) -> bool:
        self._check()
        return await super().import_exchange(exchange)

    def _check(self) -> None:
        if self.away:
            raise StoreUnavailable


class Plant:
    """An engine with the stateless fallback over a store that can go away."""

    def __init__(self, world: World, folder: Path) -> None:
        process = world.process()
        self.assistant = process.assistant
        self.store = Unplugged(world.store)
        self.spool = Spool(folder / "spool.jsonl", self.store)
        runner = Runner(self.store, process.bus, process.answering, process.clock, Patience(retry_seconds=0.001))
        stateless = Stateless(process.bus, process.answering, self.spool, process.clock, new_id)
        self.engine = Engine(self.store, process.bus, runner, process.clock, "plant", Limits(), stateless)
        self.housekeeping = Housekeeping(self.engine, self.store, process.clock, Rhythm(), self.spool)


def test_the_person_gets_an_answer_and_nothing_is_lost(in_world: InWorld, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        plant = Plant(world, tmp_path)
        plant.store.away = True
        receipt = await plant.engine.send(incoming("hello"))
        assert (await plant.engine.wait(receipt.turn.id)).text == "You said: hello"
        assert await world.store.person("chat_d") is None
        with pytest.raises(StoreUnavailable):
            await plant.housekeeping.recover()
        plant.store.away = False
        await plant.housekeeping.recover()
        await plant.housekeeping.recover()
        assert await history(world) == [("incoming", "hello"), ("outgoing", "You said: hello")]
        stored = await world.store.turn(receipt.turn.id)
        assert (stored.turn.status, stored.reply) == ("completed", "You said: hello")

    in_world(test)


def test_the_gate_works_without_a_database(in_world: InWorld, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        plant = Plant(world, tmp_path)
        plant.store.away = True
        receipt = await plant.engine.send(incoming("I can't breathe"))
        log = [item async for item in plant.engine.follow(receipt.turn.id) if item is not None]
        assert any(isinstance(item.event, Emergency) for item in log)
        assert "999" in text_of(log)
        assert isinstance(log[-1].event, Completed)

    in_world(test)


def test_who_asked_for_a_person_waits_for_one_once_the_database_is_back(in_world: InWorld, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        plant = Plant(world, tmp_path)
        plant.store.away = True
        asked = Outcome(state={}, effects=(RequestPerson("asked_for_person"),))
        plant.assistant.scripts["a person please"] = saying("I have told them.", outcome=asked)
        for text in ("a person please", "hello"):
            await plant.engine.send(incoming(text))
        plant.store.away = False
        await plant.housekeeping.recover()
        [listed] = (await world.store.conversations(None, 10, waiting=True)).items
        assert (listed.address, listed.waiting_reason) == ("chat_d", "asked_for_person")
        assert listed.waiting_since is not None

    in_world(test)


def test_without_a_journal_either_the_message_is_refused(in_world: InWorld, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        plant = Plant(world, tmp_path)
        plant.store.away = True
        (tmp_path / "spool.jsonl").mkdir()
        with pytest.raises(StoreUnavailable):
            await plant.engine.send(incoming("hello"))

    in_world(test)


def test_a_reply_waits_for_a_database_that_went_away_meanwhile(in_world: InWorld, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        plant = Plant(world, tmp_path)
        gate = plant.assistant.hold("slow")
        receipt = await plant.engine.send(incoming("slow"))
        await plant.assistant.reached["slow"].wait()
        plant.store.away = True
        gate.set()
        waiting = asyncio.create_task(plant.engine.wait(receipt.turn.id))
        done, _ = await asyncio.wait({waiting}, timeout=0.02)
        assert not done
        plant.store.away = False
        assert (await waiting).text == "You said: slow"
        with closing(sqlite3.connect(tmp_path / "careline.db")) as raw:
            assert raw.execute("SELECT count(*) FROM messages").fetchone() == (2,)

    in_world(test)
