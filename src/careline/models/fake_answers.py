"""What the fake server says when it behaves: an echo, a call of a tool, an example of a JSON schema. Pure."""

import re
from typing import Any

import msgspec

FINGERPRINT = "fp_fake"
CREATED = 1_700_000_000


class Ask(msgspec.Struct):
    """A chat request. `arguments` are what follows the scenario in the model's name, `nth` counts such requests."""

    model: str = "fake"
    messages: list[dict[str, Any]] = []
    stream: bool = False
    stream_options: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = None
    response_format: dict[str, Any] | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: float | None = None
    arguments: tuple[str, ...] = ()
    nth: int = 1

    @property
    def usage_wanted(self) -> bool:
        return bool(self.stream_options and self.stream_options.get("include_usage"))


class Call(msgspec.Struct, frozen=True):
    id: str
    name: str
    arguments: str


class Reply(msgspec.Struct, frozen=True):
    """A text, or calls."""

    text: str = ""
    calls: tuple[Call, ...] = ()


def reply(ask: Ask, *, call_tools: int = 0) -> Reply:
    """The canned answer. A tool is called when the user names it (or `call_tools` say how many), unless just called."""
    last = ask.messages[-1] if ask.messages else {}
    said = _text(last.get("content"))
    if ask.tools and last.get("role") != "tool":
        functions = [tool.get("function", {}) for tool in ask.tools]
        meant = functions[:call_tools] or [one for one in functions if one.get("name") and one["name"] in said][:1]
        if meant:
            return Reply(calls=tuple(_call(function, number) for number, function in enumerate(meant, 1)))
    if schema := _schema(ask.response_format):
        return Reply(msgspec.json.encode(example(schema, schema)).decode())
    if last.get("role") == "tool":
        return Reply(f"The tool answered: {said}")
    pictures = _images(last.get("content"))
    seen = f" I was sent {pictures} image{'s' * (pictures != 1)}." if pictures else ""
    return Reply(f"This is the fake model.{seen} You said: {said}")


def tokens(text: str) -> list[str]:
    """Cut about as a model would: words with the space before them."""
    return re.findall(r"\s*\S+|\s+$", text)


def event(payload: bytes, newline: bytes = b"\n") -> bytes:
    return b"data: " + payload + newline + newline


def chunk(ask: Ask, delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> bytes:
    """The JSON of one chat.completion.chunk."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
    return msgspec.json.encode({**about(ask, "chat.completion.chunk"), "choices": choices, **more})


def about(ask: Ask, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-fake-{ask.nth}",
        "object": kind,
        "created": CREATED,
        "model": ask.model,
        "system_fingerprint": FINGERPRINT,
    }


def usage(ask: Ask, completion: int) -> dict[str, Any]:
    prompt = sum(len(tokens(_text(message.get("content")))) for message in ask.messages)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0},
    }


def chunks(ask: Ask, answer: Reply) -> list[bytes]:
    """The whole answer as chunks, with the usage if it was asked for and without `[DONE]`."""
    found = [chunk(ask, {"role": "assistant", "content": "" if answer.text else None, "refusal": None})]
    words = tokens(answer.text)
    found += [chunk(ask, {"content": word}) for word in words]
    for number, call in enumerate(answer.calls):
        function = {"name": call.name, "arguments": ""}
        found.append(chunk(ask, _part(number, {"id": call.id, "type": "function", "function": function})))
        half = len(call.arguments) // 2
        for piece in (call.arguments[:half], call.arguments[half:]):
            found.append(chunk(ask, _part(number, {"function": {"arguments": piece}})))
    found.append(chunk(ask, {}, "tool_calls" if answer.calls else "stop"))
    if ask.usage_wanted:
        found.append(chunk(ask, usage=usage(ask, len(words))))
    return found


def whole(ask: Ask, answer: Reply) -> bytes:
    """The answer to a request that did not ask for a stream."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None, "refusal": None}
    if answer.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in answer.calls
        ]
    finish = "tool_calls" if answer.calls else "stop"
    choices = [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}]
    used = usage(ask, len(tokens(answer.text)))
    return msgspec.json.encode({**about(ask, "chat.completion"), "choices": choices, "usage": used})


def example(schema: Any, root: dict[str, Any]) -> Any:
    """The least that fits a JSON schema, as far as schemas for answers go."""
    if not isinstance(schema, dict):
        return None
    if isinstance(reference := schema.get("$ref"), str):
        return example(_resolve(reference, root), root)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for union in ("anyOf", "oneOf", "allOf"):
        if schema.get(union):
            return example(schema[union][0], root)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            return {name: example(one, root) for name, one in schema.get("properties", {}).items()}
        case "array":
            return [example(schema.get("items"), root)] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
        case "null":
            return None
        case _:
            return "x" * schema.get("minLength", 0)


def _resolve(reference: str, root: dict[str, Any]) -> Any:
    found: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        found = found.get(step, {}) if step and isinstance(found, dict) else found
    return found


def _part(number: int, fields: dict[str, Any]) -> dict[str, Any]:
    return {"tool_calls": [{"index": number, **fields}]}


def _call(function: dict[str, Any], number: int) -> Call:
    parameters = function.get("parameters") or {}
    arguments = msgspec.json.encode(example(parameters, parameters) or {}).decode()
    return Call(f"call_fake_{number}", str(function.get("name")), arguments)


def _schema(response_format: dict[str, Any] | None) -> dict[str, Any] | None:
    wanted = response_format or {}
    if wanted.get("type") == "json_object":
        return {"type": "object"}
    return (wanted.get("json_schema") or {}).get("schema") if wanted.get("type") == "json_schema" else None


def _text(content: Any) -> str:
    if isinstance(content, list):
        return " ".join(str(part["text"]) for part in content if isinstance(part, dict) and "text" in part)
    return content if isinstance(content, str) else ""


def _images(content: Any) -> int:
    parts = content if isinstance(content, list) else []
    return sum(isinstance(part, dict) and part.get("type") == "image_url" for part in parts)
