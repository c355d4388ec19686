# ruff: noqa: ASYNC240  small files, and nothing else runs
"""The spool: what was answered without a database is stored exactly once, whatever happens in between."""

import asyncio
import stat
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from careline.domain.conversation import Attachment, Hints, Incoming
from careline.domain.errors import Invalid, StoreFull, StoreUnavailable
from careline.ports import Exchange, Lease
from careline.storage.spool import Spool
from careline.storage.sql.connect import open_database
from careline.storage.sql.ids import new_id
from careline.storage.sql.lock import ProcessLock
from careline.storage.sql.store import SqlStore

Run = Callable[[Coroutine[Any, Any, Any]], Any]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def exchange(n: int = 1, external_id: str | None = None) -> Exchange:
    incoming = Incoming(
        "website",
        "chat_one",
        f"question {n} ÖÇ\n\u2028",
        (Attachment("image", "https://x.test/1.png"),),
        external_id,
        Hints("tr", "Europe/Istanbul"),
    )
    at = NOON + timedelta(seconds=n)
    return Exchange(new_id(), incoming, "anna", at, f"answer {n}", at + timedelta(milliseconds=5), b"\x00events")


class Shelf:
    """A store that keeps what it is given. With `room` it is away once it has kept so many."""

    def __init__(self) -> None:
        self.kept: dict[str, Exchange] = {}
        self.calls = 0
        self.room: int | None = None
        self.refuses: set[str] = set()

    async def import_exchange(self, exchange: Exchange) -> bool:
        self.calls += 1
        if self.room is not None and len(self.kept) >= self.room:
            raise StoreUnavailable
        if exchange.turn_id in self.refuses:
            raise Invalid
        new = exchange.turn_id not in self.kept
        self.kept[exchange.turn_id] = exchange
        return new


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "spool.jsonl"


def test_what_is_appended_is_drained_whole_and_in_order(run: Run, path: Path, shelf: Shelf) -> None:
    async def scene() -> None:
        spool = Spool(path, shelf)
        exchanges = [exchange(n) for n in range(3)]
        for one in exchanges:
            await spool.append(one)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert len(path.read_bytes().splitlines()) == 3
        assert await Spool(path, shelf).drain() == 3
        assert list(shelf.kept.values()) == exchanges
        assert path.read_bytes() == b""
        assert await spool.drain() == 0
        assert shelf.calls == 3

    run(scene())


def test_nothing_is_dropped_while_the_database_is_away(run: Run, path: Path, shelf: Shelf) -> None:
    async def scene() -> None:
        spool = Spool(path, shelf)
        for n in range(3):
            await spool.append(exchange(n))
        before = path.read_bytes()
        shelf.room = 1
        with pytest.raises(StoreUnavailable):
            await spool.drain()
        assert path.read_bytes() == before
        shelf.room = None
        assert await spool.drain() == 2
        assert len(shelf.kept) == 3

    run(scene())


def test_what_comes_while_draining_is_kept(run: Run, path: Path, shelf: Shelf) -> None:
    late = exchange(9)

    class Slow(Shelf):
        async def import_exchange(self, one: Exchange) -> bool:
            if not self.kept:
                await spool.append(late)
            return await super().import_exchange(one)

    slow = Slow()
    spool = Spool(path, slow)

    async def scene() -> None:
        await spool.append(exchange(1))
        assert await spool.drain() == 2
        assert late.turn_id in slow.kept
        assert path.read_bytes() == b""

    run(scene())


@pytest.mark.parametrize("cut", [1, 2, 50, 200])
def test_a_last_line_cut_short_by_a_crash_is_skipped(cut: int, run: Run, path: Path, shelf: Shelf) -> None:
    async def scene() -> None:
        spool = Spool(path, shelf)
        await spool.append(exchange(1))
        await spool.append(exchange(2))
        path.write_bytes(path.read_bytes()[:-cut])
        await spool.append(exchange(3))
        await Spool(path, shelf).drain()
        stored = {one.reply for one in shelf.kept.values()}
        assert {"answer 1", "answer 3"} <= stored
        path.write_bytes(b'{"turn_id":"')
        assert await spool.drain() == 0
        assert path.read_bytes() == b""

    run(scene())


def test_a_line_the_store_refuses_does_not_block_the_others(
    run: Run, path: Path, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        spool = Spool(path, shelf)
        refused = exchange(1)
        shelf.refuses.add(refused.turn_id)
        await spool.append(refused)
        await spool.append(exchange(2))
        assert await spool.drain() == 1
        kept = path.with_name("spool.jsonl.refused")
        assert refused.turn_id.encode() in kept.read_bytes()
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600

    run(scene())
    assert "question" not in caplog.text


def test_a_broken_line_is_put_aside_once_however_often_the_store_is_asked(run: Run, path: Path, shelf: Shelf) -> None:
    async def scene() -> None:
        spool = Spool(path, shelf)
        path.parent.mkdir()
        path.write_bytes(b'{"turn_id": "cut short by a power cut')
        await spool.append(exchange(1))
        shelf.room = 0
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await spool.drain()
        shelf.room = None
        assert await spool.drain() == 1
        assert path.with_name("spool.jsonl.refused").read_bytes().count(b"\n") == 1
        assert path.read_bytes() == b""

    run(scene())


def test_the_spool_has_a_bound(run: Run, path: Path, shelf: Shelf) -> None:
    async def scene() -> None:
        spool = Spool(path, shelf, max_bytes=1000)
        await spool.append(exchange(1))
        kept = 1
        with pytest.raises(StoreFull):  # noqa: PT012  one of them has to be too much
            for n in range(10):
                await spool.append(exchange(n))
                kept += 1
        assert path.stat().st_size <= 1000
        assert await spool.drain() == kept
        await spool.append(exchange(20))

    run(scene())


def test_a_folder_that_cannot_be_written_is_unavailable(run: Run, tmp_path: Path, shelf: Shelf) -> None:
    (tmp_path / "file").write_text("not a folder")

    async def scene() -> None:
        with pytest.raises(StoreUnavailable):
            await Spool(tmp_path / "file" / "spool.jsonl", shelf).append(exchange())

    run(scene())


def test_appends_at_once_do_not_mix(run: Run, path: Path, shelf: Shelf) -> None:
    async def scene() -> None:
        spools = [Spool(path, shelf), Spool(path, shelf)]
        await asyncio.gather(*(spools[n % 2].append(exchange(n)) for n in range(30)))
        assert await spools[0].drain() == 30

    run(scene())


def test_only_one_process_drains(run: Run, path: Path, shelf: Shelf) -> None:
    async def scene() -> None:
        spool = Spool(path, shelf)
        await spool.append(exchange())
        other = ProcessLock(path.with_name("spool.jsonl.lock"))
        assert other.acquire()
        assert await spool.drain() == 0
        other.release()
        assert await spool.drain() == 1

    run(scene())


def test_the_store_has_it_once_among_the_messages_of_its_time(run: Run, path: Path, sqlite_url: str) -> None:
    async def scene() -> None:
        database = open_database(sqlite_url)
        store = SqlStore(database)
        spool = Spool(path, store)
        first, second = exchange(1), exchange(2, external_id="m2")
        for one in (first, second):
            await spool.append(one)
        kept = path.read_bytes()
        assert await spool.drain() == 2
        path.write_bytes(kept)  # as if the process had died before it could drop them
        assert await spool.drain() == 0

        turn = await store.turn(first.turn_id)
        assert (turn.turn.status, turn.reply, turn.events) == ("completed", "answer 1", b"\x00events")
        assert (turn.turn.accepted_at, turn.finished_at) == (first.accepted_at, first.replied_at)
        assert turn.turn.hints == first.incoming.hints
        page = await store.history(turn.turn.person_id, None, 10)
        assert [message.body for message in reversed(page.items)] == [
            first.incoming.text,
            "answer 1",
            second.incoming.text,
            "answer 2",
        ]
        assert page.items[-1].attachments == first.incoming.attachments

        receipt = await store.accept(second.incoming, NOON + timedelta(seconds=60), _lease())
        assert (receipt.duplicate, receipt.turn.id) == (True, second.turn_id)
        receipt = await store.accept(exchange(3, "m3").incoming, NOON + timedelta(seconds=61), _lease())
        assert receipt.turn.conversation_id == turn.turn.conversation_id
        await spool.append(exchange(3, "m3"))
        assert await spool.drain() == 0
        await database.close()

    run(scene())


def _lease() -> Lease:
    return Lease("a", NOON + timedelta(hours=1))
