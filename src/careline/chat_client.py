"""A small client of the website channel: posts a message, reads the stream, and survives a connection that drops."""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any, Self

import httpx
import msgspec

from careline.domain.conversation import Choice
from careline.domain.errors import CarelineError, Invalid

ATTEMPTS = 5
TIMEOUT = httpx.Timeout(60.0, connect=2.0)


class Refused(CarelineError):
    """The server did not accept the message."""


class Frame(msgspec.Struct, frozen=True):
    """One event of the stream, as documented for the website channel."""

    content: str = ""
    is_final: bool = False
    choices: tuple[Choice, ...] = ()
    restarted: bool = False


class ChatClient:
    """Speaks for one device. A context manager. Raises Invalid for what is no address."""

    def __init__(self, url: str, device: str) -> None:
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL:
            raise Invalid("--url is no address: it looks like http://127.0.0.1:8000.") from None
        self._http = httpx.Client(base_url=address, headers={"X-Device-ID": device}, timeout=TIMEOUT, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def healthy(self) -> bool:
        try:
            return bool(self._http.get("/health").json().get("status") == "healthy")
        except (httpx.HTTPError, ValueError, AttributeError):
            return False

    def say(self, text: str) -> Iterator[Frame]:
        """Sends the message once, however often the connection drops, and yields what is new of the reply.

        Raises Refused with the server's own words, or when the server stays away.
        """
        message_id = str(uuid.uuid4())
        shown = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(0.2 * 2**attempt)
            came = ""
            try:
                for frame in self._stream(text, message_id):
                    came = frame.content if frame.restarted else came + frame.content
                    fresh = _beyond(came, shown, frame)
                    shown = came if fresh.restarted else shown + fresh.content
                    yield fresh
                    if frame.is_final:
                        return
            except httpx.TransportError:
                continue
        raise Refused("The connection to the server was lost. The message is kept; the reply can be read later.")

    def cancel(self) -> None:
        self._http.post("/chat/cancel")

    def _stream(self, text: str, message_id: str) -> Iterator[Frame]:
        body = {"content": text, "client_message_id": message_id, "media_urls": [], "audio_urls": []}
        headers = {"Accept": "text/event-stream"}
        with self._http.stream("POST", "/chat/stream", json=body, headers=headers) as response:
            if response.status_code != httpx.codes.OK:
                raise Refused(_words(response.read()))
            for line in response.iter_lines():
                if line.startswith("data:"):
                    yield msgspec.json.decode(line[5:], type=Frame)


def _beyond(came: str, shown: str, frame: Frame) -> Frame:
    """The frame with only what the reader lacks; all of it, `restarted`, when another attempt says something else."""
    if shown.startswith(came):
        return msgspec.structs.replace(frame, content="", restarted=False)
    if came.startswith(shown):
        return msgspec.structs.replace(frame, content=came[len(shown) :], restarted=False)
    return msgspec.structs.replace(frame, content=came, restarted=True)


def _words(body: bytes) -> str:
    """What a problem+json body says to a person."""
    try:
        problem: dict[str, Any] = json.loads(body)
        return str(problem.get("message") or problem.get("detail") or problem.get("title") or Refused.__doc__)
    except (ValueError, AttributeError):
        return str(Refused.__doc__)
