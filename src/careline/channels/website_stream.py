"""A turn's frames over HTTP: as fast as the client reads, with heartbeats, ending quietly when the client is gone."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from careline.channels.website_frames import HEARTBEAT, Cursor, Frames
from careline.domain.errors import Unavailable
from careline.domain.events import Published
from careline.ports import Clock

log = logging.getLogger("careline.website")

STREAM_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class EventStream(Response):
    """Streams the events of a turn from where `cursor` is.

    Each frame is awaited, so that a slow client is never buffered for. When the source fails in between, the stream
    just ends: without a final frame, a client knows that it has to resume.
    """

    def __init__(
        self,
        request: Request,
        events: AsyncGenerator[Published | None, None],
        cursor: Cursor,
        clock: Clock,
        media_type: str,
        headers: dict[str, str],
    ) -> None:
        super().__init__(None, 200, {**STREAM_HEADERS, **headers, "Content-Type": media_type})
        del self.headers["content-length"]
        if request.headers.get("connection", "").lower() != "close":
            self.headers["Connection"] = "keep-alive"
        self._request = request
        self._events = events
        self._frames = Frames(cursor)
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] != "HEAD":
            try:
                await self._send_frames(send)
            except Unavailable as error:
                log.warning("❌ Error", extra={"error_type": type(error).__name__})
        await send({"type": "http.response.body", "body": b""})

    async def _send_frames(self, send: Send) -> None:
        async with aclosing(self._events) as events:
            async for published in events:
                if published is not None:
                    data = self._frames.feed(published, self._clock.now())
                elif await self._request.is_disconnected():
                    return
                else:
                    data = HEARTBEAT
                if data:
                    await send({"type": "http.response.body", "body": data, "more_body": True})
        if not self._frames.finished:
            last = self._frames.end(self._clock.now())
            await send({"type": "http.response.body", "body": last, "more_body": True})
