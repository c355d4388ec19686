"""Language models, hosted or local, and speech to text."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Literal, Protocol

import msgspec

from careline.domain.errors import ModelUnavailable

Purpose = Literal["commands", "rephrase", "answer", "summary"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "refusal"]


class ImagePart(msgspec.Struct, frozen=True):
    """An image for a model that sees (`Model.vision`). `media_type` as in "image/jpeg"."""

    media_type: str
    data: bytes


class ToolCall(msgspec.Struct, frozen=True):
    """What the model wants called. `arguments` is JSON text as the model wrote it: valid or not, to be checked."""

    id: str
    name: str
    arguments: str


class ModelMessage(msgspec.Struct, frozen=True):
    """One message of a request. `tool_calls` belong to role assistant, `tool_call_id` to role tool (its answer)."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    images: tuple[ImagePart, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None


class ToolSpec(msgspec.Struct, frozen=True):
    """A tool the model may call. `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: dict[str, Any]


class JsonSchema(msgspec.Struct, frozen=True):
    """The shape the whole text must have. Sent as strict; what comes back is to be checked all the same."""

    name: str
    schema: dict[str, Any]


class ModelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`first_token_seconds` is for a request that has less time than the model's own patience; `purpose` for measures.
    After `deadline`, in the loop's time, an answer is of no use any more: whoever asked has left by then.

    `private` are names of the person: a model that redacts replaces them, none is told them otherwise.
    """

    messages: tuple[ModelMessage, ...]
    purpose: Purpose
    tools: tuple[ToolSpec, ...] = ()
    schema: JsonSchema | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    first_token_seconds: float | None = None
    deadline: float | None = None
    private: tuple[str, ...] = ()


class TextDelta(msgspec.Struct, frozen=True):
    """More of the answer; never empty."""

    text: str


class ToolCallReady(msgspec.Struct, frozen=True):
    """One whole tool call."""

    call: ToolCall


class Refusal(msgspec.Struct, frozen=True):
    """More of the model's own words of why it does not answer; never empty."""

    text: str


class Usage(msgspec.Struct, frozen=True):
    """In tokens. `cached_tokens` are those of the prompt that were cheap."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """The end of an answer. `usage` is None where the server does not tell it.

    `first_token_seconds` (None when nothing was streamed) and `seconds` are measured from the call of `stream`, with
    the `retries` before the first token inside. `model` is the one that answered, as the server names it.
    """

    reason: FinishReason
    model: str
    usage: Usage | None
    first_token_seconds: float | None
    seconds: float
    retries: int
    request_id: str | None = None
    system_fingerprint: str | None = None


ModelEvent = TextDelta | ToolCallReady | Refusal | Finished


class Model(Protocol):
    """A language model. `hosted`: the words leave this machine's network. `vision`: it sees `ModelMessage.images`."""

    @property
    def name(self) -> str: ...

    @property
    def hosted(self) -> bool: ...

    @property
    def vision(self) -> bool: ...

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The answer as it comes; the last event is the one Finished. Raises ModelUnavailable instead.

        Closing the generator (or cancelling its task) closes the request at the server: use `aclosing`.
        """
        ...

    async def close(self) -> None:
        """Lets its connections go. Streams that still run are interrupted."""
        ...


class Completion(msgspec.Struct, frozen=True):
    """A whole answer."""

    text: str
    calls: tuple[ToolCall, ...]
    finished: Finished
    refusal: str = ""


async def collect(stream: AsyncGenerator[ModelEvent, None]) -> Completion:
    """Reads a stream to its end. Raises ModelUnavailable."""
    text, refusal, calls = [], [], []
    async with aclosing(stream):
        async for event in stream:
            match event:
                case TextDelta():
                    text.append(event.text)
                case Refusal():
                    refusal.append(event.text)
                case ToolCallReady():
                    calls.append(event.call)
                case Finished():
                    return Completion("".join(text), tuple(calls), event, "".join(refusal))
    raise ModelUnavailable("interrupted", streamed=bool(text or refusal or calls))


class Transcript(msgspec.Struct, frozen=True):
    """What was said. `language` is the one that was heard (ISO 639-1), where the server tells it."""

    text: str
    language: str | None = None


class Transcriber(Protocol):
    """Speech to text. `hosted`: recordings leave this machine's network."""

    @property
    def name(self) -> str: ...

    @property
    def hosted(self) -> bool: ...

    async def transcribe(self, audio: bytes, media_type: str, language: str | None = None) -> Transcript:
        """`media_type` as in "audio/ogg"; `language` is a hint. Raises ModelUnavailable."""
        ...

    def warm(self) -> None:
        """Begins what the first recording would wait for. May be called in a thread."""
        ...

    async def close(self) -> None: ...
