"""Visitors of the website as programs: they post, read the stream, and remember what they said and saw."""

import asyncio
import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

GIVEN = ("Mia", "Leo", "Ada", "Noah", "Ella", "Omar", "Ines", "Hugo", "Nora", "Emil")
FAMILIES = ("Berg", "Costa", "Novak", "Keller", "Moreau", "Larsen", "Romano", "Silva", "Fischer", "Dubois")


class Lost(Exception):
    """The connection ended before the final event."""


class Visitor:
    """One device. `seen` is the conversation as its screen shows it: what was said, and the reply to it."""

    def __init__(self, http: httpx.AsyncClient, device: str) -> None:
        self.http = http
        self.device = device
        self.seen: list[tuple[str, str]] = []
        self.choices: list[dict[str, str]] = []
        self.reply = ""
        self.last_event_id: str | None = None
        self.on_frame: Callable[[], None] = lambda: None

    async def post(self, text: str) -> str:
        """The plain JSON way."""
        answer = await self.http.post("/chat/", json=_body(text), headers={"X-Device-ID": self.device})
        assert answer.status_code == 200, (answer.status_code, answer.text)
        self.choices = answer.json().get("choices", [])
        return self._remember(text, answer.json()["content"])

    async def stream(self, text: str, message_id: str | None = None) -> str:
        """The streaming way. Raises Lost when it breaks off; `reply` and `last_event_id` say how far it came."""
        self.reply, self.last_event_id = "", None
        headers = {"X-Device-ID": self.device, "Accept": "text/event-stream"}
        await self._read("POST", "/chat/stream", headers, _body(text, message_id))
        return self._remember(text, self.reply)

    async def resume(self, text: str) -> str:
        """Goes on where a stream broke off, as an EventSource does."""
        headers = {"X-Device-ID": self.device, "Last-Event-ID": self.last_event_id or ""}
        await self._read("GET", "/chat/stream", headers, None)
        return self._remember(text, self.reply)

    async def history(self) -> list[dict[str, Any]]:
        """Everything the server has of this device, oldest first, page by page."""
        messages: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            query = {"limit": "7"} | ({"before": cursor} if cursor else {})
            page = (await self.http.get("/chat/history", params=query, headers={"X-Device-ID": self.device})).json()
            messages = page["messages"] + messages
            cursor = page["next"]
            if cursor is None:
                return messages

    def expected_history(self) -> list[tuple[str, str]]:
        return [line for said, reply in self.seen for line in (("incoming", said), ("outgoing", reply))]

    def _remember(self, text: str, reply: str) -> str:
        self.seen.append((text, reply))
        return reply

    async def _read(self, method: str, path: str, headers: dict[str, str], body: dict[str, Any] | None) -> None:
        try:
            async with self.http.stream(method, path, json=body, headers=headers) as answer:
                assert answer.status_code == 200, (answer.status_code, await answer.aread())
                async for line in answer.aiter_lines():
                    if self._line(line):
                        return
        except httpx.TransportError as error:
            raise Lost from error
        raise Lost

    def _line(self, line: str) -> bool:
        """Takes one line of the stream in; whether it was the final event."""
        if line.startswith("id:"):
            self.last_event_id = line[3:].strip()
        if not line.startswith("data:"):
            return False
        frame: dict[str, Any] = msgspec.json.decode(line[5:])
        self.reply = frame["content"] if frame.get("restarted") else self.reply + frame["content"]
        self.choices = frame.get("choices", [])
        self.on_frame()
        return bool(frame["is_final"])


def _body(text: str, message_id: str | None = None) -> dict[str, Any]:
    """As documented, with the id that makes a resend harmless."""
    return {
        "content": text,
        "media_urls": [],
        "audio_urls": [],
        "client_message_id": message_id or str(uuid.uuid4()),
        "time_zone": "Europe/London",
    }


class Wish:
    """What one visitor wants, and what they answer to each question of the assistant."""

    def __init__(self, number: int) -> None:
        chance = random.Random(number)
        self.chance = chance
        self.name = f"{GIVEN[number % 10]} {FAMILIES[number // 10 % 10]}"
        self.contact = f"visitor{number}@mail.example"

    def day(self) -> str:
        """Some day that can be booked, as people say it: the clinic plans 60 days ahead."""
        wanted = datetime.now(UTC) + timedelta(days=self.chance.randint(2, 55))
        return f"{wanted.day} {wanted:%B}"

    def answer(self, reply: str, choices: list[dict[str, str]]) -> str:
        """The next thing to say; raises AssertionError for a reply that asks nothing this visitor knows."""
        answers = {
            "personal information": "Yes, I agree",
            "your name": f"My name is {self.name}",
            "Which treatment": "hair transplant",
            "Which country": "I live in the UK",
            "How can our team reach you": self.contact,
            "When would suit": self.day(),
            "another day": self.day(),
            "Which day or time": self.day(),
            "Shall I book it": "yes",
        }
        question = reply.strip().rpartition("\n")[2]
        if "one would you like" in reply or "Which of these times" in reply:
            return str(self.chance.choice(choices)["value"])
        for words, said in answers.items():
            if words in question or words in reply:
                return said
        raise AssertionError(f"no answer to: {reply!r}")


async def book(visitor: Visitor, wish: Wish, *, streaming: bool, most_turns: int = 40) -> None:
    """Holds a whole conversation until the consultation is booked."""
    said = "Hello, I want to schedule an appointment"
    for _ in range(most_turns):
        reply = await (visitor.stream(said) if streaming else visitor.post(said))
        if "is booked for" in reply:
            return
        said = wish.answer(reply, visitor.choices)
        await asyncio.sleep(0)
    raise AssertionError(f"not booked after {most_turns} turns: {visitor.seen[-3:]}")
