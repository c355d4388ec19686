"""Mails: what is in them, into the folder, and through a real SMTP server."""

import asyncio
import base64
import stat
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import icalendar
import pytest
from aiosmtpd.smtp import SMTP

from careline.domain.errors import Invalid
from careline.outbox.mail import MailboxFolder, MailDeliverer, SmtpServer, SmtpTransport
from careline.ports import OutboxItem

ITEM = "0193573e-0000-7000-8000-000000000001"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ICS = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\nSUMMARY:G\xc3\xb6r\xc3\xbc\xc5\x9fme\r\nEND:VCALENDAR\r\n"
PAYLOAD: dict[str, object] = {
    "to": "ayse@example.com",
    "subject": "Randevunuz: ücretsiz görüşme",
    "text": "Merhaba Ayşe,\n\nSalı 10:00'da görüşürüz.\n",
    "ics": {"name": "consultation.ics", "method": "PUBLISH", "base64": base64.b64encode(ICS).decode()},
    "language": "tr",
}


class StoppedClock:
    def now(self) -> datetime:
        return NOW


def item(**changes: object) -> OutboxItem:
    return OutboxItem(ITEM, "mail", {**PAYLOAD, **changes}, 1)


def written(folder: Path, **changes: object) -> EmailMessage:
    """The mail as it lies in the mailbox folder."""
    deliverer = MailDeliverer(MailboxFolder(folder), "Istanbul Medic", "hello@clinic.example", StoppedClock())
    asyncio.run(deliverer.deliver(item(**changes)))
    [file] = folder.iterdir()
    assert file.name == f"{ITEM}.eml"
    return message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=default)


def part(message: EmailMessage, content_type: str) -> Any:
    [found] = [one for one in message.walk() if one.get_content_type() == content_type]
    return found


def test_a_mail_says_who_to_whom_what_and_when(tmp_path: Path) -> None:
    message = written(tmp_path / "mailbox")
    assert str(message["From"]) == "Istanbul Medic <hello@clinic.example>"
    assert str(message["To"]) == "ayse@example.com"
    assert str(message["Subject"]) == PAYLOAD["subject"]
    assert message["Message-ID"] == f"<{ITEM}@clinic.example>"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "tr"
    assert part(message, "text/plain").get_content().splitlines() == str(PAYLOAD["text"]).splitlines()


def test_the_calendar_file_is_both_an_invitation_and_a_file(tmp_path: Path) -> None:
    message = written(tmp_path)
    shown = part(message, "text/calendar")
    assert shown.get_param("method") == "PUBLISH"
    assert icalendar.Calendar.from_ical(shown.get_content())["SUMMARY"] == "Görüşme"
    attached = part(message, "application/ics")
    assert attached.get_filename() == "consultation.ics"
    assert attached.get_content() == ICS


def test_a_mail_without_a_calendar_file_is_plain(tmp_path: Path) -> None:
    message = written(tmp_path, ics=None, language=None)
    assert message.get_content_type() == "text/plain"
    assert "Content-Language" not in message


def test_the_folder_and_its_mails_are_private_and_a_second_delivery_is_the_same_mail(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mailbox"
    first = written(folder).as_bytes()
    [file] = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(written(folder).as_bytes()) == len(first)
    assert [one.name for one in folder.iterdir()] == [f"{ITEM}.eml"]


@pytest.mark.parametrize(
    "trick", ["x\r\nBcc: evil@example.com", "x\nBcc: evil@example.com", "x\r\n\r\nBody", "x\x0bBcc: y"]
)
def test_no_text_becomes_a_header(tmp_path: Path, trick: str) -> None:
    ics = {"name": trick, "method": trick, "base64": base64.b64encode(ICS).decode()}
    message = written(tmp_path, subject=trick, text=trick, ics=ics, language=trick)
    assert "Bcc" not in message
    assert all("Bcc" not in one for one in message.walk())
    assert message["To"].addresses[0].addr_spec == "ayse@example.com"
    assert len(message["To"].addresses) == 1


@pytest.mark.parametrize(
    "to",
    [
        "ayse@example.com\r\nBcc: evil@example.com",
        "ayse@example.com, evil@example.com",
        "Ayşe <ayse@example.com>",
        "ayşe@example.com",
        "not an address",
        "@example.com",
        "ayse@",
        "",
    ],
)
def test_what_is_not_one_plain_address_is_never_sent(tmp_path: Path, to: str) -> None:
    with pytest.raises(Invalid) as failure:
        written(tmp_path, to=to)
    assert "ayse" not in str(failure.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "changes",
    [{"subject": None}, {"text": 7}, {"ics": {"name": "x"}}, {"ics": {"name": "x", "method": "y", "base64": "!"}}],
)
def test_an_incomplete_payload_is_invalid(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        written(tmp_path, **changes)


# --- SMTP -------------------------------------------------------------------------------------------------------


class Sink:
    """What a mail server received."""

    def __init__(self) -> None:
        self.received: list[Any] = []
        self.refuse = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuse:
            return "451 Try again later"
        self.received.append(envelope)
        return "250 OK"


def deliver_to(sink: Sink, tls: str = "none") -> None:
    """Delivers one mail to a server of this test."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: SMTP(sink), "127.0.0.1", 0)
        async with server:
            host, port = server.sockets[0].getsockname()
            transport = SmtpTransport(SmtpServer(host, port, tls), timeout_seconds=10)
            deliverer = MailDeliverer(transport, "Istanbul Medic", "hello@clinic.example", StoppedClock())
            await deliverer.deliver(item())

    asyncio.run(run())


def test_a_mail_server_gets_the_mail() -> None:
    sink = Sink()
    deliver_to(sink)
    [envelope] = sink.received
    assert envelope.mail_from == "hello@clinic.example"
    assert envelope.rcpt_tos == ["ayse@example.com"]
    message = message_from_bytes(envelope.content, _class=EmailMessage, policy=default)
    assert message["Message-ID"] == f"<{ITEM}@clinic.example>"
    assert str(message["Subject"]) == PAYLOAD["subject"]
    assert part(message, "application/ics").get_content() == ICS


def test_a_mail_server_that_refuses_is_an_error_to_retry() -> None:
    sink = Sink()
    sink.refuse = True
    with pytest.raises(Exception, match="Try again later") as failure:
        deliver_to(sink)
    assert not isinstance(failure.value, Invalid)


def test_a_mail_server_without_tls_is_refused_when_tls_is_wanted() -> None:
    sink = Sink()
    with pytest.raises(Exception, match="STARTTLS"):
        deliver_to(sink, "starttls")
    assert sink.received == []
