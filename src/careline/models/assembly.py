"""From the payloads of a stream to the events of an answer. Pure: one object for one attempt."""

import msgspec

from careline.domain.errors import ModelUnavailable
from careline.models.chunks import (
    ABSENT,
    UNREADABLE,
    ChatChunk,
    Choice,
    ToolCallPart,
    finish_reason,
    is_null,
    read_chunk,
    text_of,
    usage_of,
)
from careline.models.trouble import said, unavailable
from careline.ports import FinishReason, ModelEvent, Refusal, TextDelta, ToolCall, ToolCallReady, Usage

_DONE = b"[DONE]"
_CUT: frozenset[FinishReason] = frozenset({"length", "content_filter"})


class _OpenCall:
    """A call whose arguments still come."""

    __slots__ = ("arguments", "id", "index", "name")

    def __init__(self, index: int | None, call_id: str, name: str) -> None:
        self.index = index
        self.id = call_id
        self.name = name
        self.arguments: list[str] = []


class Assembly:
    """`began`: something of the answer has come; `given`: and was given out. `progress`: the last payloads had some of
    it, or signs of work on it. `done`: nothing more is to come. `failed`: what came instead, once all before it was
    given out. `reason` is the server's, None until it is said."""

    __slots__ = (
        "_call",
        "_calls",
        "_refused",
        "_text",
        "began",
        "done",
        "empty",
        "failed",
        "fingerprint",
        "given",
        "id",
        "model",
        "progress",
        "reason",
        "usage",
    )

    def __init__(self) -> None:
        self._text: list[str] = []
        self._call: _OpenCall | None = None
        self._calls = 0
        self._refused = False
        self.began = False
        self.given = False
        self.failed: ModelUnavailable | None = None
        self.progress = False
        self.done = False
        self.empty = True
        self.reason: FinishReason | None = None
        self.usage: Usage | None = None
        self.model: str | None = None
        self.id: str | None = None
        self.fingerprint: str | None = None

    def read(self, payloads: list[bytes]) -> list[ModelEvent]:
        """The events in these payloads, text that follows text as one. Sets `failed` for what is no answer."""
        events: list[ModelEvent] = []
        self.progress = False
        for payload in payloads:
            if payload == _DONE:
                self.done = True
                break
            if payload:
                self.empty = False
                try:
                    self._chunk(payload, events)
                except ModelUnavailable as error:
                    self.failed = error
                    break
        self._flush(events)
        if events:
            self.given = True
        if self.failed is not None:
            self.failed.streamed = self.given
        return events

    def finish(self) -> list[ModelEvent]:
        """What the end of the stream completes. Raises ModelUnavailable when it is not the end of an answer."""
        if self.reason is None:
            if not self.done:
                raise ModelUnavailable("interrupted", streamed=self.given)
            if not self.began:
                raise ModelUnavailable("bad_response")
        events: list[ModelEvent] = []
        if self.reason in _CUT:
            self._call = None
        self._complete(events)
        return events

    @property
    def ending(self) -> FinishReason:
        if self.reason in _CUT:
            return self.reason
        if self._calls:
            return "tool_calls"
        return "refusal" if self._refused else "stop" if self.reason in {None, "tool_calls"} else self.reason

    def _chunk(self, payload: bytes, events: list[ModelEvent]) -> None:
        try:
            chunk = read_chunk(payload)
        except UNREADABLE:
            raise ModelUnavailable("bad_response") from None
        choices = chunk.choices
        if not is_null(chunk.error) or chunk.object == "error" or (choices is None and (chunk.message or chunk.detail)):
            raise unavailable(said(200, payload))
        if self.model is None:
            self._about(chunk)
        if chunk.usage is not ABSENT:
            self.usage = usage_of(chunk.usage) or self.usage
        for choice in choices or ():
            if not choice.index:
                self._choice(choice, events)

    def _about(self, chunk: ChatChunk) -> None:
        self.model = chunk.model
        self.id = None if chunk.id is None else str(chunk.id)
        self.fingerprint = chunk.system_fingerprint

    def _choice(self, choice: Choice, events: list[ModelEvent]) -> None:
        delta = choice.delta or choice.message
        if delta is not None:
            if delta.content and (text := text_of(delta.content)):
                self._text.append(text)
                self.began = self.progress = True
            if delta.refusal:
                self._flush(events)
                events.append(Refusal(delta.refusal))
                self.began = self.progress = self._refused = True
            for part in delta.tool_calls or ():
                self._flush(events)
                self._part(part, events)
                self.began = self.progress = True
            if delta.reasoning_content or delta.reasoning:
                self.progress = True
        if choice.finish_reason:
            if choice.finish_reason == "error":
                raise ModelUnavailable("server")
            self.reason = finish_reason(choice.finish_reason)
            self.began = self.progress = True

    def _part(self, part: ToolCallPart, events: list[ModelEvent]) -> None:
        """A new call begins with another index or another id: some servers give all calls the index 0, or none."""
        function = part.function
        call = self._call
        if call is None or part.index != call.index or (part.id and part.id != call.id):
            self._complete(events)
            self._calls += 1
            name = (function.name if function else None) or ""
            call = self._call = _OpenCall(part.index, part.id or f"call_{self._calls}", name)
        elif function and function.name and not call.name:
            call.name = function.name
        if function and function.arguments:
            arguments = function.arguments
            call.arguments.append(arguments if isinstance(arguments, str) else msgspec.json.encode(arguments).decode())

    def _complete(self, events: list[ModelEvent]) -> None:
        if self._call is not None:
            call = self._call
            events.append(ToolCallReady(ToolCall(call.id, call.name, "".join(call.arguments) or "{}")))
            self._call = None

    def _flush(self, events: list[ModelEvent]) -> None:
        if self._text:
            events.append(TextDelta(self._text[0] if len(self._text) == 1 else "".join(self._text)))
            self._text.clear()
