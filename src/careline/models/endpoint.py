"""One server, by HTTP: its address, its key, and the connections to it that are kept open."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import aiohttp

from careline import __version__
from careline.domain.errors import ModelUnavailable
from careline.models.trouble import Said, retry_after, said

T = TypeVar("T")
LARGEST_ERROR = 65_536
IDLE_SECONDS = 30.0
BROKEN = (aiohttp.ClientError, OSError, RuntimeError)
"""How a body ends that is cut; RuntimeError is what aiohttp has for reading on a connection that is already closed."""


Body = bytes | Callable[[], aiohttp.FormData]
"""What is sent: as it is, or made anew for each time it is sent."""


class _Connection:
    """Of one request; `before`: it has served another one."""

    before = False


async def _reused(session: aiohttp.ClientSession, context: Any, parameters: Any) -> None:
    context.trace_request_ctx.before = True


class Refused(Exception):
    """The server answered with an error. `retry_after` is in seconds."""

    def __init__(self, error: Said, wait: float | None) -> None:
        super().__init__(error.status)
        self.error = error
        self.retry_after = wait


class Endpoint:
    """Made anywhere, used on one event loop: the pool is made with the first request.

    `base_url` ends before `/chat/completions`; `connections` is the most there are at once: more requests wait, within
    their own patience. Redirects are not followed, so that neither key nor words go to another place.
    """

    def __init__(
        self, base_url: str, key: str | None, *, connect_seconds: float = 5.0, connections: int = 1_000
    ) -> None:
        self._base = base_url.rstrip("/")
        self._connect_seconds = connect_seconds
        self._connections = connections
        self._headers = {"User-Agent": f"careline/{__version__}", "Accept-Encoding": "identity"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._session: aiohttp.ClientSession | None = None
        self._waits: set[asyncio.Timeout] = set()
        self._closed = False

    def __repr__(self) -> str:
        return "Endpoint()"

    async def post(self, path: str, data: Body, headers: Mapping[str, str], deadline: float) -> aiohttp.ClientResponse:
        """The answer's beginning, with status 2xx. `deadline` is in the loop's time.

        A connection that the server has closed while it was idle is no failure of the server: the request goes out
        again at once, on another one.

        Raises ModelUnavailable, Refused for an error of the server.
        """
        response = await self._begin(path, data, headers, deadline)
        if 200 <= response.status < 300:
            return response
        try:
            body = await read_some(response, LARGEST_ERROR, deadline)
            error = said(response.status, body)
            now = datetime.now(UTC)
            wait = retry_after(response.headers.get("Retry-After"), response.headers.get("retry-after-ms"), now)
        finally:
            response.close()
        raise Refused(error, wait)

    async def _begin(
        self, path: str, data: Body, headers: Mapping[str, str], deadline: float
    ) -> aiohttp.ClientResponse:
        while True:
            used = _Connection()
            body = data if isinstance(data, bytes) else data()
            post = self._open().post(
                self._base + path, data=body, headers=headers, allow_redirects=False, trace_request_ctx=used
            )
            try:
                return await self.wait(post, deadline)
            except aiohttp.ConnectionTimeoutError:
                raise ModelUnavailable("connect") from None
            except TimeoutError:
                raise ModelUnavailable("first_token_timeout") from None
            except (aiohttp.ClientConnectionError, OSError):
                if not used.before:
                    raise ModelUnavailable("connect") from None
            except aiohttp.ClientError:
                raise ModelUnavailable("bad_response") from None

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise ModelUnavailable("interrupted")
        if self._session is None:
            watching = aiohttp.TraceConfig()
            watching.on_connection_reuseconn.append(_reused)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, keepalive_timeout=IDLE_SECONDS, ttl_dns_cache=60
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_seconds),
                headers=self._headers,
                trace_configs=[watching],
            )
        return self._session

    async def wait(self, work: Awaitable[T], deadline: float) -> T:
        """Raises TimeoutError at the deadline, and ModelUnavailable when this is closed meanwhile."""
        timeout = asyncio.timeout_at(deadline)
        self._waits.add(timeout)
        try:
            async with timeout:
                return await work
        except TimeoutError:
            if self._closed:
                raise ModelUnavailable("interrupted") from None
            raise
        finally:
            self._waits.discard(timeout)

    async def close(self) -> None:
        """Whoever waits for this server is told so: closing the session alone would leave readers waiting."""
        self._closed = True
        now = asyncio.get_running_loop().time()
        for timeout in self._waits:
            if not timeout.expired():
                timeout.reschedule(now)
        if self._session is not None:
            await self._session.close()


async def read_some(response: aiohttp.ClientResponse, most: int, deadline: float) -> bytes:
    """The body, up to about `most` bytes, or as far as it came until the deadline or the end of the connection."""
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout_at(deadline):
            while size < most and (piece := await response.content.readany()):
                pieces.append(piece)
                size += len(piece)
    except BROKEN:  # TimeoutError among them
        pass
    return b"".join(pieces)
