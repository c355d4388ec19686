"""What an OpenAI-compatible server sends, read with patience: fields may be missing, null or a little different.

One struct reads a chunk of a stream, a whole answer that was not streamed (`message` instead of `delta`), and an error
in any of the shapes servers give it.
"""

from typing import Any

import msgspec

from careline.ports import FinishReason, Usage

ABSENT = msgspec.Raw()
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for what is no JSON, of another shape, no UTF-8, or too deep."""
NOTHING = (b"", b"null")


class FunctionPart(msgspec.Struct):
    """A part of a call; `arguments` is text, from some servers the object itself."""

    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class ToolCallPart(msgspec.Struct):
    index: int | None = None
    id: str | None = None
    function: FunctionPart | None = None


class TextPart(msgspec.Struct):
    text: str | None = None


class Delta(msgspec.Struct):
    """`reasoning_content` and `reasoning` show only that the model is at work."""

    content: str | list[TextPart] | None = None
    refusal: str | None = None
    tool_calls: list[ToolCallPart] | None = None
    reasoning_content: Any = None
    reasoning: Any = None


class Choice(msgspec.Struct):
    index: int | None = None
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: str | None = None


class ChatChunk(msgspec.Struct):
    id: str | int | None = None
    model: str | None = None
    choices: list[Choice] | None = None
    usage: msgspec.Raw = ABSENT
    system_fingerprint: str | None = None
    error: msgspec.Raw = ABSENT
    object: str | None = None
    message: Any = None
    detail: Any = None


class PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None


class UsagePart(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None


_usage = msgspec.json.Decoder(UsagePart, strict=False)
read_chunk = msgspec.json.Decoder(ChatChunk).decode
"""Raises one of UNREADABLE."""

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


def finish_reason(said: str) -> FinishReason:
    """Servers have words of their own for an ordinary end; what is none of the known reasons is one of those."""
    return _REASONS.get(said.lower(), "stop")


def usage_of(raw: msgspec.Raw) -> Usage | None:
    """None for what is missing or no numbers."""
    if is_null(raw):
        return None
    try:
        part = _usage.decode(raw)
    except UNREADABLE:
        return None
    if part.prompt_tokens is None or part.completion_tokens is None:
        return None
    cached = part.prompt_tokens_details.cached_tokens if part.prompt_tokens_details else None
    return Usage(part.prompt_tokens, part.completion_tokens, cached or 0)


def text_of(content: str | list[TextPart] | None) -> str:
    if isinstance(content, list):
        return "".join(part.text or "" for part in content)
    return content or ""


def is_null(raw: msgspec.Raw) -> bool:
    return raw is ABSENT or bytes(raw) in NOTHING
