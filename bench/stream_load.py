"""The load generator of the assistant stream, a process of its own: many WebSockets, each asks one question.

    python -m bench.stream_load HOST PORT CONNECTIONS SECONDS SHARE

Opens all connections first. Then their questions are sent at even distances over SECONDS (0: all in one instant); one
in SHARE is an emergency. Prints one JSON object: `emergency`, the seconds from a message to its emergency frame,
`calm`, those from other messages to the first token, `failed` connections: closed early, an error, or an emergency
frame that was not the first content or not there.
"""

import asyncio
import json
import sys
import time
from functools import partial
from typing import cast

import uvloop

from bench.websocket import Client

EMERGENCIES = (
    "I have chest pain and can't breathe",
    "My husband's face is drooping and he cannot speak properly",
    "I took a whole packet of paracetamol and I want to die",
    "My baby is not breathing",
    "Göğsümde baskı var ve sol koluma vuruyor",
)
QUESTIONS = (
    "I have had a headache since yesterday, what can I do?",
    "My two year old has a runny nose and a cough since Monday",
    "Can I take ibuprofen together with paracetamol?",
    "I have lower back pain after lifting a box",
    "What helps against heartburn?",
    "hello",
)
PATIENCE = 120.0
QUIET = (b'"type":"stream_start"', b'"type":"status"', b'"type":"connection"')


class Question(asyncio.Protocol):
    """One connection, from its handshake to the end of its turn. `done` tells whether all was as it should be."""

    def __init__(self, host: str, text: str, *, emergency: bool) -> None:
        loop = asyncio.get_running_loop()
        self.host = host
        self.text = text
        self.emergency = emergency
        self.ready: asyncio.Future[bool] = loop.create_future()
        self.done: asyncio.Future[bool] = loop.create_future()
        self.first_content: float | None = None
        self._asked = 0.0
        self._client: Client
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class
        self._client = Client(self.host, self._transport.write)

    def ask(self) -> None:
        self._asked = time.perf_counter()
        self._client.ask(self.text)

    def data_received(self, data: bytes) -> None:
        for text in self._client.read(data):
            self._read(text)

    def _read(self, payload: bytes) -> None:
        kind = payload[:64]
        if b'"type":"connection"' in kind:
            self.ready.set_result(True)
        elif b'"type":"stream_end"' in kind:
            self._end(good=self.first_content is not None)
        elif self.first_content is None and not any(quiet in kind for quiet in QUIET):
            self.first_content = time.perf_counter() - self._asked
            wanted = b'"type":"emergency"' if self.emergency else b'"type":"'
            if wanted not in kind or b'"type":"error"' in kind:
                self._end(good=False)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_result(False)
        self._end(good=False)

    def _end(self, *, good: bool) -> None:
        if not self.done.done():
            self.done.set_result(good)
            self._transport.close()


def _same(question: Question) -> Question:
    return question


async def main(host: str, port: int, connections: int, seconds: float, share: int) -> None:
    loop = asyncio.get_running_loop()
    questions: list[Question] = []
    for number in range(connections):
        emergency = number % share == 0
        texts = EMERGENCIES if emergency else QUESTIONS
        question = Question(f"{host}:{port}", texts[number // share % len(texts)], emergency=emergency)
        await loop.create_connection(partial(_same, question), host, port)
        questions.append(question)
    ready = await asyncio.gather(*(question.ready for question in questions))
    begin = loop.time() + 0.5
    for number, question in enumerate(questions):
        loop.call_at(begin + seconds * number / connections, question.ask)
    async with asyncio.timeout(seconds + PATIENCE):
        good = await asyncio.gather(*(question.done for question in questions))
    print(
        json.dumps(
            {
                "emergency": [q.first_content for q in questions if q.emergency and q.first_content is not None],
                "calm": [q.first_content for q in questions if not q.emergency and q.first_content is not None],
                "failed": sum(not (a and b) for a, b in zip(ready, good, strict=True)),
            }
        )
    )


if __name__ == "__main__":
    host, port, connections, seconds, share = sys.argv[1:]
    uvloop.run(main(host, int(port), int(connections), float(seconds), int(share)))
