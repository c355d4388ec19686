"""The HTTP side of the fake server: by hand on asyncio, because it has to misbehave to the byte, and cheaply."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import httptools
import msgspec


class Stats(msgspec.Struct):
    """What has happened since the start. `closed_by_client` are answers whose client went before their end."""

    connections: int = 0
    open_connections: int = 0
    requests: int = 0
    running: int = 0
    completed: int = 0
    closed_by_client: int = 0


Handler = Callable[["Exchange"], Awaitable[None]]


class Exchange:
    """One request and the answer to it. Header names are in lower case."""

    def __init__(self, connection: "Connection", method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self._connection = connection
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self._chunked = False

    def answer(self, status: int, content_type: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """A whole answer."""
        self._head(status, content_type, {"Content-Length": str(len(body)), **(headers or {})}, body)

    def begin(self, content_type: str = "text/event-stream; charset=utf-8") -> None:
        """The beginning of an answer of unknown length."""
        self._chunked = True
        self._head(200, content_type, {"Transfer-Encoding": "chunked", "Cache-Control": "no-cache"})

    def send(self, data: bytes) -> None:
        self._connection.write(b"%x\r\n%b\r\n" % (len(data), data))

    def send_raw(self, data: bytes) -> None:
        """As it is, without any framing."""
        self._connection.write(data)

    def end(self) -> None:
        self._connection.write(b"0\r\n\r\n")

    def drop(self) -> None:
        """Cuts the connection."""
        self._connection.drop()

    async def drained(self) -> None:
        """Waits while the client reads slower than this writes."""
        await self._connection.drained()

    async def forever(self) -> None:
        """Until the client is gone."""
        await asyncio.get_running_loop().create_future()

    def _head(self, status: int, content_type: str, headers: Mapping[str, str], body: bytes = b"") -> None:
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Type: {content_type}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._connection.write("\r\n".join([*lines, "", ""]).encode() + body)


class Connection(asyncio.Protocol):
    """One client. Requests are answered in their order; when the client goes, the answer under way is cancelled."""

    def __init__(self, handler: Handler, stats: Stats, changed: Callable[[], None], known: set["Connection"]) -> None:
        self._handler = handler
        self._stats = stats
        self._changed = changed
        self._known = known
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Exchange] = deque()
        self._task: asyncio.Task[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._dropped = False
        self._transport: asyncio.Transport
        self._reset()

    def _reset(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self._known.add(self)
        self._stats.connections += 1
        self._stats.open_connections += 1
        self._changed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._known.discard(self)
        self._stats.open_connections -= 1
        self._waiting.clear()
        if self._task is not None:
            self._stats.closed_by_client += not self._dropped
            self._task.cancel()
        self._changed()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.drop()

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        path = self._url.partition(b"?")[0].decode("latin-1")
        method = self._parser.get_method().decode("latin-1")
        self._waiting.append(Exchange(self, method, path, self._headers, b"".join(self._body)))
        self._reset()
        if self._task is None:
            self._next()

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def drop(self) -> None:
        self._dropped = True
        self._transport.abort()

    async def drained(self) -> None:
        if self._writable is not None:
            await self._writable

    def _next(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(self._waiting.popleft()))

    async def _run(self, exchange: Exchange) -> None:
        self._stats.requests += 1
        self._stats.running += 1
        self._changed()
        try:
            await self._handler(exchange)
            self._stats.completed += 1
        finally:
            self._task = None
            self._stats.running -= 1
            self._changed()
        if self._waiting:
            self._next()
