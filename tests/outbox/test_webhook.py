"""Staff alerts on their way: to a real web server, by mail, and again until somebody acknowledges them."""

import asyncio
import http.server
import json
import logging
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from careline.domain.alert import Alert
from careline.domain.conversation import Incoming
from careline.domain.effects import RaiseAlert
from careline.domain.errors import StoreUnavailable
from careline.logs import described
from careline.outbox.alerts import AlertDeliverer, AlertMail, AlertReminder, Webhook
from careline.outbox.mail import MailboxFolder, MailDeliverer
from careline.outbox.runner import OutboxRunner
from careline.ports import Deliverer, Finish, Lease
from careline.storage.migrate import upgrade
from careline.storage.sql.alerts import SqlAlerts
from careline.storage.sql.connect import open_database
from careline.storage.sql.database import Database
from careline.storage.sql.outbox import SqlOutbox
from careline.storage.sql.store import SqlStore

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SAID = "My chest is being crushed"


class Listener:
    """A web server on a free port that answers with `status` and keeps what was posted."""

    def __init__(self) -> None:
        self.status = 204
        self.headers: dict[str, str] = {}
        self.seen: list[tuple[dict[str, str], Any]] = []
        self.arrived = threading.Condition()
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with listener.arrived:
                    headers = {name.lower(): text for name, text in self.headers.items()}
                    listener.seen.append((headers, json.loads(body)))
                    listener.arrived.notify_all()
                self.send_response(listener.status)
                for name, text in listener.headers.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook/secret-key"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def wait(self, count: int) -> None:
        """Until so many have been posted."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.seen) >= count, 30)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class HandClock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time


class Desk:
    """Where alerts are raised and delivered, with a clock set by hand."""

    def __init__(self, url: str, folder: Path, hook: str) -> None:
        self.database = open_database(url)
        self.store = SqlStore(self.database)
        self.alerts = SqlAlerts(self.database)
        self.clock = HandClock()
        self.mailbox = folder / "mailbox"
        self.targets: dict[str, Deliverer] = {"webhook": Webhook(hook, timeout_seconds=5)}
        mail = MailDeliverer(MailboxFolder(self.mailbox), "Harbour Clinic", "clinic@example.org", self.clock)
        self.by_mail = AlertMail(mail, "duty@clinic.example")
        self._deliverer = AlertDeliverer(self.alerts, self.targets)
        self._runner = OutboxRunner(SqlOutbox(self.database), {"alert": self._deliverer}, self.clock, "one")

    async def emergency(self, device: str = "one") -> str:
        """Somebody is told to call an ambulance; the id of the alert."""
        now = self.clock.now()
        lease = Lease("one", now + timedelta(seconds=60))
        receipt = await self.store.accept(Incoming("website", f"chat_{device}", SAID), now, lease)
        raised = (RaiseAlert("cardiac", "emergency_ambulance", "GB"),)
        done = Finish(receipt.turn, "one", "completed", "Call 999", now, "anna", b"[]", effects=raised)
        await self.store.finish(done, lease)
        return (await self.alerts.listed(None, 1)).items[0].id

    async def deliver(self) -> int:
        return await self._runner.drain()

    def pass_(self, **time: float) -> None:
        self.clock.time += timedelta(**time)

    def reminder(self, wake: Callable[[], None] = lambda: None, every_seconds: float = 10.0) -> AlertReminder:
        return AlertReminder(self.alerts, self.clock, timedelta(minutes=5), wake, every_seconds=every_seconds)


class Unsteady(SqlAlerts):
    """Fails with each of these once before it works."""

    def __init__(self, database: Database, *failures: Exception) -> None:
        super().__init__(database)
        self._failures = list(failures)

    async def raise_again(self, last_before: datetime, now: datetime, limit: int) -> list[Alert]:
        if self._failures:
            raise self._failures.pop(0)
        return await super().raise_again(last_before, now, limit)


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    listening = Listener()
    yield listening
    listening.close()


Scene = Callable[[Desk], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path, listener: Listener) -> Callable[[Scene], None]:
    url = f"sqlite:///{tmp_path / 'careline.db'}"
    upgrade(url)

    async def run(scene: Scene) -> None:
        desk = Desk(url, tmp_path, listener.url)
        try:
            await asyncio.wait_for(scene(desk), 30)
        finally:
            await desk.database.close()

    return lambda scene: asyncio.run(run(scene))


def test_the_webhook_gets_the_alert_and_nothing_that_was_said(
    play: Callable[[Scene], None], listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def scene(desk: Desk) -> None:
        alert = await desk.alerts.get(await desk.emergency())
        assert await desk.deliver() == 1
        ((headers, body),) = listener.seen
        assert body == {
            "id": alert.id,
            "kind": "cardiac",
            "level": "emergency_ambulance",
            "conversation_id": alert.conversation_id,
            "raised_at": "2026-11-23T09:00:00Z",
            "raised": 1,
            "country": "GB",
        }
        assert headers["content-type"] == "application/json"
        assert headers["idempotency-key"]
        assert await desk.deliver() == 0

    play(scene)
    assert "secret-key" not in caplog.text
    assert "chest" not in caplog.text
    (logged,) = [described(record) for record in caplog.records]
    assert (logged["event"], logged["level"], logged["raised"]) == ("Staff alert", "warning", 1)
    assert "cardiac" not in str(logged)
    assert "emergency_ambulance" not in str(logged)


def test_certificates_are_not_read_while_everybody_waits(
    play: Callable[[Scene], None], listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_in: list[threading.Thread] = []
    make = ssl.create_default_context

    def noted(*args: Any, **more: Any) -> ssl.SSLContext:
        read_in.append(threading.current_thread())
        return make(*args, **more)

    monkeypatch.setattr(ssl, "create_default_context", noted)

    async def scene(desk: Desk) -> None:
        await desk.emergency()
        assert await desk.deliver() == 1

    play(scene)
    assert read_in
    assert threading.main_thread() not in read_in


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_a_webhook_that_refuses_is_tried_again(
    play: Callable[[Scene], None], listener: Listener, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(desk: Desk) -> None:
        listener.status, listener.headers = status, {"Location": listener.url}
        await desk.emergency()
        await desk.deliver()
        assert len(listener.seen) == 1
        assert await desk.deliver() == 0
        listener.status = 200
        desk.pass_(seconds=60)
        assert await desk.deliver() == 1
        first, second = listener.seen
        assert first[1] == second[1]
        assert first[0]["idempotency-key"] == second[0]["idempotency-key"]
        desk.pass_(hours=2)
        assert await desk.deliver() == 0

    play(scene)
    assert "secret-key" not in caplog.text
    assert "WebhookRefused" in [getattr(record, "error_type", None) for record in caplog.records]


def test_a_webhook_that_is_away_is_tried_again(play: Callable[[Scene], None], listener: Listener) -> None:
    async def scene(desk: Desk) -> None:
        desk.targets["webhook"] = Webhook("http://127.0.0.1:9/away", timeout_seconds=5)
        await desk.emergency()
        await desk.deliver()
        desk.targets["webhook"] = Webhook(listener.url)
        desk.pass_(seconds=60)
        await desk.deliver()
        assert len(listener.seen) == 1

    play(scene)


def test_who_has_been_told_is_not_told_again_because_another_is_away(
    play: Callable[[Scene], None], listener: Listener
) -> None:
    async def scene(desk: Desk) -> None:
        desk.targets["mail"] = desk.by_mail
        listener.status = 500
        alert = await desk.alerts.get(await desk.emergency())
        await desk.deliver()
        (mail,) = desk.mailbox.glob("*.eml")
        text = mail.read_text()
        assert "To: duty@clinic.example" in text
        for told in (alert.id, alert.conversation_id, "emergency_ambulance", "cardiac"):
            assert told in text.replace("=\n", "")
        assert "chest" not in text
        mail.unlink()
        listener.status = 204
        desk.pass_(seconds=60)
        await desk.deliver()
        assert len(listener.seen) == 2
        assert list(desk.mailbox.glob("*.eml")) == []

    play(scene)


def test_it_is_told_again_until_somebody_acknowledges(play: Callable[[Scene], None], listener: Listener) -> None:
    async def scene(desk: Desk) -> None:
        woken: list[int] = []
        reminder = desk.reminder(lambda: woken.append(1))
        alert = await desk.emergency()
        await desk.deliver()
        assert await reminder.remind() == 0
        for raised in (2, 3):
            desk.pass_(minutes=5)
            assert await reminder.remind() == 1
            assert len(woken) == raised - 1
            await desk.deliver()
            assert listener.seen[-1][1]["raised"] == raised
        assert len({headers["idempotency-key"] for headers, _ in listener.seen}) == 3
        await desk.alerts.acknowledge(alert, "Ada", desk.clock.now())
        desk.pass_(hours=1)
        assert await reminder.remind() == 0
        assert await desk.deliver() == 0

    play(scene)


def test_what_was_acknowledged_meanwhile_is_not_told_any_more(
    play: Callable[[Scene], None], listener: Listener
) -> None:
    async def scene(desk: Desk) -> None:
        listener.status = 500
        alert = await desk.emergency()
        await desk.deliver()
        await desk.alerts.acknowledge(alert, "Ada", desk.clock.now())
        desk.pass_(minutes=1)
        assert await desk.deliver() == 1
        assert len(listener.seen) == 1
        desk.pass_(hours=2)
        assert await desk.deliver() == 0

    play(scene)


def test_many_unanswered_are_all_raised_in_one_round(play: Callable[[Scene], None]) -> None:
    async def scene(desk: Desk) -> None:
        for number in range(103):
            await desk.emergency(str(number))
        desk.pass_(minutes=6)
        assert await desk.reminder().remind() == 103

    play(scene)


def test_the_reminder_goes_on_after_a_round_that_failed(play: Callable[[Scene], None]) -> None:
    async def scene(desk: Desk) -> None:
        await desk.emergency()
        desk.pass_(minutes=6)
        woken = asyncio.Event()
        desk.alerts = Unsteady(desk.database, StoreUnavailable(), RuntimeError("a bug"))
        running = asyncio.create_task(desk.reminder(woken.set, every_seconds=0.01).run())
        await woken.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert running.cancelled()

    play(scene)
