"""ADK's events read as a turn's: text once, whatever is repeated, tools when they have answered, transfers as steps."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from google.adk.events import Event

from careline.assistants.free_marks import Marks
from careline.assistants.own_events import AgentFailed
from careline.domain.events import Citation, Status, Token, Tool

TRANSFER = "transfer_to_agent"
MOST_EVENTS = 40
LARGEST_EVENT = 8_192
LARGEST_ALL = 49_152
"""Bytes of JSON of one raw event, and of all of a turn."""


class Reading:
    """Reads the events of one run. Of agents that speak at the same time one is heard at once, the others after it.

    `speakers` are the agents whose words are for the person; None is all. `done` are the calls whose outcome is known,
    `notes` get the raw events as they come.
    """

    def __init__(
        self,
        marks: Marks,
        done: Mapping[str, Tool],
        notes: list[dict[str, Any]],
        speakers: Collection[str] | None = None,
    ) -> None:
        self.marks = marks
        self.raw: list[dict[str, Any]] = []
        self.left_out = 0
        self.speaker: str | None = None
        self.usage: dict[str, int] = {}
        self._done = done
        self._notes = notes
        self._room = LARGEST_ALL
        self._speakers = speakers
        self._heard: tuple[str, str | None] | None = None
        self._streamed = ""
        self._waiting: list[str] = []
        self._said = False
        self._gap = ""
        self._error: str | None = None

    def read(self, event: Event) -> Iterator[Token | Citation | Tool | Status]:
        """What of the event is shown."""
        if event.partial:
            yield from self._partial(event)
            return
        self._note(event)
        if event.error_code:
            self._error = str(event.error_code)[:64]
        if event.author != "user":
            yield from self._words(event)
        yield from self._steps(event)

    def interpose(self, text: str) -> Iterator[Token | Citation]:
        """Words that are not the agents', as a paragraph of their own."""
        self._gap = "\n\n"
        yield from self._shown(iter([Token(text)]))
        self._gap = "\n\n"

    def close(self) -> Iterator[Token | Citation]:
        """What was held back, at the end of the run. Raises AgentFailed when it ended with an error."""
        yield from self._flush()
        yield from self._shown(self.marks.close())
        if self._error is not None:
            raise AgentFailed(self._error)

    def _partial(self, event: Event) -> Iterator[Token | Citation]:
        who = (event.author, event.branch)
        if not self._may_speak(event) or (self._heard is not None and self._heard != who):
            return
        if text := words_of(event):
            self._heard = who
            self._streamed += text
            yield from self._say(text)

    def _words(self, event: Event) -> Iterator[Token | Citation]:
        """The whole text of an agent's step, less what was streamed of it. A text that differs is not said again."""
        text = words_of(event)
        if text:
            self.speaker, self._error = event.author, None
        if not self._may_speak(event):
            return
        if self._heard == (event.author, event.branch):
            streamed, self._streamed, self._heard = self._streamed, "", None
            yield from self._say(text[len(streamed) :] if text.startswith(streamed) else "")
            self._gap = "\n\n"
            yield from self._flush()
        elif text and self._heard is not None:
            self._waiting.append(text)
        elif text:
            yield from self._say(text)
            self._gap = "\n\n"

    def _flush(self) -> Iterator[Token | Citation]:
        waiting, self._waiting = self._waiting, []
        for text in waiting:
            yield from self._say(text)
            self._gap = "\n\n"

    def _say(self, text: str) -> Iterator[Token | Citation]:
        if text:
            yield from self._shown(self.marks.feed(text))

    def _shown(self, events: Iterator[Token | Citation]) -> Iterator[Token | Citation]:
        """The events, with a gap between two steps."""
        for event in events:
            if isinstance(event, Citation):
                yield event
                continue
            text = event.text if self._said and not self._gap else event.text.lstrip()
            if text:
                lead = self._gap if self._said else ""
                self._gap, self._said = "", True
                yield Token(lead + text)

    def _may_speak(self, event: Event) -> bool:
        return self._speakers is None or event.author in self._speakers

    def _steps(self, event: Event) -> Iterator[Tool | Status]:
        for answer in event.get_function_responses():
            if answer.name == TRANSFER:
                continue
            failed = isinstance(answer.response, dict) and "error" in answer.response
            yield self._done.get(answer.id or "") or Tool((answer.name or "")[:64], "failed" if failed else "done")
        if event.actions.transfer_to_agent:
            yield Status("agent_transfer", {"agent": event.actions.transfer_to_agent})

    def _note(self, event: Event) -> None:
        """Keeps the event to explain the reply, without the words that are in the reply itself."""
        used = event.usage_metadata
        if used is not None:
            for name, count in (
                ("prompt_tokens", used.prompt_token_count),
                ("completion_tokens", used.candidates_token_count),
                ("cached_tokens", used.cached_content_token_count),
            ):
                self.usage[name] = self.usage.get(name, 0) + (count or 0)
            self.usage["calls"] = self.usage.get("calls", 0) + 1
        plain, size = raw_event(event)
        if len(self.raw) >= MOST_EVENTS or size > self._room:
            self.left_out += 1
            return
        self._room -= size
        self.raw.append({"adk": plain})
        self._notes.append(self.raw[-1])


def words_of(event: Event) -> str:
    """The text of an event that is meant to be read: no thoughts."""
    parts = (event.content.parts if event.content else None) or []
    return "".join(part.text for part in parts if part.text and not part.thought)


def raw_event(event: Event) -> tuple[dict[str, Any], int]:
    """The event as plain JSON, and its bytes: of text only its length, no binary data; too large a one by its size."""
    plain: dict[str, Any] = event.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    for part in plain.get("content", {}).get("parts") or []:
        for name in ("inlineData", "thoughtSignature"):
            part.pop(name, None)
        if "text" in part:
            part["text"] = f"({len(part['text'])} characters)"
    size = len(json.dumps(plain).encode())
    if size <= LARGEST_EVENT:
        return plain, size
    return {"id": event.id, "author": event.author, "too_large": size}, 200
