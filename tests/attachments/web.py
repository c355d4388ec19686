"""A server with files, and what is asked of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ssl import SSLContext

from aiohttp import web

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0IEND" + b"\xaeB`\x82"
OGG = b"OggS\0\x02 a few words"
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Files:
    """`host` is where it listens ("127.0.0.1:4711"), `asked` the requests it got."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.asked: list[web.BaseRequest] = []

    def url(self, path: str, scheme: str = "http", host: str | None = None) -> str:
        return f"{scheme}://{host or self.host}{path}"


@asynccontextmanager
async def serving(paths: dict[str, Handler | bytes], tls: SSLContext | None = None) -> AsyncIterator[Files]:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        files.asked.append(request)
        found = paths[request.path]
        return web.Response(body=found) if isinstance(found, bytes) else await found(request)

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    files = Files(f"127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield files
    finally:
        await runner.cleanup()


def going_to(location: str, status: int = 302) -> Handler:
    """Redirects, and leaves a cookie."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.Response(status=status, headers={"Location": location})
        response.set_cookie("session", "secret")
        return response

    return answer


def streaming(*pieces: bytes) -> Handler:
    """A body without a length."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        return response

    return answer
