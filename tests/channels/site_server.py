"""The site on a real uvicorn, over the real engine and SQLite, with an assistant the test holds the strings of."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from careline.auth.tokens import Signer
from careline.channels.services import About, ChannelSettings, Services
from careline.channels.site import site
from careline.domain.errors import NotFound, StoreUnavailable
from tests.engine.conftest import Process, world
from tests.engine.scripted import Script

T = TypeVar("T")
ABOUT = About("Anna", "Istanbul Medic", {"en": "I am an AI assistant."}, ("en", "tr"), "0.1.0")
TOKEN = "a" * 32
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


class OneCalendarFile:
    """The calendar file of the only booking."""

    async def calendar(self, token: str) -> bytes:
        if token != TOKEN:
            raise NotFound
        return CALENDAR


class SiteServer:
    """`with SiteServer(folder) as server:` answers at `server.url`. What touches the engine runs on its loop: `do`."""

    def __init__(self, folder: Path, settings: ChannelSettings | None = None) -> None:
        self._folder = folder
        self.signer = Signer(b"the secret of the tests, 32 bytes")
        self.settings = settings or ChannelSettings(heartbeat_seconds=0.05)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self.process: Process
        self.broken = False

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Awaits on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def script(self, text: str, script: Script) -> None:
        """What the assistant does when it reads this text."""
        self.process.assistant.scripts[text] = script

    def hold(self, text: str) -> None:
        """The answer to this text stops after its first token until it is released."""
        self.do(self._hold(text))

    def release(self, text: str) -> None:
        self._loop.call_soon_threadsafe(self.process.assistant.gates[text].set)

    def wait_until_held(self, text: str) -> None:
        self.do(self.process.assistant.reached[text].wait())

    async def _hold(self, text: str) -> None:
        self.process.assistant.hold(text)

    async def check(self) -> None:
        if self.broken:
            raise StoreUnavailable

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            self.process = (await stack.enter_async_context(world(self._folder))).process()
            listening = socket.create_server(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            config = uvicorn.Config(
                site(services_of(self)),
                log_config=None,
                lifespan="off",
                ws="websockets-sansio",
                timeout_graceful_shutdown=1,
            )
            self._server = uvicorn.Server(config)
            self._loop.call_soon(self._ready.set)
            await self._server.serve(sockets=[listening])

    def __enter__(self) -> "SiteServer":
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)


def services_of(server: SiteServer) -> Services:
    process = server.process
    return Services(
        engine=process.engine,
        store=process.store,
        calendars=OneCalendarFile(),
        about=ABOUT,
        settings=server.settings,
        clock=process.clock,
        signer=server.signer,
        checks={"database": process.store.ping, "bus": server.check},
    )
