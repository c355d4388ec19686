"""The pictures of a message, fetched for a model that sees."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec

from careline.assistants.free_turns import Left
from careline.domain.conversation import Attachment
from careline.domain.effects import Outcome
from careline.domain.errors import AttachmentTrouble, AttachmentUnavailable
from careline.ports import AssistantEvent, AttachmentReader, ImagePart

MOST_IMAGES = 4
MOST_LOOKING = 16
"""Messages whose pictures are in memory at once, whoever sent them: each may have 24 MiB, a request more."""


class Looked(msgspec.Struct, frozen=True):
    """The pictures, or why they cannot be had."""

    pictures: tuple[ImagePart, ...] = ()
    trouble: AttachmentTrouble | None = None

    def explained(self, event: AssistantEvent) -> AssistantEvent:
        """The event; an outcome with what came of the pictures among its raw events."""
        if not isinstance(event, Outcome) or not (self.pictures or self.trouble):
            return event
        record = {"shown": len(self.pictures), "fallback": self.trouble}
        return msgspec.structs.replace(event, raw=(*event.raw, {"images": record}))


class Looking:
    """Made once, for all turns. A message waits `seconds` for its pictures to be among those in memory."""

    def __init__(self, reader: AttachmentReader | None, seconds: float = 5.0) -> None:
        self._reader = reader
        self._seconds = seconds
        self._room = asyncio.Semaphore(MOST_LOOKING)

    @asynccontextmanager
    async def at(self, left: Left | None) -> AsyncGenerator[Looked, None]:
        """The pictures of a turn, for as long as it needs them."""
        if self._reader is None or left is None or not left.images:
            yield Looked()
            return
        try:
            async with asyncio.timeout(self._seconds):
                await self._room.acquire()
        except TimeoutError:
            yield Looked(trouble="timeout")
            return
        try:
            yield await _look(self._reader, left.images)
        finally:
            self._room.release()


async def _look(reader: AttachmentReader, images: tuple[Attachment, ...]) -> Looked:
    """All the pictures or none: nobody is to be answered as if one had been seen that was not."""
    try:
        return Looked(await _pictures(reader, images))
    except AttachmentUnavailable as error:
        return Looked(trouble=error.reason)


async def _pictures(reader: AttachmentReader, images: tuple[Attachment, ...]) -> tuple[ImagePart, ...]:
    reading = [asyncio.ensure_future(reader.read(one)) for one in images]
    try:
        files = await asyncio.gather(*reading)
    finally:
        for one in reading:
            one.cancel()
    return tuple(ImagePart(one.media_type, one.data) for one in files)
