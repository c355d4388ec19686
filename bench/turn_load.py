"""Many short streamed turns, one after the other on each of a number of connections, a process of its own.

    python -m bench.turn_load HOST PORT CONNECTIONS TURNS PER_DEVICE EVERY

A device has PER_DEVICE turns, then a new one comes on the same connection. Prints the number of turns so far and of
those that went wrong (another status than 200, a reply without a stamp, no final frame) after every EVERY turns.
"""

import asyncio
import json
import sys
import time

import uvloop

QUESTIONS = (
    "Could you tell me how long a beard takes to grow on the moon",
    "What would a very old tree say about the weather of this year",
    "Please explain to me why the sea is never quite the same blue",
)


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
        """One connection, until all turns are begun."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        mine = 0
        while self._left > 0:
            self._left -= 1
            device = f"turns-{number}-{mine // self._per_device}"
            writer.write(self._request(device, QUESTIONS[mine % len(QUESTIONS)]))
            self._count(good=await _streamed(reader))
            mine += 1
        writer.close()

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
    return head.startswith(b"HTTP/1.1 200") and b" zq" in body and b'"is_final":true' in body


async def main(host: str, port: int, connections: int, turns: int, per_device: int, every: int) -> None:
    load = Load(host, port, turns, per_device, every)
    await asyncio.gather(*(load.talk(number) for number in range(connections)))


if __name__ == "__main__":
    host, *numbers = sys.argv[1:]
    port, connections, turns, per_device, every = map(int, numbers)
    uvloop.run(main(host, port, connections, turns, per_device, every))
