"""The OpenAPI 3.1 document of the HTTP API, from the table of operations and the structs they speak."""

from collections import defaultdict
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from careline.channels.errors import INTERNAL, INTERNAL_DETAIL, Answer, Problem, answer_for
from careline.channels.operations import FRAME, OPERATIONS, Operation, Parameter, Success

REF = "#/components/schemas/{name}"
Json = dict[str, Any]


def document(version: str, operations: tuple[Operation, ...] = OPERATIONS) -> Json:
    """The document as plain JSON."""
    paths: defaultdict[str, Json] = defaultdict(dict)
    schemas = _schemas(operations)
    for operation in operations:
        paths[operation.path][operation.method.lower()] = _operation(operation, schemas.references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Careline",
            "version": version,
            "summary": "One health conversation on any channel.",
            "description": "Errors are problem documents (RFC 9457) with a stable `error_type`. Times are UTC, "
            "ending in `Z`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas.components},
    }


class _Schemas(msgspec.Struct, frozen=True):
    references: dict[type, Json]
    components: Json


def _schemas(operations: tuple[Operation, ...]) -> _Schemas:
    types: list[type] = [Problem, FRAME]
    for operation in operations:
        types += [kind for kind in (operation.body, *(a.content for a in operation.answers)) if kind is not None]
    unique = list(dict.fromkeys(types))
    references, components = msgspec.json.schema_components(unique, ref_template=REF)
    return _Schemas(dict(zip(unique, references, strict=True)), dict(components))


def _operation(operation: Operation, references: dict[type, Json]) -> Json:
    described: Json = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "responses": _responses(operation, references),
    }
    if operation.parameters:
        described["parameters"] = [_parameter(parameter) for parameter in operation.parameters]
    if operation.body is not None:
        content = {"schema": references[operation.body], "example": operation.body_example}
        described["requestBody"] = {"required": operation.body_required, "content": {"application/json": content}}
    return described


def _parameter(parameter: Parameter) -> Json:
    described: Json = {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description,
        "required": parameter.place == "path",
        "schema": parameter.schema,
    }
    return described if parameter.example is None else {**described, "example": parameter.example}


def _responses(operation: Operation, references: dict[type, Json]) -> Json:
    responses = {str(answer.status): _success(answer, references) for answer in operation.answers}
    refusals: defaultdict[int, list[tuple[Answer, str]]] = defaultdict(list)
    for kind in operation.refuses:
        answer = answer_for(kind)
        refusals[answer.status].append((answer, _sentence(kind)))
    for status, refused in sorted(refusals.items()):
        responses[str(status)] = _problems(status, refused, references)
    responses["500"] = _problems(500, [(INTERNAL, INTERNAL_DETAIL)], references)
    return responses


def _sentence(kind: type[Exception]) -> str:
    return (kind.__doc__ or "").partition("\n")[0].strip()


def _success(answer: Success, references: dict[type, Json]) -> Json:
    described: Json = {"description": answer.description}
    if answer.media_types:
        described["content"] = {media: _content(answer, media, references) for media in answer.media_types}
    return described


def _content(answer: Success, media_type: str, references: dict[type, Json]) -> Json:
    schema: Json = {"type": "string"}
    if answer.content is not None:
        schema = references[answer.content]
    elif media_type == "text/event-stream":
        schema = _event(references[FRAME])
    return {"schema": schema} if answer.example is None else {"schema": schema, "example": answer.example}


def _event(frame: Json) -> Json:
    """One event of a stream, the way an event source hands it on."""
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": frame}
    return {"type": "object", "properties": {"id": {"type": "string"}, "data": data}, "required": ["id", "data"]}


def _problems(status: int, refused: list[tuple[Answer, str]], references: dict[type, Json]) -> Json:
    lines = [f"`{answer.error_type}`: {detail}" for answer, detail in refused]
    examples = {
        answer.error_type: {
            "value": {
                "type": f"urn:careline:error:{answer.error_type}",
                "title": HTTPStatus(status).phrase,
                "status": status,
                "detail": detail,
                "error_type": answer.error_type,
                "message": detail,
            }
        }
        for answer, detail in refused
    }
    content = {"application/problem+json": {"schema": references[Problem], "examples": examples}}
    described: Json = {"description": "\n\n".join(lines), "content": content}
    if any(answer.retry_after is not None for answer, _ in refused):
        described["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return described


class OpenApi:
    def __init__(self, version: str) -> None:
        self._version = version
        self._body: bytes | None = None

    async def json(self, request: Request) -> Response:
        """`GET /api/openapi.json`"""
        if self._body is None:
            self._body = msgspec.json.encode(document(self._version))
        headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
        return Response(self._body, headers=headers, media_type="application/json")
