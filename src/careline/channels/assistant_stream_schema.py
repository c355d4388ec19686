"""The frames of the assistant stream as an AsyncAPI 3.0 document, from the structs that are really read and sent."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from careline.channels.assistant_stream_frames import FRAMES
from careline.channels.assistant_stream_messages import CLIENT_FRAMES

Json = dict[str, Any]
_REF = "#/components/schemas/{name}"
_ADDRESSES = {
    "anonymous": ("/api/v1/ws/chat", "Anybody. Each session is a person of its own."),
    "user": (
        "/api/v1/ws/chat/{user_id}",
        "A user, with a token of theirs: `Authorization: Bearer`, the subprotocols `bearer, <token>`, or `?token=`.",
    ),
}


def document(version: str) -> Json:
    """The document as plain JSON."""
    frames = (*CLIENT_FRAMES, *FRAMES)
    references, schemas = msgspec.json.schema_components(frames, ref_template=_REF)
    payloads = dict(zip(frames, references, strict=True))
    messages = {kind.__name__: _message(kind, payloads[kind]) for kind in frames}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Careline health assistant stream", "version": version, "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "channels": {name: _channel(address, text) for name, (address, text) in _ADDRESSES.items()},
        "operations": {
            f"{name}_{action}": _operation(name, action, kinds)
            for name in _ADDRESSES
            for action, kinds in (("receive", CLIENT_FRAMES), ("send", FRAMES))
        },
        "components": {"messages": messages, "schemas": schemas},
    }


def _message(kind: type[msgspec.Struct], payload: Json) -> Json:
    summary = (kind.__doc__ or "").partition("\n")[0]
    return {"name": kind.__struct_config__.tag, "summary": summary, "payload": payload}


def _channel(address: str, text: str) -> Json:
    names = [kind.__name__ for kind in (*CLIENT_FRAMES, *FRAMES)]
    described: Json = {
        "address": address,
        "description": text,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"ws": {"method": "GET"}},
    }
    if "{user_id}" in address:
        described["parameters"] = {"user_id": {"description": "1 to 128 of A-Z a-z 0-9 . _ : @ -"}}
    return described


def _operation(channel: str, action: str, kinds: tuple[type[msgspec.Struct], ...]) -> Json:
    messages = [{"$ref": f"#/channels/{channel}/messages/{kind.__name__}"} for kind in kinds]
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "messages": messages}


class AsyncApi:
    def __init__(self, version: str) -> None:
        self._version = version
        self._body: bytes | None = None

    async def json(self, request: Request) -> Response:
        """`GET /api/asyncapi.json`"""
        if self._body is None:
            self._body = msgspec.json.encode(document(self._version))
        headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
        return Response(self._body, headers=headers, media_type="application/json")
