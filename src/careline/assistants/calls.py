"""The calls of one turn on a language model: a limit in time, and a record of each that explains the reply later."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import msgspec

from careline.domain.effects import Outcome
from careline.domain.errors import ModelUnavailable
from careline.domain.usage import used
from careline.ports.model import Completion, Finished, Model, ModelEvent, ModelRequest, ToolCallReady, collect

FIRST_TOKEN = 0.8
"""Of the time for a whole answer, the part its first token may take. It is the model itself that finds the rest too
short then, and learns of a server that hangs."""
MOST_TOOLS = 20
"""Calls of tools in one answer that are recorded."""


class ModelCalls:
    """Made for one turn. `explained` puts the records and the sum of the tokens into the turn's outcome.

    A record has no words of anybody: names, counts, times and reasons only. It is among the `notes` from its beginning.
    """

    def __init__(
        self,
        model: Model,
        monotonic: Callable[[], float] = time.monotonic,
        notes: list[dict[str, Any]] | None = None,
    ) -> None:
        self.model = model
        self.records: list[dict[str, Any]] = []
        self._monotonic = monotonic
        self._notes = [] if notes is None else notes

    async def stream(
        self, request: ModelRequest, *, prompt: str, seconds: float | None = None
    ) -> AsyncGenerator[ModelEvent, None]:
        """The answer as it comes, the Finished last. `prompt` is the version of the prompt, for the record.

        Raises ModelUnavailable, with `deadline` when the answer is not whole after `seconds`. Within a stream that is
        seen when something comes: of silence the model itself has enough after a while. Use `aclosing`.
        """
        began = last = self._monotonic()
        record = self._begin(request, prompt)
        streamed = False
        try:
            async with aclosing(self.model.stream(_within(request, seconds))) as events:
                async for event in events:
                    last = self._monotonic()
                    if isinstance(event, Finished):
                        _finish(record, event)
                    elif isinstance(event, ToolCallReady):
                        _note_tool(record, event.call.name, request)
                    if seconds is not None and last - began > seconds:
                        raise ModelUnavailable("deadline", streamed=streamed)
                    streamed = True
                    yield event
        except ModelUnavailable as error:
            record["fallback"] = error.reason
            streamed = streamed or error.streamed
            raise
        finally:
            now = self._monotonic()
            if "finish" not in record:
                record["streamed"] = streamed
                record["silent_ms"] = _ms(now - last)
                record.setdefault("fallback", "left")
            record.setdefault("ms", _ms(now - began))

    async def ask(self, request: ModelRequest, *, prompt: str, seconds: float) -> Completion:
        """The whole answer, within `seconds`, whatever the model is doing. Raises ModelUnavailable."""
        deadline = asyncio.get_running_loop().time() + seconds
        timed = msgspec.structs.replace(_within(request, seconds * FIRST_TOKEN), deadline=deadline)
        try:
            async with asyncio.timeout_at(deadline):
                return await collect(self.stream(timed, prompt=prompt))
        except TimeoutError:
            self.fell_back("deadline")
            streamed = bool(self.records) and self.records[-1].get("streamed", True)
            raise ModelUnavailable("deadline", streamed=streamed) from None

    def fell_back(self, reason: str) -> None:
        """The last call came to an end, but its answer is not used: why."""
        if self.records:
            self.records[-1]["fallback"] = reason

    def was_writing(self, seconds: float) -> bool:
        """Whether the last call, which was given up, had begun to answer and said something within these seconds."""
        record = self.records[-1] if self.records else {}
        return bool(record.get("streamed")) and record.get("silent_ms", 0.0) < seconds * 1000

    def now(self) -> float:
        """Seconds of the clock that calls are measured by."""
        return self._monotonic()

    @property
    def usage(self) -> dict[str, int]:
        """The tokens of all calls whose server told them, and the number of calls; {} without a call."""
        return used({"model_call": record} for record in self.records)

    def explained(self, outcome: Outcome) -> Outcome:
        """The outcome with the records among its raw events, and the tokens added to its usage."""
        if not self.records:
            return outcome
        usage = {name: outcome.usage.get(name, 0) + count for name, count in self.usage.items()}
        raw = tuple({"model_call": record} for record in self.records)
        return msgspec.structs.replace(outcome, raw=(*outcome.raw, *raw), usage={**outcome.usage, **usage})

    def _begin(self, request: ModelRequest, prompt: str) -> dict[str, Any]:
        record = {"purpose": request.purpose, "model": self.model.name, "prompt_version": prompt}
        self.records.append(record)
        self._notes.append({"model_call": record})
        return record


def _within(request: ModelRequest, seconds: float | None) -> ModelRequest:
    """The request, with no more patience for its first word than there is time at all."""
    if seconds is None:
        return request
    return msgspec.structs.replace(request, first_token_seconds=min(seconds, request.first_token_seconds or seconds))


def _note_tool(record: dict[str, Any], name: str, request: ModelRequest) -> None:
    """Notes a tool that was offered; what else a model calls may be anybody's words."""
    called = record.setdefault("tools", [])
    if len(called) < MOST_TOOLS:
        called.append(name if any(one.name == name for one in request.tools) else "unknown")


def _finish(record: dict[str, Any], finished: Finished) -> None:
    record["answered_by"] = finished.model
    record["fingerprint"] = finished.system_fingerprint
    record["request_id"] = finished.request_id
    record["finish"] = finished.reason
    record["retries"] = finished.retries
    record["ms"] = _ms(finished.seconds)
    record["first_token_ms"] = None if finished.first_token_seconds is None else _ms(finished.first_token_seconds)
    if finished.usage is not None:
        record["usage"] = msgspec.to_builtins(finished.usage)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
