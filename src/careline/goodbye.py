"""Telling clients that the server stops before it cuts them off, whatever server runs the application."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Goodbye:
    """Stands before the signal handlers that the server has set: a first signal reaches them after the farewell."""

    def __init__(self, farewell: Callable[[], Awaitable[None]]) -> None:
        self._farewell = farewell
        self._loop = asyncio.get_running_loop()
        self._servers: dict[int, Callable[[int, FrameType | None], Any]] = {}
        self._saying: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Only in the main thread, where something handles the request to stop: else nobody is stood before."""
        if threading.current_thread() is not threading.main_thread() or not callable(signal.getsignal(signal.SIGTERM)):
            return
        for number in SIGNALS:
            handler = signal.getsignal(number)
            if callable(handler):
                self._servers[number] = handler
                signal.signal(number, self._told)

    def end(self) -> None:
        """Gives the signals back, where they are still ours."""
        for number, handler in self._servers.items():
            if signal.getsignal(number) == self._told:
                signal.signal(number, handler)
        self._servers = {}

    def _told(self, number: int, frame: FrameType | None) -> None:
        if self._saying is not None or self._loop.is_closed():
            self._servers[number](number, frame)  # the second time it is meant at once
        else:
            self._loop.call_soon_threadsafe(self._begin, number)

    def _begin(self, number: int) -> None:
        if self._saying is None:
            self._saying = self._loop.create_task(self._say(self._servers[number], number))

    async def _say(self, handler: Callable[[int, FrameType | None], Any], number: int) -> None:
        try:
            await self._farewell()
        finally:
            handler(number, None)
