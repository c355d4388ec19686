"""The frames of a website stream, from turn events: pure, resumable at every frame, the joined text always whole."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, assert_never
from uuid import UUID
from zlib import crc32

import msgspec

from careline.channels.errors import EmergencyNotice, notice_of
from careline.domain.conversation import Choice
from careline.domain.events import (
    Accepted,
    Cancelled,
    Citation,
    Completed,
    Emergency,
    Failed,
    Handoff,
    Published,
    Restarted,
    Started,
    Status,
    Token,
    Tool,
)

Count = Annotated[int, msgspec.Meta(ge=0)]


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """What a client of a turn has been sent: `characters` of text with this CRC-32, and so many emergencies."""

    turn_id: str
    frame: Count = 0
    characters: Count = 0
    crc: Count = 0
    emergencies: Count = 0
    final: bool = False


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event of the stream. With `restarted`, `content` is the whole text so far: forget what came before."""

    content: str
    timestamp: datetime
    is_final: bool
    restarted: bool = False
    emergency: EmergencyNotice | None = None
    turn_id: str | None = None
    choices: tuple[Choice, ...] = ()
    error_type: str | None = None


HEARTBEAT = b": still here\n\n"
_encode = msgspec.json.Encoder().encode
_cursor_encode = msgspec.msgpack.Encoder().encode
_cursor_decode = msgspec.msgpack.Decoder(Cursor).decode


def cursor_token(cursor: Cursor) -> str:
    """The cursor as the opaque text of an `id:` line."""
    return base64.urlsafe_b64encode(_cursor_encode(cursor)).rstrip(b"=").decode()


def read_cursor(token: str) -> Cursor | None:
    """The cursor of an `id:` line; None for anything that is not one."""
    try:
        cursor = _cursor_decode(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
        return cursor if str(UUID(cursor.turn_id)) == cursor.turn_id else None
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None


class Frames:
    """Turns the events of one turn, from its first, into what a client at `cursor` still lacks.

    Text that the client already has is held back until as much of it has come again. If it is the same, the rest
    follows; if a second attempt said something else, one frame with `restarted` and the whole text replaces it.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._held: str | None = "" if cursor.characters else None
        self._emergencies = 0

    @property
    def finished(self) -> bool:
        return self._cursor.final

    def feed(self, published: Published, now: datetime) -> bytes:
        """The frames of the next event, as bytes of the stream; empty when it shows nothing. `now` is aware UTC."""
        event = published.event
        match event:
            case Token():
                return self._text(event.text, now)
            case Emergency():
                return self._emergency(event, now)
            case Restarted():
                self._held = "" if self._cursor.characters else None
                self._emergencies = 0
                return b""
            case Completed():
                return self.end(now, choices=event.choices)
            case Failed():
                return self.end(now, error_type=event.error_type)
            case Cancelled():
                return self.end(now, error_type="turn_cancelled")
            case Accepted() | Started() | Status() | Citation() | Tool() | Handoff():
                return b""
            case _:
                assert_never(event)

    def end(self, now: datetime, *, choices: tuple[Choice, ...] = (), error_type: str | None = None) -> bytes:
        """The final frame, after what was held back."""
        rest = self._replace(self._held, now) if self._held is not None else b""
        frame = Frame("", now, True, turn_id=self._cursor.turn_id, choices=choices, error_type=error_type)
        return rest + self._send(frame, final=True)

    def _text(self, text: str, now: datetime) -> bytes:
        if self._held is None:
            return self._send(Frame(text, now, False)) if text else b""
        held = self._held + text
        sent = self._cursor.characters
        if len(held) < sent:
            self._held = held
            return b""
        self._held = None
        if crc32(held[:sent].encode()) != self._cursor.crc:
            return self._replace(held, now)
        return self._text(held[sent:], now)

    def _replace(self, text: str, now: datetime) -> bytes:
        self._held = None
        self._cursor = msgspec.structs.replace(self._cursor, characters=0, crc=0)
        return self._send(Frame(text, now, False, restarted=True))

    def _emergency(self, event: Emergency, now: datetime) -> bytes:
        self._emergencies += 1
        if self._emergencies <= self._cursor.emergencies:
            return b""
        return self._send(Frame("", now, False, emergency=notice_of(event)), emergencies=1)

    def _send(self, frame: Frame, *, emergencies: int = 0, final: bool = False) -> bytes:
        before = self._cursor
        self._cursor = Cursor(
            before.turn_id,
            before.frame + 1,
            before.characters + len(frame.content),
            crc32(frame.content.encode(), before.crc),
            before.emergencies + emergencies,
            final,
        )
        return b"id: %b\ndata: %b\n\n" % (cursor_token(self._cursor).encode(), _encode(frame))
