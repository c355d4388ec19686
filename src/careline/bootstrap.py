"""Wires the program together: the only place that knows every part."""

import asyncio
import importlib
import logging
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

from careline import __version__
from careline.assistants.calendars import BookingCalendars
from careline.assistants.registry import PackAssistants
from careline.assistants.tools import Tools
from careline.assistants.workflow_load import load_health_assistant
from careline.auth.secret import load_secret
from careline.auth.tokens import Signer
from careline.bootstrap_agents import own_agents
from careline.bootstrap_model import (
    attachment_reader,
    configured_model,
    configured_transcriber,
    free_limits,
    free_means,
    health_freely,
    listening_by,
    model_for,
    waiting,
)
from careline.bus.memory import MemoryBus
from careline.channels.assistant_stream_messages import CHANNEL as ASSISTANT_STREAM
from careline.channels.services import About, ChannelSettings, Services
from careline.dialogue import disclosure
from careline.dialogue.pack import Pack
from careline.domain.errors import SettingsInvalid
from careline.engine.answer import Answering
from careline.engine.clock import SystemClock
from careline.engine.guarding import Guarding
from careline.engine.knowing import Knowing
from careline.engine.recover import Housekeeping, Rhythm
from careline.engine.run import Patience, Runner
from careline.engine.stateless import Stateless
from careline.engine.turn import Engine, Limits
from careline.engine.versions import Versions
from careline.knowledge.article import SHIPPED as SHIPPED_ARTICLES
from careline.knowledge.index import own_articles
from careline.knowledge.retrieve import ArticleRetriever
from careline.language import Languages, load_languages
from careline.outbox.alerts import AlertDeliverer, AlertMail, AlertReminder, Webhook
from careline.outbox.mail import MailboxFolder, MailDeliverer, SmtpServer, SmtpTransport
from careline.outbox.runner import OutboxRunner
from careline.packs.code import code_files
from careline.packs.load import SHIPPED, find_pack, load_pack
from careline.ports import Alerts, Assistants, Clock, Deliverer, Model, Outbox, Scheduling, Transcriber
from careline.safety.gate import load_gate
from careline.safety.lexicon import DATA as SAFETY_DATA
from careline.safety.triage import load_triage
from careline.scheduling import ical, times
from careline.scheduling.calendar import Calendar, read_calendar
from careline.settings import Settings
from careline.storage.migrate import upgrade
from careline.storage.spool import Spool
from careline.storage.sql.alerts import SqlAlerts
from careline.storage.sql.bookings import SqlScheduling
from careline.storage.sql.connect import open_database
from careline.storage.sql.database import Database
from careline.storage.sql.ids import new_id
from careline.storage.sql.lock import ProcessLock
from careline.storage.sql.outbox import SqlOutbox
from careline.storage.sql.profiles import SqlProfiles
from careline.storage.sql.store import SqlStore

log = logging.getLogger("careline")

STOP_SECONDS = 5.0

Override = Callable[[Scheduling], Assistants]


class Careline:
    """The running program. `services` is what the channels get; `start` opens everything, `stop` closes it in order."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        services: Services,
        store: SqlStore,
        engine: Engine,
        housekeeping: Housekeeping,
        outbox: OutboxRunner,
        reminder: AlertReminder,
        warm: Callable[[], None],
        models: Sequence[Model | Transcriber] = (),
        packs: PackAssistants | None = None,
    ) -> None:
        self.services = services
        self._settings = settings
        self._database = database
        self._store = store
        self._engine = engine
        self._housekeeping = housekeeping
        self._outbox = outbox
        self._reminder = reminder
        self._warm = warm
        self._models = models
        self._packs = packs
        self._reminding: asyncio.Task[None] | None = None
        self._delivering: asyncio.Task[None] | None = None
        self.warming: asyncio.Task[None] | None = None  # ends when nothing is left to be made at first use
        file = _sqlite_file(settings)
        self._lock = ProcessLock(file.with_suffix(".lock")) if file else None

    async def start(self) -> None:
        """Brings the database up to date and takes over what a dead process left.

        Raises StoreUnavailable, and SettingsInvalid when another server works on the same SQLite file.
        """
        self._settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._lock is not None and not self._lock.acquire():
            raise SettingsInvalid("Another Careline server is already working on this database file.")
        try:
            await self._open()
        except BaseException:
            await self._close()
            raise

    async def _open(self) -> None:
        await asyncio.to_thread(upgrade, self._settings.database_url)
        await self._store.open()
        await self._housekeeping.start(alone=self._lock is not None)
        self._delivering = asyncio.create_task(self._outbox.run())
        self._reminding = asyncio.create_task(self._reminder.run())
        # Slow and needed by the first message or booking: now, beside the first requests, rather than within one.
        self.warming = asyncio.create_task(self._make_ready())

    async def _make_ready(self) -> None:
        try:
            await asyncio.to_thread(self._warm)
        except Exception as error:  # it will be tried again when it is needed, and may fail then: better said now
            log.error("❌ Error", exc_info=error, extra={"error_type": type(error).__name__})

    async def stop(self) -> None:
        """Lets running turns and deliveries end for a few seconds; the rest goes on after the next start."""
        await self._engine.stop(STOP_SECONDS)
        await self._housekeeping.stop()
        if self._reminding is not None:
            self._reminding.cancel()
            await asyncio.gather(self._reminding, return_exceptions=True)
        self._outbox.stop()
        if self._delivering is not None:
            await asyncio.wait([self._delivering], timeout=STOP_SECONDS)
            self._delivering.cancel()
            await asyncio.gather(self._delivering, return_exceptions=True)
        await self._close()

    async def _close(self) -> None:
        if self._packs is not None:
            await self._packs.close()
        for model in self._models:
            await model.close()
        await self._database.close()
        if self._lock is not None:
            self._lock.release()


def build(settings: Settings, assistants: Assistants | None = None, clock: Clock | None = None) -> Careline:
    """Everything, wired but not started. Raises SettingsInvalid, NotFound and PackInvalid.

    `assistants` replaces those of the pack, `clock` the machine's: for tests and for programs with assistants of
    their own.
    """
    clock = clock or SystemClock()
    database = open_database(settings.database_url)
    store = SqlStore(database, session_ttl=settings.session_ttl)
    root = find_pack(settings.pack, settings.packs_dir)
    pack = load_pack(root)
    languages = load_languages()
    scheduling = SqlScheduling(database, load_calendar(root))
    tools = _tools(settings, languages)
    gate = load_gate()
    retriever = ArticleRetriever(own_articles(settings.data_dir))
    health = load_health_assistant(SHIPPED / "health_assistant", languages, retriever, gate.triage)
    model, transcriber = configured_model(settings), configured_transcriber(settings)
    reader = attachment_reader(settings, model, transcriber)
    used = model_for(pack.model, model, languages)
    room = free_limits(settings)
    free = free_means(gate, store, retriever, scheduling, tools, [pack], reader, used, room)
    own = own_agents(pack, root, settings.packs_dir, free[pack.name], store, retriever, scheduling, used)
    by_channel = {ASSISTANT_STREAM: health_freely(health, model, languages, gate, store, room)}
    packs = PackAssistants([pack], languages, scheduling, tools, by_channel, used, free, waiting(settings), own)
    installed = assistants or packs
    bus, owner = MemoryBus(), f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
    facts = (*pack_texts(pack), *gate.numbers)
    guarding = Guarding(lambda: facts, retriever.cited)
    versions = _versions(settings, root, code_files(pack, root))
    knowing, listening = Knowing(SqlProfiles(database), clock), listening_by(transcriber, reader)
    answering = Answering(installed, gate, clock, guarding, knowing, versions, listening)
    spool = Spool(settings.data_dir / "spool.jsonl", store)
    alerts = SqlAlerts(database)
    outbox = _outbox(settings, pack, SqlOutbox(database), alerts, clock, owner)
    runner = Runner(store, bus, answering, clock, Patience(), outbox.wake)
    limits = Limits(open_turns=settings.max_running_turns)
    engine = Engine(store, bus, runner, clock, owner, limits, Stateless(bus, answering, spool, clock, new_id))
    services = Services(
        engine=engine,
        store=store,
        calendars=BookingCalendars(scheduling.by_token, pack, tools, clock),
        about=_about(pack, settings),
        settings=_channel_settings(settings),
        clock=clock,
        signer=Signer(load_secret(settings.secret, settings.data_dir)),
        checks={"database": store.ping, "bus": bus.ping},
    )
    housekeeping = Housekeeping(engine, store, clock, Rhythm(), spool)
    reminder = AlertReminder(alerts, clock, timedelta(minutes=settings.alert_minutes), outbox.wake)
    warm = partial(_warm, packs, versions, retriever, transcriber)
    models = [one for one in (model, transcriber) if one is not None]
    return Careline(settings, database, services, store, engine, housekeeping, outbox, reminder, warm, models, packs)


def _tools(settings: Settings, languages: Languages) -> Tools:
    return Tools(
        show_time=times.show_time,
        show_date=times.show_date,
        show_clock=times.show_clock,
        place_name=times.place_name,
        country_name=languages.country_name,
        calendar_file=ical.calendar_file,
        public_url=settings.public_url,
    )


def _versions(settings: Settings, pack: Path, code: list[Path]) -> Versions:
    return Versions(
        {
            "pack": [pack],
            **({"agents": code} if code else {}),
            "health_assistant": [SHIPPED / "health_assistant"],
            "safety": [SAFETY_DATA],
            "knowledge": [SHIPPED_ARTICLES, own_articles(settings.data_dir)],
        }
    )


def _warm(
    assistants: PackAssistants, versions: Versions, retriever: ArticleRetriever, transcriber: Transcriber | None
) -> None:
    versions.data  # noqa: B018 - made at its first use
    load_triage()
    assistants.warm()
    retriever.warm()
    if transcriber is not None:
        transcriber.warm()
    importlib.import_module("icalendar")


def load_calendar(root: Path) -> Calendar:
    """The calendar of a pack's folder. Raises PackInvalid."""
    return read_calendar(yaml.load((root / "calendar.yaml").read_bytes(), Loader=yaml.CSafeLoader))


def pack_texts(pack: Pack) -> Iterator[str]:
    """All that a pack says: what its assistant may tell of the clinic's contacts."""
    for fact in pack.clinic.facts.values():
        yield from (fact,) if isinstance(fact, str) else fact.values()
    for topic in pack.topics:
        yield from topic.answer.values()
    for replies in pack.replies.values():
        yield from replies.values()


def _about(pack: Pack, settings: Settings) -> About:
    return About(
        name=pack.persona.name,
        clinic=pack.clinic.name,
        disclosure={language: disclosure.sentence(language) for language in pack.languages},
        languages=pack.languages,
        version=__version__,
        max_content=settings.max_content,
    )


def _channel_settings(settings: Settings) -> ChannelSettings:
    return ChannelSettings(
        max_content=settings.max_content,
        max_body=settings.max_body,
        heartbeat_seconds=settings.heartbeat_seconds,
        session_ttl=settings.session_ttl,
        allowed_origins=settings.allowed_origins,
        default_device_id=settings.default_device_id,
        messages_per_minute=settings.messages_per_minute,
    )


def _outbox(settings: Settings, pack: Pack, outbox: Outbox, alerts: Alerts, clock: Clock, owner: str) -> OutboxRunner:
    if settings.smtp_url:
        mail = MailDeliverer(SmtpTransport(_smtp(settings.smtp_url)), pack.clinic.name, settings.mail_from, clock)
    else:
        folder = MailboxFolder(settings.data_dir / "mailbox")
        mail = MailDeliverer(folder, pack.clinic.name, settings.mail_from, clock)
    alert = AlertDeliverer(alerts, _alert_targets(settings, mail))
    return OutboxRunner(outbox, {"mail": mail, "alert": alert}, clock, owner, ahead=("alert",))


def _alert_targets(settings: Settings, mail: Deliverer) -> dict[str, Deliverer]:
    targets: dict[str, Deliverer] = {}
    if settings.alert_webhook:
        targets["webhook"] = Webhook(settings.alert_webhook)
    if settings.alert_mail:
        targets["mail"] = AlertMail(mail, settings.alert_mail)
    return targets


def _smtp(url: str) -> SmtpServer:
    """`smtps://` speaks TLS at once, `smtp://` by STARTTLS except to this machine itself."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    implicit = parts.scheme == "smtps"
    local = host in {"localhost", "127.0.0.1", "::1"}
    return SmtpServer(
        host=host,
        port=parts.port or (465 if implicit else 587),
        tls="implicit" if implicit else "none" if local else "starttls",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def _sqlite_file(settings: Settings) -> Path | None:
    scheme, _, rest = settings.database_url.partition(":///")
    return Path(rest) if scheme == "sqlite" else None
