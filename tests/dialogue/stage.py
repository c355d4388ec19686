"""Where a script is played: the real engine, gate, pack and calendar on a real SQLite file, with a clock to set."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from careline.assistants.flow import FlowAssistant, Waiting
from careline.assistants.flow_free import FreeFlows, persona_of
from careline.assistants.free import FreeAssistant, Means
from careline.assistants.tools import Tools
from careline.bus.memory import MemoryBus
from careline.dialogue.flows import decode_flow
from careline.dialogue.pack import ModelUse, Pack
from careline.dialogue.understanding import Understanding
from careline.domain.booking import Visitor
from careline.domain.conversation import Hints, Incoming
from careline.engine.answer import Answering
from careline.engine.reply import Reply, fold
from careline.engine.run import Patience, Runner
from careline.engine.turn import Engine, Limits
from careline.language import Languages, load_languages
from careline.packs.load import SHIPPED, load_pack
from careline.packs.source import Source, read_source
from careline.ports import Assistant, History, Model, Window
from careline.safety.gate import load_gate
from careline.storage.sql.bookings import SqlScheduling
from careline.storage.sql.connect import open_database
from careline.storage.sql.ids import new_id
from careline.storage.sql.store import SqlStore
from tests.dialogue.tools import calendar_of, shipped_tools

PACK = SHIPPED / "istanbul_medic"
GATE = load_gate()
ADDRESS = "chat_visitor"
IMPATIENT = Waiting(understanding=0.05, rephrasing=0.05)
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


class Installed(msgspec.Struct, frozen=True):
    """What every script shares: read once."""

    pack: Pack
    languages: Languages
    understanding: Understanding
    tools: Tools


@cache
def installed() -> Installed:
    pack, languages = load_pack(PACK), load_languages()
    return Installed(pack, languages, Understanding(pack, languages), shipped_tools())


class SettableClock:
    """Stands still but for a microsecond a look, until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        self._now += timedelta(microseconds=1)
        return self._now

    def move(self, duration: str) -> None:
        """By an ISO 8601 duration of days, hours and minutes."""
        found = _DURATION.fullmatch(duration)
        if found is None:
            raise ValueError(duration)
        days, hours, minutes = (int(n or 0) for n in found.groups())
        self._now += timedelta(days=days, hours=hours, minutes=minutes)


class OneAssistant:
    """The `Assistants` of a stage: one, which a script may change under a running conversation.

    Its flows alone, or with free conversation around them where there is a `history`.
    """

    def __init__(
        self, scheduling: SqlScheduling, model: Model | None, use: ModelUse | None, history: History | None
    ) -> None:
        self._scheduling = scheduling
        self._model = model
        self._history = history
        self._edits = 0
        pack = installed().pack
        self.install(msgspec.structs.replace(pack, model=use or pack.model))

    def install(self, pack: Pack) -> None:
        shared = installed()
        self.pack = pack
        self._flows = FlowAssistant(
            pack,
            pack.default_agent,
            shared.languages,
            self._scheduling,
            shared.tools,
            shared.understanding,
            self._model,
            IMPATIENT,
        )

    def choose(self, text: str, hints: Hints, channel: str) -> str:
        return self._flows.name

    def get(self, agent: str) -> Assistant:
        if self._model is None or self._history is None:
            return self._flows
        means = Means(
            alarm=GATE.raised,
            history=self._history,
            retriever=None,
            scheduling=self._scheduling,
            service=self.pack.service,
            zone=self.pack.clinic.time_zone,
            show=lambda moment, zone, language: installed().tools.show_time(moment, zone, language),
        )
        return FreeAssistant(FreeFlows(self._flows), self._model, persona_of(self.pack), means)

    def edit(self, flow: str) -> None:
        """Changes the flow's definition: every step that nothing goes to gets another id."""
        pack = self.pack
        self._edits += 1
        edited = decode_flow(renamed_steps(PACK / "flows" / f"{flow}.yaml", f"_{self._edits}"))
        self.install(msgspec.structs.replace(pack, flows={**pack.flows, flow: edited}))


def renamed_steps(file: Path, suffix: str) -> dict[str, Any]:
    """The flow as data, with the suffix on the ids of steps that no other step names."""
    source = read_source(file.parent, file.name)
    assert isinstance(source, Source)
    flow: dict[str, Any] = source.data
    named = {flow.get("on_cancel")}
    for step in flow["steps"]:
        named |= {step.get("go"), *step.get("on", {}).values()}
    for step, decoded in zip(flow["steps"], decode_flow(flow).steps, strict=True):
        if decoded.id not in named:
            step["id"] = f"{decoded.id}{suffix}"
    return flow


class Stage:
    """An engine on one database, and what is stored in it."""

    def __init__(self, path: Path, engine: Engine, clock: SettableClock, assistants: OneAssistant) -> None:
        self.path = path
        self.engine = engine
        self.clock = clock
        self.assistants = assistants

    async def say(self, text: str, hints: Hints, address: str = ADDRESS) -> Reply:
        """The reply as a client sees it: folded from the events it follows."""
        receipt = await self.engine.send(Incoming("website", address, text, hints=hints))
        log = [event async for event in self.engine.follow(receipt.turn.id) if event is not None]
        await self.engine.wait(receipt.turn.id)
        return fold(receipt.turn.id, log)

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, values)]

    async def book_out(self, scheduling: SqlScheduling, moment: datetime) -> None:
        """Other visitors book every slot that begins then and is free or only held by a hold that has run out."""
        await self.say("hello", Hints(), "chat_somebody_else")
        [other] = self.rows(
            "SELECT c.id, c.user_id FROM conversation_states c JOIN users u ON u.id = c.user_id"
            " WHERE u.phone_number = 'chat_somebody_else'"
        )
        visitor = Visitor("Somebody Else", "botox", "else@example.com", None, "UTC", "en")
        service = self.assistants.pack.service
        window = Window(moment, moment + timedelta(minutes=1), "UTC")
        while free := await scheduling.slots(service, window, self.clock.now(), 1):
            now, conversation, request = self.clock.now(), other["id"], new_id()
            hold = await scheduling.hold(free[0], conversation, now, f"{request}:hold")
            await scheduling.confirm(hold, other["user_id"], visitor, conversation, now, f"{request}:confirm")


@asynccontextmanager
async def stage(
    path: Path, start: datetime, model: Model | None = None, *, use: ModelUse | None = None, free: bool = False
) -> AsyncIterator[tuple[Stage, SqlScheduling]]:
    """A stage on the database at `path`, which has the tables. `use` stands for the pack's own `model:` section."""
    database = open_database(f"sqlite:///{path}")
    store, bus, clock = SqlStore(database), MemoryBus(), SettableClock(start)
    scheduling = SqlScheduling(database, calendar_of(PACK))
    assistants = OneAssistant(scheduling, model, use, store if free else None)
    runner = Runner(store, bus, Answering(assistants, GATE, clock), clock, Patience())
    engine = Engine(store, bus, runner, clock, "stage", Limits())
    try:
        yield Stage(path, engine, clock, assistants), scheduling
    finally:
        await engine.stop(5)
        await database.close()
