"""A request as OpenAI-compatible servers read it, in the dialect of the one that is asked. Pure."""

import base64
from typing import Any

import msgspec

from careline.models.trouble import Said
from careline.ports import JsonSchema, ModelMessage, ModelRequest, ToolSpec


class Dialect(msgspec.Struct, frozen=True):
    """What one server knows. It is found out by what the server refuses, and kept for the life of the client."""

    usage: bool = True
    temperature: bool = True
    max_tokens: str = "max_tokens"
    turned: bool = False

    def after(self, error: Said) -> "Dialect | None":
        """The dialect to try once the server refused this one with such an error; None when it is about else."""
        if error.status not in {400, 422}:
            return None
        if self.usage and "stream_options" in error.text:
            return msgspec.structs.replace(self, usage=False)
        if self.temperature and "temperature" in error.text:
            return msgspec.structs.replace(self, temperature=False)
        if not self.turned and ("max_tokens" in error.text or "max_completion_tokens" in error.text):
            other = "max_completion_tokens" if self.max_tokens == "max_tokens" else "max_tokens"
            return msgspec.structs.replace(self, max_tokens=other, turned=True)
        return None


def chat_body(request: ModelRequest, model: str, dialect: Dialect) -> bytes:
    body: dict[str, Any] = {
        "model": model,
        "messages": [_message(message) for message in request.messages],
        "stream": True,
    }
    if dialect.usage:
        body["stream_options"] = {"include_usage": True}
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.schema is not None:
        body["response_format"] = _schema(request.schema)
    if request.max_tokens is not None:
        body[dialect.max_tokens] = request.max_tokens
    if request.temperature is not None and dialect.temperature:
        body["temperature"] = request.temperature
    return msgspec.json.encode(body)


def _message(message: ModelMessage) -> dict[str, Any]:
    fields: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.images:
        text = [{"type": "text", "text": message.content}] if message.content else []
        fields["content"] = [
            *text,
            *(
                {"type": "image_url", "image_url": {"url": _data_url(image.media_type, image.data)}}
                for image in message.images
            ),
        ]
    if message.tool_calls:
        fields["content"] = message.content or None
        fields["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        fields["tool_call_id"] = message.tool_call_id
    return fields


def _data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _schema(schema: JsonSchema) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": schema.name, "schema": schema.schema, "strict": True}}
