"""A model that says what it is told to: for tests, and for trying the rest of the program without a server."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence

import msgspec

from careline.domain.errors import Invalid, ModelUnavailable
from careline.ports import (
    Finished,
    FinishReason,
    ModelEvent,
    ModelRequest,
    Refusal,
    TextDelta,
    ToolCall,
    ToolCallReady,
    Usage,
)


class Until(msgspec.Struct, frozen=True):
    """Nothing more is said until this happens. `reached` is set when the stream has come here."""

    happened: asyncio.Event = msgspec.field(default_factory=asyncio.Event)
    reached: asyncio.Event = msgspec.field(default_factory=asyncio.Event)


class Ending(msgspec.Struct, frozen=True):
    """Why the answer ends, where it is not what its steps mean."""

    reason: FinishReason


Step = str | ToolCall | Refusal | Usage | Until | Ending | ModelUnavailable
Script = str | Sequence[Step]


class ScriptedModel:
    """A careline.ports.Model. `script` has the answers in their order, or makes one from the request.

    A text is a delta, a ModelUnavailable is raised there. `requests` are those it was asked, `left` counts the streams
    that were closed before their end. Asked more often than it has answers, it raises Invalid.
    """

    def __init__(
        self,
        script: Iterable[Script] | Callable[[ModelRequest], Script],
        *,
        name: str = "scripted",
        hosted: bool = False,
        vision: bool = False,
    ) -> None:
        self._answer = script if callable(script) else _in_order(script)
        self.name = name
        self.hosted = hosted
        self.vision = vision
        self.requests: list[ModelRequest] = []
        self.left = 0
        self.closed = False

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """As careline.ports.Model has it."""
        self.requests.append(request)
        script = self._answer(request)
        finished = Finished(reason="stop", model=self.name, usage=None, first_token_seconds=0.0, seconds=0.0, retries=0)
        ended = streamed = False
        try:
            for step in [script] if isinstance(script, str) else script:
                match step:
                    case str():
                        yield TextDelta(step)
                    case Refusal():
                        finished = msgspec.structs.replace(finished, reason="refusal")
                        yield step
                    case ToolCall():
                        finished = msgspec.structs.replace(finished, reason="tool_calls")
                        yield ToolCallReady(step)
                    case Usage():
                        finished = msgspec.structs.replace(finished, usage=step)
                    case Ending():
                        finished = msgspec.structs.replace(finished, reason=step.reason)
                    case Until():
                        step.reached.set()
                        await step.happened.wait()
                    case ModelUnavailable():
                        ended = True
                        raise ModelUnavailable(
                            step.reason, retry_after=step.retry_after, streamed=streamed, status=step.status
                        )
                streamed = streamed or isinstance(step, str | Refusal | ToolCall)
            ended = True
            yield finished
        finally:
            self.left += not ended

    async def close(self) -> None:
        self.closed = True


def _in_order(answers: Iterable[Script]) -> Callable[[ModelRequest], Script]:
    left = iter(answers)

    def answer(request: ModelRequest) -> Script:
        for script in left:
            return script
        raise Invalid("The script has no answer left.")

    return answer
