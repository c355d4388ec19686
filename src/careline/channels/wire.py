"""HTTP bodies in and out: read with a limit, decoded strictly; JSON answers with timestamps in RFC 3339 ending in Z."""

import re
from typing import Any, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from careline.channels.errors import BodyTooLarge, FieldInvalid, MalformedBody, UnsupportedMedia

T = TypeVar("T")

_encoder = msgspec.json.Encoder()
_JSON = re.compile(r"application/([a-z0-9.!#$&^_+-]+\+)?json", re.IGNORECASE)
_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_NAMED = re.compile(r"^Object missing required field `(?P<name>[^`]+)`")


async def read_json_body(request: Request, limit: int) -> bytes:
    """The body. Raises UnsupportedMedia, BodyTooLarge (`limit` is in bytes), ClientDisconnect."""
    media = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if not _JSON.fullmatch(media):
        raise UnsupportedMedia
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise BodyTooLarge
    return await _read(request, limit)


async def _read(request: Request, limit: int) -> bytes:
    message = await request.receive()
    body: bytes = message.get("body", b"")
    while message["type"] == "http.request" and message.get("more_body", False) and len(body) <= limit:
        message = await request.receive()
        body += message.get("body", b"")
    if message["type"] != "http.request":
        raise ClientDisconnect
    if len(body) > limit:
        raise BodyTooLarge
    return body


def decode(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The decoded body. Raises MalformedBody for what is not JSON in UTF-8, FieldInvalid for what is not the shape."""
    try:
        body.decode()
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        _require_json(body)
        raise _field_error(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedBody from None


def _require_json(body: bytes) -> None:
    """A wrong type is found before the end is read: what follows must be JSON as well."""
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedBody from None


def _field_error(text: str) -> FieldInvalid:
    match = _AT.match(text)
    what, path = (match["what"], match["path"] or "") if match else (text, "")
    named = _NAMED.match(what)
    if named:
        path = f"{path}.{named['name']}" if path else named["name"]
        what = "This field is required"
    return FieldInvalid(path or "body", f"{path or 'body'}: {what}.")


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer that nobody may cache: it is one person's."""
    return Response(
        _encoder.encode(value), status, {"Cache-Control": "no-store", **(headers or {})}, "application/json"
    )


def text_field(field: str, text: str, longest: int) -> str:
    """The text, trimmed. Raises FieldInvalid when it is longer than `longest` or holds a NUL character."""
    trimmed = text.strip()
    if len(trimmed) > longest:
        raise FieldInvalid(field, f"{field}: at most {longest} characters are allowed, got {len(trimmed)}.")
    if "\0" in trimmed:
        raise FieldInvalid(field, f"{field}: the NUL character is not allowed.")
    return trimmed
