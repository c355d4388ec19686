"""What people say in recordings, before their message is looked at: it goes through the gate like anything written."""

import asyncio
import logging
from time import monotonic
from typing import Any

import msgspec

from careline.domain.conversation import Attachment, Message
from careline.domain.errors import AttachmentUnavailable, ModelUnavailable
from careline.ports import AttachmentReader, Claim, Transcriber

log = logging.getLogger("careline.engine")

LONGEST_TRANSCRIPT = 10_000
"""Characters: about ten minutes of speech."""


class Listened(msgspec.Struct, frozen=True):
    """The attachments of a message with what was heard, and what explains it: times and reasons, no words."""

    attachments: tuple[Attachment, ...]
    raw: dict[str, Any]


class Listening:
    """Fetches recordings and has them transcribed, all of a message at once, each within `seconds`.

    Beyond `most` recordings of one message nobody listens: staff see them all the same. `at_once` are in memory,
    whoever sent them.
    """

    def __init__(
        self,
        reader: AttachmentReader,
        transcriber: Transcriber,
        seconds: float = 25.0,
        most: int = 4,
        at_once: int = 32,
    ) -> None:
        self._reader = reader
        self._transcriber = transcriber
        self._seconds = seconds
        self._most = most
        self._room = asyncio.Semaphore(at_once)

    async def listen(self, message: Message, language: str | None) -> Listened:
        """Never raises for a recording: one that cannot be listened to stays without a transcript.

        `language` is a hint, BCP 47.
        """
        language = language.partition("-")[0].lower() if language else None
        wanted = [one for one in message.attachments if one.kind == "audio"]
        heard = await asyncio.gather(*(self._hear(one, language) for one in wanted[: self._most]))
        rest = [(one, {"fallback": "too_many"}) for one in wanted[self._most :]]
        told = [record for _, record in (*heard, *rest)]
        found = iter(attachment for attachment, _ in (*heard, *rest))
        attachments = tuple(next(found) if one.kind == "audio" else one for one in message.attachments)
        return Listened(attachments, {"listening": {"model": self._transcriber.name, "recordings": told}})

    async def _hear(self, recording: Attachment, language: str | None) -> tuple[Attachment, dict[str, Any]]:
        began = monotonic()
        record: dict[str, Any] = {}
        try:
            async with asyncio.timeout(self._seconds), self._room:
                file = await self._reader.read(recording)
                record["type"], record["bytes"] = file.media_type, len(file.data)
                transcript = await self._transcriber.transcribe(file.data, file.media_type, language)
        except TimeoutError:
            record["fallback"] = "deadline"
        except (AttachmentUnavailable, ModelUnavailable) as error:
            record["fallback"] = error.reason
        else:
            record["language"] = transcript.language
            words = _clean(transcript.text)
            if words:
                recording = msgspec.structs.replace(recording, transcript=words)
            else:
                record["fallback"] = "nothing_heard"
        if recording.transcript is None:
            log.warning("Recording not listened to", extra={"reason": record["fallback"]})
        record["ms"] = round((monotonic() - began) * 1000, 1)
        return recording, record


def with_words(claim: Claim, attachments: tuple[Attachment, ...]) -> Claim:
    """The claim with what was heard in its message's words; as it is when nobody has listened (no attachments)."""
    if not attachments:
        return claim
    message = msgspec.structs.replace(claim.message, attachments=attachments)
    return msgspec.structs.replace(claim, message=msgspec.structs.replace(message, body=message.said))


def _clean(text: str) -> str:
    """One line, and nothing in it that a database does not take."""
    words = "".join(letter if letter.isprintable() else " " for letter in text[:LONGEST_TRANSCRIPT])
    return " ".join(words.split())
