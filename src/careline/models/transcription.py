"""Speech to text by an OpenAI-compatible server."""

import asyncio

import aiohttp
import msgspec

from careline.domain.errors import ModelUnavailable
from careline.models.chunks import UNREADABLE
from careline.models.endpoint import Endpoint, Refused, read_some
from careline.models.trouble import said, unavailable
from careline.ports import Transcript

LARGEST_ANSWER = 1_048_576
_ENDINGS = {
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/mp3": "mp3",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/webm": "webm",
    "audio/x-m4a": "m4a",
    "audio/x-wav": "wav",
}


class _Answer(msgspec.Struct):
    text: str
    language: str | None = None


class OpenAITranscriber:
    """A careline.ports.Transcriber. One attempt: a recording is long to send, and its sender can write instead."""

    def __init__(self, endpoint: Endpoint, name: str, *, hosted: bool, seconds: float = 30.0) -> None:
        self._endpoint = endpoint
        self.name = name
        self.hosted = hosted
        self._seconds = seconds

    async def transcribe(self, audio: bytes, media_type: str, language: str | None = None) -> Transcript:
        """As careline.ports.Transcriber has it."""
        kind = media_type.partition(";")[0].strip().lower()

        def form() -> aiohttp.FormData:
            fields = aiohttp.FormData()
            fields.add_field("model", self.name)
            fields.add_field("response_format", "json")
            if language is not None:
                fields.add_field("language", language)
            fields.add_field("file", audio, filename=f"speech.{_ENDINGS.get(kind, 'bin')}", content_type=kind)
            return fields

        deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            response = await self._endpoint.post("/audio/transcriptions", form, {}, deadline)
        except Refused as refused:
            raise unavailable(refused.error, refused.retry_after) from None
        try:
            body = await read_some(response, LARGEST_ANSWER, deadline)
            whole = response.content.at_eof()
        finally:
            response.close()
        if not whole:
            raise ModelUnavailable("interrupted")
        return _read(body)

    def warm(self) -> None:
        """Nothing: it connects in a moment."""

    async def close(self) -> None:
        await self._endpoint.close()


def _read(body: bytes) -> Transcript:
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except UNREADABLE:
        error = said(200, body)
        raise unavailable(error) if error.code or error.text else ModelUnavailable("bad_response") from None
    return Transcript(answer.text.strip(), answer.language)
