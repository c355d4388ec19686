"""The load generator of the token path, a process of its own: many streams, each of one question and its answer.

    python -m bench.token_load HOST PORT TRANSPORT STREAMS SECONDS STAMPS

TRANSPORT is `sse` or `ws`. The questions come at even distances over SECONDS. Prints one JSON object: `seconds` from
the first question to the last end, `latencies`, the seconds that stamped words took from the model to here, `first`,
the seconds from a question to its first text, and `failed`: streams that did not end well with STAMPS stamps. With 0
of them short answers are asked for, to warm up a server.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Callable
from typing import cast

import uvloop

from bench.upstream import BRIEFLY, STAMP, stamped
from bench.websocket import Client

QUESTIONS = {
    "sse": (
        "Could you tell me how long a {thing} takes to grow on the {place}",
        "What would a {thing} say about the weather of this year in the {place}",
        "Please explain to me why the {place} is never quite like a {thing}",
    ),
    "ws": (
        "How long does a common cold last near a {thing} in the {place}?",
        "What helps against a headache on the way from a {thing} to the {place}?",
        "What is hay fever, and is there more of it near a {thing} or in the {place}?",
    ),
}
THINGS = ("beard", "birch", "rose", "fern", "tulip", "pumpkin", "cactus", "lemon", "poem", "castle", "reef", "violin")
PLACES = ("moon", "sea", "garden", "desert", "library", "valley", "forest", "harbour", "island", "market", "theatre")
PATIENCE = 90.0
_STAMP = re.compile(b"zq([bcdfghjkmp]{%d})" % STAMP)


class Stream(asyncio.Protocol):
    """One stream over one connection. `done` tells whether all of it came."""

    def __init__(self, host: str, name: str, question: str, stamps: int) -> None:
        loop = asyncio.get_running_loop()
        self.host = host
        self.name = name
        self.question = question if stamps else f"{question}, {BRIEFLY}"
        self.ready: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[bool] = loop.create_future()
        self.latencies: list[float] = []
        self.first: float | None = None
        self.asked = 0.0
        self._stamps = stamps
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class
        self.opened()

    def connection_lost(self, exc: Exception | None) -> None:
        self.end(good=False)

    def opened(self) -> None:
        self.ready.set_result(None)

    def ask(self) -> None:
        self.asked = time.perf_counter()
        self.send_question()

    def send_question(self) -> None:
        raise NotImplementedError

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def text(self, data: bytes) -> None:
        """Looks for stamps in one or more whole frames."""
        now = time.perf_counter()
        if self.first is None:
            self.first = now - self.asked
        for found in _STAMP.finditer(data):
            self.latencies.append(now - stamped(found[1].decode()))

    def end(self, *, good: bool) -> None:
        if not self.ready.done():
            self.ready.set_result(None)
        if not self.done.done():
            self.done.set_result(good and len(self.latencies) == self._stamps)
            self._transport.close()


class Events(Stream):
    """`POST /chat/stream` as server-sent events."""

    _rest = b""

    def send_question(self) -> None:
        body = json.dumps({"content": self.question, "media_urls": [], "audio_urls": []}).encode()
        head = (
            f"POST /chat/stream HTTP/1.1\r\nHost: {self.host}\r\nX-Device-ID: {self.name}\r\n"
            f"Accept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.write(head.encode() + body)

    def data_received(self, data: bytes) -> None:
        here = self._rest + data
        if self.first is None and here.startswith(b"HTTP/1.1 ") and not here.startswith(b"HTTP/1.1 200"):
            self.end(good=False)
        whole, _, self._rest = here.rpartition(b"\n\n")
        if b"data: " in whole:
            self.text(whole)
        if b'"is_final":true' in whole:
            self.end(good=b"error_type" not in whole)


class Frames(Stream):
    """A question on the assistant stream."""

    _client: Client

    def opened(self) -> None:
        self._client = Client(self.host, self.write)

    def send_question(self) -> None:
        self._client.ask(self.question)

    def data_received(self, data: bytes) -> None:
        for text in self._client.read(data):
            self._read(text)

    def _read(self, payload: bytes) -> None:
        if b'"type":"token"' in payload:
            self.text(payload)
        elif b'"type":"connection"' in payload:
            self.ready.set_result(None)
        elif b'"type":"stream_end"' in payload or b'"type":"error"' in payload:
            self.end(good=b'"type":"error"' not in payload)


KINDS: dict[str, Callable[[str, str, str, int], Stream]] = {"sse": Events, "ws": Frames}


def asked(transport: str, number: int) -> str:
    """A question: 396 different ones, so that no memory of the last few answers for them."""
    texts, rest = QUESTIONS[transport], number // len(QUESTIONS[transport])
    place = PLACES[(rest + rest // len(PLACES)) % len(PLACES)]
    return texts[number % len(texts)].format(thing=THINGS[rest % len(THINGS)], place=place)


async def main(host: str, port: int, transport: str, count: int, seconds: float, stamps: int) -> None:
    loop = asyncio.get_running_loop()
    streams: list[Stream] = []

    def one() -> Stream:
        question = asked(transport, len(streams))
        streams.append(KINDS[transport](f"{host}:{port}", f"tokens-{time.time_ns()}-{len(streams)}", question, stamps))
        return streams[-1]

    for _ in range(count):
        await loop.create_connection(one, host, port)
    await asyncio.gather(*(stream.ready for stream in streams))
    begun = time.perf_counter()
    for number, stream in enumerate(streams):
        loop.call_at(loop.time() + seconds * number / count, stream.ask)
    await asyncio.wait([stream.done for stream in streams], timeout=seconds + PATIENCE)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - begun,
                "latencies": [one for stream in streams for one in stream.latencies],
                "first": [stream.first for stream in streams if stream.first is not None],
                "failed": sum(not (stream.done.done() and stream.done.result()) for stream in streams),
            }
        )
    )


if __name__ == "__main__":
    host, port, transport, streams, seconds, stamps = sys.argv[1:]
    uvloop.run(main(host, int(port), transport, int(streams), float(seconds), int(stamps)))
