"""One answer as it comes over the network."""

import asyncio
from time import perf_counter

import aiohttp

from careline.domain.errors import ModelUnavailable
from careline.models.assembly import Assembly
from careline.models.endpoint import BROKEN, Endpoint, read_some
from careline.models.sse import EventTooLarge, SseDecoder
from careline.models.trouble import said, unavailable
from careline.ports import ModelEvent

LARGEST = 8_388_608
END_SECONDS = 1.0
"""How long, after the reason of its end, an answer may still give its usage."""
DRAIN_SECONDS = 0.25
"""How long, after `[DONE]`, the response has to end so that its connection can be used again."""


class Answer:
    """Reads a response. `deadline`, in the loop's time, is that of the first token; `token_seconds` are for a silence.

    Comments and empty chunks are no tokens: a server that is stuck and says so politely is stuck. `first_at` is when
    the first token came, by `perf_counter`: the loop's time is too coarse to measure with.
    """

    def __init__(
        self, endpoint: Endpoint, response: aiohttp.ClientResponse | None, deadline: float, token_seconds: float
    ) -> None:
        self._endpoint = endpoint
        self._response = response
        self._deadline = deadline
        self._token_seconds = token_seconds
        self._decoder = SseDecoder()
        self._clock = asyncio.get_running_loop().time
        self._size = 0
        self._head = bytearray()
        self._over = response is None
        self.assembly = Assembly()
        self.first_at: float | None = None

    @classmethod
    def filtered(cls, endpoint: Endpoint) -> "Answer":
        """The end of what the server's filter did not let begin."""
        answer = cls(endpoint, None, 0.0, 0.0)
        answer.assembly.reason = "content_filter"
        return answer

    @property
    def request_id(self) -> str | None:
        return None if self._response is None else self._response.headers.get("x-request-id")

    async def more(self) -> list[ModelEvent]:
        """The next events; [] at the end. Raises ModelUnavailable, after all that came before it was given out."""
        read = self.assembly
        while not self._over:
            chunk = await self._chunk()
            events = self._read(chunk) if chunk else self._end()
            if read.done and read.failed is None and not self._over:
                self._over = True
                await self._drain()
                events += read.finish()
            if read.failed is not None:
                self._over = True
            if events:
                return events
        if read.failed is not None:
            raise read.failed
        return []

    def close(self) -> None:
        """Closes the connection unless the response has come to its end; then it is kept for the next request."""
        if self._response is not None:
            self._response.close()

    def _read(self, chunk: bytes) -> list[ModelEvent]:
        read = self.assembly
        self._size += len(chunk)
        if self._size > LARGEST:
            raise ModelUnavailable("bad_response", streamed=read.given)
        if read.empty:
            self._head += chunk
        ending = read.reason is not None
        try:
            events = read.read(self._decoder.feed(chunk))
        except EventTooLarge:
            raise ModelUnavailable("bad_response", streamed=read.given) from None
        if read.progress and read.began and not ending:
            wait = self._token_seconds if read.reason is None else min(END_SECONDS, self._token_seconds)
            self._deadline = self._clock() + wait
            if self.first_at is None:
                self.first_at = perf_counter()
        return events

    def _end(self) -> list[ModelEvent]:
        self._over = True
        read = self.assembly
        events = read.read(self._decoder.end())
        if read.empty:
            events = self._whole(bytes(self._head.strip()))
        return events if read.failed is not None else events + read.finish()

    def _whole(self, body: bytes) -> list[ModelEvent]:
        """A body that is no stream: one whole answer, or an error with status 200."""
        if not body or body.startswith(b":"):
            raise ModelUnavailable("interrupted")
        if body.startswith(b"["):
            raise unavailable(said(200, body))
        events = self.assembly.read([body])
        self.first_at = perf_counter() if events else None
        if not self.assembly.began and self.assembly.failed is None:
            raise ModelUnavailable("bad_response")
        return events

    async def _chunk(self) -> bytes:
        """What has come by now, or what comes next; empty at the end."""
        if self._response is None:
            return b""
        content = self._response.content
        read = self.assembly
        try:
            if chunk := content.read_nowait():
                return chunk
            return await self._endpoint.wait(content.readany(), self._deadline)
        except ModelUnavailable as error:
            error.streamed = read.given
            raise
        except TimeoutError:
            if read.reason is not None:
                return b""
            raise ModelUnavailable(
                "token_timeout" if read.began else "first_token_timeout", streamed=read.given
            ) from None
        except BROKEN:
            if read.reason is not None:
                return b""
            raise ModelUnavailable("interrupted", streamed=read.given) from None

    async def _drain(self) -> None:
        if self._response is not None and not self._response.content.at_eof():
            await read_some(self._response, LARGEST, self._clock() + DRAIN_SECONDS)
