"""Work of the event loop that begins one by one."""

import asyncio
from collections import deque


class Pace:
    """Lets one waiter go on in each round of the event loop, in order of arrival.

    Without it, a hundred turns that become ready together are composed in one go, and a message that comes meanwhile is
    read only after the last of them. With it, the loop looks at its sockets between any two.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._calling = False

    async def turn(self) -> None:
        """Returns when it is the caller's turn."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiting.append(waiter)
        if not self._calling:
            self._calling = True
            loop.call_soon(self._call, loop)
        await waiter

    def _call(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                break
        self._calling = bool(self._waiting)
        if self._calling:
            loop.call_soon(self._call, loop)
