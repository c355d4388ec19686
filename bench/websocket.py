"""The client's end of a WebSocket to the assistant stream, without I/O: as little work as a load generator can do."""

import json
import os
from collections.abc import Callable, Iterator

TEXT, PING, PONG = 1, 9, 10


class Client:
    """Bytes in, texts out. `write` is given what has to be sent: the handshake first, then questions and pongs."""

    def __init__(self, host: str, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._buffer = b""
        self._open = False
        head = f"GET /api/v1/ws/chat HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        write(f"{head}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())

    def ask(self, message: str) -> None:
        self._write(_masked(json.dumps({"message": message}).encode()))

    def read(self, data: bytes) -> Iterator[bytes]:
        """The texts that are whole now."""
        self._buffer += data
        if not self._open and b"\r\n\r\n" in self._buffer:
            self._buffer = self._buffer.partition(b"\r\n\r\n")[2]
            self._open = True
        while self._open and (taken := _next_frame(self._buffer)) is not None:
            opcode, payload, self._buffer = taken
            if opcode == PING:
                self._write(_masked(payload, PONG))
            elif opcode == TEXT:
                yield payload


def _masked(payload: bytes, opcode: int = TEXT) -> bytes:
    """A frame of a client (RFC 6455, section 5.2)."""
    key = os.urandom(4)
    short = len(payload) < 126
    head = bytes([0x80 | opcode, 0x80 | (len(payload) if short else 126)])
    if not short:
        head += len(payload).to_bytes(2, "big")
    return head + key + bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))


def _next_frame(buffer: bytes) -> tuple[int, bytes, bytes] | None:
    """Opcode and payload of the first frame of a server, and what follows it; None while it is not whole."""
    if len(buffer) < 2:
        return None
    length, start = buffer[1] & 0x7F, 2
    if length >= 126:
        size = 2 if length == 126 else 8
        length, start = int.from_bytes(buffer[2 : 2 + size], "big"), 2 + size
    if len(buffer) < start + length:
        return None
    return buffer[0] & 0x0F, buffer[start : start + length], buffer[start + length :]
