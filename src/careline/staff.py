"""What the operator's commands reach: the stored conversations and bookings, and the packs. No engine runs here.

Everything is read page by page, by keyset, so that a list costs the same memory however long it is. Errors: those of
`careline.ports.Store`.
"""

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from careline.domain.alert import Alert as Alert
from careline.domain.booking import Booking
from careline.domain.conversation import Message
from careline.domain.errors import NotFound
from careline.domain.events import Published, Token
from careline.engine.record import unpack
from careline.knowledge.operate import add_article as add_article
from careline.knowledge.operate import article_files as article_files
from careline.knowledge.operate import article_folders as article_folders
from careline.knowledge.operate import knowledge_problems as knowledge_problems
from careline.knowledge.operate import passage_as_json as passage_as_json
from careline.knowledge.operate import passage_as_text as passage_as_text
from careline.knowledge.operate import search_knowledge as search_knowledge
from careline.packs.check import check_pack
from careline.packs.load import find_pack
from careline.ports import Page
from careline.settings import Settings
from careline.storage.migrate import upgrade
from careline.storage.sql.alerts import SqlAlerts
from careline.storage.sql.booking_rows import list_bookings
from careline.storage.sql.connect import open_database
from careline.storage.sql.explaining import explained_turn
from careline.storage.sql.reading import ListedConversation as ListedConversation
from careline.storage.sql.store import SqlStore as SqlStore

T = TypeVar("T")
PAGE = 200
CLEANED_AT_ONCE = 200


def upgrade_database(settings: Settings) -> None:
    """Brings the database to this program's schema. Not for an event loop's thread."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(settings.database_url)


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[SqlStore]:
    database = open_database(settings.database_url)
    try:
        yield SqlStore(database)
    finally:
        await database.close()


async def bookings(store: SqlStore) -> AsyncIterator[Booking]:
    """All bookings, in the order they were made; holds are none."""
    last: str | None = None
    while True:
        page = await store.database.read(partial(list_bookings, after=last, limit=PAGE))
        for booking in page:
            yield booking
        if len(page) < PAGE:
            return
        last = page[-1].id


async def conversations(store: SqlStore, *, waiting: bool) -> AsyncIterator[ListedConversation]:
    """All conversations, newest first; with `waiting` those that wait for a person."""

    async def page(before: str | None) -> Page[ListedConversation]:
        return await store.conversations(before, PAGE, waiting=waiting)

    async for listed in _pages(page):
        yield listed


async def transcript(store: SqlStore, conversation_id: str) -> tuple[ListedConversation, tuple[Message, ...]]:
    """One conversation with its messages, oldest first. Raises NotFound."""
    try:
        return await store.transcript(conversation_id)
    except NotFound:
        raise NotFound("There is no such conversation; `careline conversations list` shows the ids.") from None


async def explain(store: SqlStore, turn_id: str) -> dict[str, Any]:
    """All that is kept of a turn except its words, as plain JSON. Raises NotFound."""
    try:
        turn = await store.database.read(partial(explained_turn, turn_id=turn_id))
    except NotFound:
        raise NotFound("There is no such turn; `careline conversations show --json` has the ids.") from None
    log = unpack(turn.events, turn.reply or "") if turn.events is not None else []
    kept: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(turn, events=None, reply=None))
    words = {"reply", "events"}
    return {
        **{key: value for key, value in kept.items() if key not in words},
        "raw": [_without_values(entry) for entry in turn.raw],
        "begun_ms": _ms(turn.accepted_at, turn.started_at),
        "ended_ms": _ms(turn.accepted_at, turn.finished_at),
        "events": list(_without_words(log)),
    }


def _without_words(log: Iterable[Published]) -> Iterator[dict[str, Any]]:
    """The events, with how many tokens and characters came at a place instead of what they said."""
    tokens: list[Published] = []
    for published in log:
        if isinstance(published.event, Token):
            tokens.append(published)
            continue
        yield from _counted(tokens)
        tokens = []
        event: dict[str, Any] = msgspec.to_builtins(published.event)
        event.pop("message", None)
        event.pop("choices", None)
        yield {"seq": published.seq, **event}
    yield from _counted(tokens)


def _without_values(entry: dict[str, Any]) -> dict[str, Any]:
    """A raw event without what was put into slots: that is what the person said."""
    commands = entry.get("commands")
    if not isinstance(commands, list):
        return entry
    bare = [{key: value for key, value in one.items() if key != "value"} for one in commands if isinstance(one, dict)]
    return {**entry, "commands": bare}


def _counted(tokens: list[Published]) -> Iterator[dict[str, Any]]:
    if tokens:
        length = sum(len(one.event.text) for one in tokens if isinstance(one.event, Token))
        yield {"seq": tokens[0].seq, "type": "token", "count": len(tokens), "characters": length}


def _ms(since: datetime, until: datetime | None) -> float | None:
    return None if until is None else round((until - since).total_seconds() * 1000, 1)


async def alerts(store: SqlStore, *, open_only: bool) -> AsyncIterator[Alert]:
    """All staff alerts, newest first; with `open_only` those nobody has acknowledged."""

    async def page(before: str | None) -> Page[Alert]:
        return await SqlAlerts(store.database).listed(before, PAGE, open_only=open_only)

    async for alert in _pages(page):
        yield alert


async def acknowledge(store: SqlStore, alert_id: str, by: str) -> Alert:
    """The alert with the name of who acknowledged it first. Raises NotFound, Invalid."""
    try:
        return await SqlAlerts(store.database).acknowledge(alert_id, by, datetime.now(UTC))
    except NotFound:
        raise NotFound("There is no such alert; `careline alerts` shows the ids.") from None


async def clean_up(store: SqlStore) -> int:
    """Ends all sessions past their time to live; how many there were."""
    ended = 0
    while True:
        batch = await store.end_expired(datetime.now(UTC), CLEANED_AT_ONCE)
        ended += len(batch)
        if len(batch) < CLEANED_AT_ONCE:
            return ended


async def set_ttl(store: SqlStore, device: str, seconds: int) -> None:
    """The time to live of a website device's open session. Raises NotFound when it has none."""
    session = await store.session("website", f"chat_{device}")
    if session is None:
        raise NotFound("This device has no open session.")
    await store.set_session_ttl(session.id, seconds)


def pack_problems(folder: Path) -> list[str]:
    """What is wrong with the pack in a folder, each as `file:line: message` with the file as a path to open."""
    from careline.scheduling.calendar import read_calendar

    return [
        f"{folder / problem.file}:{problem.line}: {problem.message}" for problem in check_pack(folder, read_calendar)
    ]


def pack_folders(settings: Settings) -> list[Path]:
    """The pack that is served and every pack of the own folder. Raises NotFound."""
    own = sorted(head.parent for head in settings.packs_dir.glob("*/pack.yaml")) if settings.packs_dir else []
    served = find_pack(settings.pack, settings.packs_dir)
    return own if served in own else [served, *own]


def copy_pack(settings: Settings, name: str, target: Path) -> None:
    """A pack of one's own, named after its folder. Raises NotFound when there is no pack `name`."""
    shutil.copytree(find_pack(name, settings.packs_dir), target, ignore=shutil.ignore_patterns("__pycache__"))
    head = target / "pack.yaml"
    head.write_text(re.sub(r"(?m)^name:.*$", f"name: {target.resolve().name}", head.read_text(), count=1))


async def _pages(page: Callable[[str | None], Awaitable[Page[T]]]) -> AsyncIterator[T]:
    cursor: str | None = None
    while True:
        found = await page(cursor)
        for item in found.items:
            yield item
        if found.next is None:
            return
        cursor = found.next
