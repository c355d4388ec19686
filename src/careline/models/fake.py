"""A fake OpenAI-compatible server, to develop and to test without a key.

    python -m careline.models.fake --port 8081

It echoes, streams, calls tools, fits JSON schemas, transcribes, and misbehaves in every way a server may: the model's
name says how ("fake-429:2", "fake-hang-mid"; `GET /v1/models` lists them). `GET /fake/stats` counts. What is said in a
recording are the words after "say:" in it, whatever else it holds; else always the same.
"""

import asyncio
import re
import signal
import sys
from collections import Counter, deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import msgspec

from careline.models.fake_answers import CREATED, Ask
from careline.models.fake_failures import FAILURES
from careline.models.fake_http import Connection, Exchange, Stats
from careline.models.fake_scenarios import ANSWERS, Scenario, refuse, well

KEPT_REQUESTS = 1_000
TRANSCRIPT = "I have had a headache since yesterday."
SCENARIOS: dict[str, Scenario] = {**ANSWERS, **FAILURES}


class FakeServer:
    """`async with FakeServer() as server:` answers at `server.url`. `own` are scenarios by the whole model's name.

    `requests` are the latest decoded bodies and `headers` their headers, oldest first.
    """

    def __init__(self, own: Mapping[str, Scenario] | None = None) -> None:
        self._own = dict(own or {})
        self._asked: Counter[str] = Counter()
        self._connections: set[Connection] = set()
        self._waiting: list[tuple[Callable[[Stats], bool], asyncio.Future[None]]] = []
        self.stats = Stats()
        self.requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)
        self.headers: deque[dict[str, str]] = deque(maxlen=KEPT_REQUESTS)
        self.url = ""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Raises OSError when the address is not free."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, host, port, backlog=4_096)
        bound = self._server.sockets[0].getsockname()
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{bound[1]}/v1"

    async def stop(self) -> None:
        """Drops whoever is still connected."""
        self._server.close()
        self.drop_connections()
        await self.until(lambda stats: stats.open_connections == 0 and stats.running == 0)
        await self._server.wait_closed()

    def drop_connections(self) -> None:
        """Cuts them all; new ones are welcome."""
        for connection in list(self._connections):
            connection.drop()

    async def until(self, condition: Callable[[Stats], bool]) -> None:
        """Waits until the stats are like this."""
        if not condition(self.stats):
            happened = asyncio.get_running_loop().create_future()
            self._waiting.append((condition, happened))
            await happened

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.stop()

    def _connection(self) -> Connection:
        return Connection(self._answer, self.stats, self._changed, self._connections)

    def _changed(self) -> None:
        for waiting in list(self._waiting):
            if waiting[0](self.stats):
                self._waiting.remove(waiting)
                if not waiting[1].done():
                    waiting[1].set_result(None)

    async def _answer(self, exchange: Exchange) -> None:
        path = exchange.path.removeprefix("/v1")
        match exchange.method, path:
            case "POST", "/chat/completions":
                await self._chat(exchange)
            case "POST", "/audio/transcriptions":
                await self._transcribe(exchange)
            case "GET", "/models":
                names = ["fake", *(f"fake-{name}" for name in SCENARIOS)]
                data = [{"id": name, "object": "model", "created": CREATED, "owned_by": "careline"} for name in names]
                exchange.answer(200, "application/json", msgspec.json.encode({"object": "list", "data": data}))
            case "GET", "/fake/stats":
                exchange.answer(200, "application/json", msgspec.json.encode(self.stats))
            case _:
                refuse(exchange, 404, "invalid_request_error", "unknown_url", "There is nothing here.")

    async def _chat(self, exchange: Exchange) -> None:
        try:
            ask = msgspec.json.decode(exchange.body, type=Ask)
        except (msgspec.DecodeError, UnicodeDecodeError):
            refuse(exchange, 400, "invalid_request_error", None, "The body is not a chat request.")
            return
        self.requests.append(msgspec.json.decode(exchange.body))
        self.headers.append(exchange.headers)
        await self._play(exchange, ask, well)

    async def _transcribe(self, exchange: Exchange) -> None:
        fields = form_fields(exchange.headers.get("content-type", ""), exchange.body)
        if "file" not in fields or "model" not in fields:
            refuse(exchange, 400, "invalid_request_error", None, "It needs a file and a model.")
            return
        text = {name: value.decode("utf-8", "replace") for name, value in fields.items() if name != "file"}
        self.requests.append({**text, "file": fields["file"]})
        self.headers.append(exchange.headers)
        ask = Ask(model=text["model"])

        async def transcribe(exchange: Exchange, ask: Ask) -> None:
            answer = {"text": spoken(fields["file"]), "language": text.get("language", "en")}
            exchange.answer(200, "application/json", msgspec.json.encode(answer))

        await self._play(exchange, ask, transcribe)

    async def _play(self, exchange: Exchange, ask: Ask, otherwise: Scenario) -> None:
        self._asked[ask.model] += 1
        name, *arguments = ask.model.removeprefix("fake-").split(":")
        ask.nth = self._asked[ask.model]
        ask.arguments = tuple(arguments)
        chosen = self._own.get(ask.model) or (SCENARIOS.get(name) if ask.model.startswith("fake-") else otherwise)
        if chosen is None:
            refuse(exchange, 404, "invalid_request_error", "model_not_found", "GET /v1/models lists the models.")
            return
        await chosen(exchange, ask)


def spoken(audio: bytes) -> str:
    """What this recording is taken to say."""
    _, marked, words = audio.partition(b"say:")
    return words.decode("utf-8", "replace").strip() if marked else TRANSCRIPT


def form_fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """The fields of a multipart/form-data body by name; {} when it is none."""
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    if found is None:
        return {}
    fields = {}
    for part in body.split(b"--" + found[1].encode("latin-1"))[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if name := re.search(rb'\bname="([^"]*)"', head):
            fields[name[1].decode("utf-8", "replace")] = content.removesuffix(b"\r\n")
    return fields


async def _serve(host: str, port: int) -> None:
    server = FakeServer()
    await server.start(host, port)
    print(f"The fake model server is listening on {server.url}", flush=True)
    print(f"Point Careline at it: CARELINE_MODEL_BASE_URL={server.url} CARELINE_MODEL=fake careline serve", flush=True)
    print("GET /v1/models lists its scenarios, GET /fake/stats counts. Ctrl-C ends it.", flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await server.stop()


def main(arguments: list[str]) -> None:
    """Raises SystemExit for wrong arguments and for an address that is not free."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m careline.models.fake", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    chosen = parser.parse_args(arguments)
    run = asyncio.run
    if sys.platform != "win32":
        import uvloop

        run = uvloop.run
    try:
        run(_serve(chosen.host, chosen.port))
    except OSError as error:
        raise SystemExit(
            f"careline.models.fake: {chosen.host}:{chosen.port} cannot be used: {error.strerror}"
        ) from None


if __name__ == "__main__":
    main(sys.argv[1:])
