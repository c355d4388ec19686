"""Mail from the outbox: over SMTP when a server is configured, otherwise into a mailbox folder as `.eml` files."""

import asyncio
import base64
import os
import tempfile
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol

import msgspec

from careline.domain.errors import Invalid
from careline.ports import Clock, OutboxItem


class Attached(msgspec.Struct, frozen=True):
    """A calendar file: its name, iCalendar METHOD and content."""

    name: str
    method: str
    base64: str


class Mail(msgspec.Struct, frozen=True):
    """The payload of an outbox item of kind `mail`. `text` is plain text, `language` BCP 47."""

    to: str
    subject: str
    text: str
    ics: Attached | None = None
    language: str | None = None


class SmtpServer(msgspec.Struct, frozen=True):
    """`tls`: `starttls` (a server without it is refused), `implicit`, or `none` for one on this machine."""

    host: str
    port: int = 587
    tls: str = "starttls"
    username: str | None = None
    password: str | None = None


class Transport(Protocol):
    async def send(self, item_id: str, message: EmailMessage) -> None: ...


class MailDeliverer:
    """Delivers items of kind `mail` from one sender through a transport."""

    def __init__(self, transport: Transport, sender_name: str, sender_address: str, clock: Clock) -> None:
        self._transport = transport
        self._sender = _mailbox(sender_name, sender_address)
        self._clock = clock

    async def deliver(self, item: OutboxItem) -> None:
        """Raises Invalid for a payload that can never be sent, and what the transport raises."""
        try:
            mail = msgspec.convert(item.payload, Mail)
        except msgspec.ValidationError:
            raise Invalid("The mail is not complete.") from None
        await self._transport.send(item.id, self._compose(item.id, mail))

    def _compose(self, item_id: str, mail: Mail) -> EmailMessage:
        """The message id is made of the item's, so a mail delivered twice is one to a mail reader."""
        message = EmailMessage(policy=SMTP)
        message["Message-ID"] = f"<{item_id}@{self._sender.domain}>"
        message["Date"] = self._clock.now()
        message["From"] = self._sender
        message["To"] = _mailbox("", mail.to)
        message["Subject"] = " ".join(mail.subject.split())
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text, cte="quoted-printable")
        if mail.ics is not None:
            _attach(message, mail.ics)
        if mail.language:
            message["Content-Language"] = "".join(mail.language.split())
        return message


class SmtpTransport:
    """Hands mails to a mail server. Raises aiosmtplib's errors, which are retried."""

    def __init__(self, server: SmtpServer, *, timeout_seconds: float = 30.0) -> None:
        self._server = server
        self._timeout = timeout_seconds

    async def send(self, item_id: str, message: EmailMessage) -> None:
        import aiosmtplib

        await aiosmtplib.send(
            message,
            hostname=self._server.host,
            port=self._server.port,
            use_tls=self._server.tls == "implicit",
            start_tls=self._server.tls == "starttls",
            username=self._server.username,
            password=self._server.password,
            timeout=self._timeout,
        )


class MailboxFolder:
    """Writes each mail to `<folder>/<item id>.eml`, whole or not at all, readable by this user alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, item_id: str, message: EmailMessage) -> None:
        await asyncio.to_thread(self._write, f"{item_id}.eml", message.as_bytes())

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes the file with mode 0600.
        descriptor, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self._folder / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def _mailbox(name: str, address: str) -> Address:
    """Raises Invalid for what is not one plain address, so that nothing in it can become a header."""
    try:
        return Address(" ".join(name.split()), addr_spec=address.strip())
    except Exception:  # the parser raises many kinds, IndexError among them
        raise Invalid("That is not an e-mail address.") from None


def _attach(message: EmailMessage, ics: Attached) -> None:
    """As an alternative, which mail programs show as an invitation, and as a file for those that do not."""
    try:
        content = base64.b64decode(ics.base64, validate=True)
        shown = content.decode()
    except ValueError:
        raise Invalid("The calendar file of the mail is broken.") from None
    method = "".join(character for character in ics.method.upper() if character.isalpha())
    name = " ".join(ics.name.split())
    message.add_alternative(shown, subtype="calendar", params={"method": method})
    message.add_attachment(content, maintype="application", subtype="ics", filename=name)
