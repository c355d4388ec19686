"""The ASGI application: `python -m uvicorn careline.app:app`. Nothing is opened before the first start."""

import asyncio
import gc
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from careline.domain.errors import CarelineError
from careline.goodbye import Goodbye

if TYPE_CHECKING:
    from careline.bootstrap import Careline

log = logging.getLogger("careline")
USUAL = gc.get_threshold()
YOUNG = 10_000
"""So many new objects before young garbage is looked for: a thousand turns at once have many that stay for a while."""


class Application:
    """Built at ASGI start-up. Where a host has no lifespan (serverless adapters, a bare test client), for as long as
    requests are open."""

    def __init__(self) -> None:
        self.failure: CarelineError | None = None  # why it could not start, for whoever started it
        self._site: ASGIApp | None = None
        self._goodbye: Goodbye | None = None
        self._careline: Careline | None = None
        self._borrowers = 0
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif self._site is not None and self._borrowers == 0:
            await self._site(scope, receive, send)
        else:
            from careline.channels.errors import Problems

            await Problems(self._answer_alone)(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._start()
        except Exception as error:
            # said here: a server that merely sees an exception takes it for "no lifespan" and goes on without
            expected = isinstance(error, CarelineError)
            self.failure = error if isinstance(error, CarelineError) else None
            log.log(logging.DEBUG if expected else logging.ERROR, "❌ Error", exc_info=error)
            message = str(error) if expected else f"Careline could not start ({type(error).__name__})."
            await send({"type": "lifespan.startup.failed", "message": message})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer_alone(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._borrowed() as site:
            await site(scope, receive, send)

    @asynccontextmanager
    async def _borrowed(self) -> AsyncGenerator[ASGIApp, None]:
        async with self._lock:
            site = self._site or await self._start()
            self._borrowers += 1
        try:
            yield site
        finally:
            async with self._lock:
                self._borrowers -= 1
                if self._borrowers == 0:
                    await self._stop()

    async def _start(self) -> ASGIApp:
        gc.disable()  # nearly all that is made from here to the end of the warming stays: looking through it is in vain
        try:
            return await self._build()
        except BaseException:
            gc.enable()
            raise

    async def _build(self) -> ASGIApp:
        from careline import bootstrap, logs, settings
        from careline.channels.site import site

        loaded = settings.load()
        logs.adopt(debug=loaded.debug)
        for warning in loaded.warnings:
            log.warning("%s", warning)
        careline = bootstrap.build(loaded)
        await careline.start()
        built = site(careline.services)
        self._careline, self._site, self._goodbye = careline, built, Goodbye(built.state.farewell)
        self._goodbye.begin()
        if careline.warming is not None:
            careline.warming.add_done_callback(_collect_again)
        return built

    async def _stop(self) -> None:
        careline, goodbye = self._careline, self._goodbye
        self._careline = self._site = self._goodbye = None
        gc.unfreeze()
        gc.set_threshold(*USUAL)
        gc.enable()
        if goodbye is not None:
            goodbye.end()
        if careline is not None:
            if careline.warming is not None:
                careline.warming.remove_done_callback(_collect_again)
            await careline.stop()


def _collect_again(_: object) -> None:
    """From here on garbage is looked for, but no more among what was loaded: that would stop everything for long."""
    gc.freeze()
    gc.set_threshold(YOUNG, *USUAL[1:])
    gc.enable()


app = Application()
