"""The outbox's runner, on the real outbox in SQLite."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from careline.domain.errors import Invalid
from careline.outbox.runner import OutboxRunner
from careline.ports import Lease, OutboxItem
from careline.storage.migrate import upgrade
from careline.storage.sql.connect import open_database
from careline.storage.sql.database import Database
from careline.storage.sql.ids import new_id
from careline.storage.sql.outbox import SqlOutbox
from careline.storage.sql.tables import outbox

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class HandClock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def pass_(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Recorder:
    """Delivers by noting down; `fail` is raised instead while set, `gate` is awaited first."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.fail: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.changed = asyncio.Event()
        self.under_way = 0
        self.most_under_way = 0

    async def deliver(self, item: OutboxItem) -> None:
        self.under_way += 1
        self.changed.set()
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            if self.gate is not None:
                await self.gate.wait()
            if self.fail is not None:
                raise self.fail
            self.seen.append(item.id)
        finally:
            self.under_way -= 1
            self.changed.set()


class Place:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = HandClock()
        self.recorder = Recorder()
        self.outbox = SqlOutbox(database)

    def runner(self, owner: str = "one", **options: Any) -> OutboxRunner:
        return OutboxRunner(self.outbox, {"mail": self.recorder}, self.clock, owner, **options)

    async def put(self, count: int = 1, kind: str = "mail") -> list[str]:
        ids = [new_id() for _ in range(count)]
        rows = [{"id": one, "kind": kind, "payload": {}, "due_at": START, "created_at": START} for one in ids]
        await self.database.write(lambda conn: conn.execute(insert(outbox), rows) and None)
        return ids

    async def row(self, item_id: str) -> Any:
        query = outbox.select().where(outbox.c.id == item_id)
        return await self.database.read(lambda conn: conn.execute(query).one())

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for a delivery to begin or end that makes it true."""
        while not condition():
            self.recorder.changed.clear()
            await self.recorder.changed.wait()


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Callable[[Place], Coroutine[Any, Any, None]]], None]:
    url = f"sqlite:///{tmp_path / 'careline.db'}"
    upgrade(url)

    async def run(story: Callable[[Place], Coroutine[Any, Any, None]]) -> None:
        database = open_database(url)
        try:
            await asyncio.wait_for(story(Place(database)), 30)
        finally:
            await database.close()

    return lambda story: asyncio.run(run(story))


Play = Callable[[Callable[[Place], Coroutine[Any, Any, None]]], None]


def test_everything_due_is_delivered_once(play: Play) -> None:
    async def story(place: Place) -> None:
        ids = await place.put(10)
        assert await place.runner().drain() == 10
        assert sorted(place.recorder.seen) == sorted(ids)
        assert (await place.row(ids[0])).delivered_at == START
        assert await place.runner("two").drain() == 0

    play(story)


def test_no_more_at_once_than_allowed(play: Play) -> None:
    async def story(place: Place) -> None:
        place.recorder.gate = asyncio.Event()
        await place.put(9)
        runner = place.runner(at_once=3)
        running = asyncio.create_task(runner.run())
        await place.until(lambda: place.recorder.under_way == 3)
        place.recorder.gate.set()
        await place.until(lambda: len(place.recorder.seen) == 9)
        assert place.recorder.most_under_way == 3
        runner.stop()
        await running

    play(story)


def test_an_alert_does_not_wait_for_mails_that_hang(play: Play) -> None:
    async def story(place: Place) -> None:
        alerts, mails = Recorder(), place.recorder
        alerts.changed = mails.changed
        mails.gate = asyncio.Event()
        await place.put(9)
        deliverers = {"mail": mails, "alert": alerts}
        runner = OutboxRunner(place.outbox, deliverers, place.clock, "one", ahead=("alert",), at_once=2)
        running = asyncio.create_task(runner.run())
        await place.until(lambda: mails.under_way == 2)
        sent = await place.put(3, kind="alert")
        runner.wake()
        await place.until(lambda: sorted(alerts.seen) == sorted(sent))
        assert (mails.seen, mails.most_under_way) == ([], 2)
        mails.gate.set()
        await place.until(lambda: len(mails.seen) == 9)
        runner.stop()
        await running

    play(story)


def test_a_wake_is_enough(play: Play) -> None:
    async def story(place: Place) -> None:
        runner = place.runner(poll_seconds=1e6)
        running = asyncio.create_task(runner.run())
        for count in (1, 2):
            await place.put()
            runner.wake()
            await place.until(lambda count=count: len(place.recorder.seen) == count)  # type: ignore[misc]
        runner.stop()
        await running

    play(story)


def test_a_failure_is_tried_again_later_and_later(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    async def story(place: Place) -> None:
        [item] = await place.put()
        place.recorder.fail = ConnectionRefusedError("john@example.com")
        runner = place.runner(backoff_seconds=10)
        waits = []
        for _ in range(4):
            assert await runner.drain() == 1
            row = await place.row(item)
            assert (row.delivered_at, row.failed_at, row.error_type) == (None, None, "ConnectionRefusedError")
            waits.append((row.due_at - place.clock.now()).total_seconds())
            assert await runner.drain() == 0
            place.clock.pass_(waits[-1])
        for wait, expected in zip(waits, (20, 40, 80, 160), strict=True):
            assert 0.75 * expected <= wait <= 1.25 * expected
        place.recorder.fail = None
        assert await runner.drain() == 1
        assert place.recorder.seen == [item]

    with caplog.at_level(logging.WARNING):
        play(story)
    assert "john@example.com" not in caplog.text
    assert caplog.records[0].__dict__["error_type"] == "ConnectionRefusedError"


def test_it_is_given_up_visibly(play: Play) -> None:
    async def story(place: Place) -> None:
        [item] = await place.put()
        place.recorder.fail = OSError()
        runner = place.runner(attempts=3)
        for _ in range(3):
            assert await runner.drain() == 1
            place.clock.pass_(4000)
        assert await runner.drain() == 0
        row = await place.row(item)
        assert (row.attempt, row.error_type, row.delivered_at) == (3, "OSError", None)
        assert row.failed_at is not None

    play(story)


def test_what_can_never_be_delivered_is_given_up_at_once(play: Play) -> None:
    async def story(place: Place) -> None:
        [item] = await place.put()
        place.recorder.fail = Invalid()
        await place.runner().drain()
        assert (await place.row(item)).failed_at is not None

    play(story)


def test_an_unknown_kind_waits_for_a_program_that_knows_it(play: Play) -> None:
    async def story(place: Place) -> None:
        [unknown], [known] = await place.put(kind="fax"), await place.put()
        await place.runner().drain()
        assert place.recorder.seen == [known]
        row = await place.row(unknown)
        assert (row.failed_at, row.error_type) == (None, "UnknownKind")

    play(story)


def test_a_delivery_that_hangs_is_ended(play: Play) -> None:
    async def story(place: Place) -> None:
        [item] = await place.put()
        place.recorder.gate = asyncio.Event()
        await place.runner(timeout_seconds=0.01).drain()
        assert (await place.row(item)).error_type == "TimeoutError"

    play(story)


def test_what_a_dead_process_had_claimed_is_delivered_when_its_lease_runs_out(play: Play) -> None:
    async def story(place: Place) -> None:
        [item] = await place.put()
        claimed = await place.outbox.due(START, Lease("dead", START + timedelta(seconds=120)), 5)
        assert [one.id for one in claimed] == [item]
        runner = place.runner()
        assert await runner.drain() == 0
        place.clock.pass_(121)
        assert await runner.drain() == 1
        assert place.recorder.seen == [item]

    play(story)


def test_two_runners_share_the_work(play: Play) -> None:
    async def story(place: Place) -> None:
        ids = await place.put(20)
        await asyncio.gather(place.runner("one").drain(), place.runner("two").drain())
        assert sorted(place.recorder.seen) == sorted(ids)

    play(story)


def test_stopping_waits_for_what_is_under_way(play: Play) -> None:
    async def story(place: Place) -> None:
        ids = await place.put(2)
        place.recorder.gate = asyncio.Event()
        runner = place.runner(at_once=1)
        running = asyncio.create_task(runner.run())
        await place.until(lambda: place.recorder.under_way == 1)
        runner.stop()
        assert not running.done()
        place.recorder.gate.set()
        await running
        assert len(place.recorder.seen) == 1
        delivered = [(await place.row(item)).delivered_at is not None for item in ids]
        assert sorted(delivered) == [False, True]

    play(story)


def test_cancelling_leaves_what_is_under_way_to_the_next_process(play: Play) -> None:
    async def story(place: Place) -> None:
        [item] = await place.put()
        place.recorder.gate = asyncio.Event()
        running = asyncio.create_task(place.runner().run())
        await place.until(lambda: place.recorder.under_way == 1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert (await place.row(item)).delivered_at is None
        place.recorder.gate.set()
        place.clock.pass_(121)
        await place.runner("two").drain()
        assert place.recorder.seen == [item]

    play(story)


def test_an_outbox_that_is_away_does_not_end_the_runner(play: Play) -> None:
    async def story(place: Place) -> None:
        [item] = await place.put()
        await place.database.write(lambda conn: conn.execute(text("ALTER TABLE outbox RENAME TO away")) and None)
        runner = place.runner(poll_seconds=0.001)
        running = asyncio.create_task(runner.run())
        assert await runner.drain() == 0
        await place.database.write(lambda conn: conn.execute(text("ALTER TABLE away RENAME TO outbox")) and None)
        await place.until(lambda: place.recorder.seen == [item])
        runner.stop()
        await running

    play(story)
