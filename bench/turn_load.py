"""Many short streamed turns, one after the other on each of a number of connections, a process of its own.

    python -m bench.turn_load HOST PORT TRANSPORT CONNECTIONS TURNS PER_DEVICE EVERY

TRANSPORT is `sse` or `ws`. A device has PER_DEVICE turns, then a new one comes: over HTTP on the same connection, over
WebSocket on a new one. Prints the number of turns so far and of
those that went wrong (another status than 200, a reply without a stamp, no final frame) after every EVERY turns.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import islice

import uvloop

from bench.token_load import asked
from bench.websocket import Client


class Load:
    """What all connections share: how many turns are left to begin, and how many have ended."""

    def __init__(self, host: str, port: int, turns: int, per_device: int, every: int) -> None:
        self.host = host
        self.port = port
        self._left = turns
        self._per_device = per_device
        self._every = every
        self._ended = self._failed = 0

    async def talk(self, number: int) -> None:
        """Devices over HTTP, on one connection, until all turns are begun."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        for mine, question in enumerate(self._questions("sse")):
            writer.write(self._request(f"turns-{number}-{mine // self._per_device}", question))
            self._count(good=await _streamed(reader))
        writer.close()

    async def visit(self) -> None:
        """Devices over WebSocket, one after the other, until all turns are begun."""
        questions = self._questions("ws")
        while some := list(islice(questions, self._per_device)):
            reader, writer = await asyncio.open_connection(self.host, self.port)
            client = Client(f"{self.host}:{self.port}", writer.write)
            await _spoken(reader, client, until=b'"type":"connection"')
            for question in some:
                client.ask(question)
                self._count(good=await _spoken(reader, client))
            writer.close()

    def _questions(self, transport: str) -> Iterator[str]:
        while self._left > 0:
            self._left -= 1
            yield asked(transport, self._left)

    def _count(self, *, good: bool) -> None:
        self._ended += 1
        self._failed += not good
        if self._ended % self._every == 0:
            print(json.dumps({"turns": self._ended, "failed": self._failed, "at": time.time()}), flush=True)

    def _request(self, device: str, content: str) -> bytes:
        body = json.dumps({"content": content, "media_urls": [], "audio_urls": []}).encode()
        head = (
            f"POST /chat/stream HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nX-Device-ID: {device}\r\n"
            f"Accept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def _streamed(reader: asyncio.StreamReader) -> bool:
    """Reads one chunked answer; whether it is a whole stream with the model's words in it."""
    head = await reader.readuntil(b"\r\n\r\n")
    pieces = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        pieces.append(await reader.readexactly(size + 2))
    await reader.readexactly(2)
    body = b"".join(pieces)
    return head.startswith(b"HTTP/1.1 200") and b"zq" in body and b'"is_final":true' in body


async def _spoken(reader: asyncio.StreamReader, client: Client, until: bytes = b'"type":"stream_end"') -> bool:
    """Reads frames to the end of a turn; whether the model's words are in them and nothing went wrong."""
    words = False
    while data := await reader.read(65_536):
        for text in client.read(data):
            words = words or b"zq" in text
            if until in text or b'"type":"error"' in text:
                return words and until in text
    return False


async def main(host: str, port: int, transport: str, connections: int, turns: int, per_device: int, every: int) -> None:
    load = Load(host, port, turns, per_device, every)
    await asyncio.gather(*(load.visit() if transport == "ws" else load.talk(n) for n in range(connections)))


if __name__ == "__main__":
    host, first, transport, *numbers = sys.argv[1:]
    connections, turns, per_device, every = map(int, numbers)
    uvloop.run(main(host, int(first), transport, connections, turns, per_device, every))
