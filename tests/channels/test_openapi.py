"""The documentation is whole, and what it says is what the server does."""

from typing import Any

import httpx
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from careline.channels.openapi import document
from careline.channels.operations import OPERATIONS, Operation
from careline.channels.site import routes
from tests.channels.site_server import SiteServer, services_of

SPELLINGS = {("POST", "/chat"), ("POST", "/chat/stream/"), ("GET", "/chat/stream/")}
PAGES = {("GET", path) for path in ("/", "/static/{name}", "/api/docs", "/api/openapi.json")}
DOCUMENT: Any = msgspec.json.decode(msgspec.json.encode(document("0.1.0")))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=30,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_every_endpoint_is_documented(site_server: SiteServer) -> None:
    served = {
        (method, route.path)
        for route in routes(services_of(site_server))
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served - SPELLINGS - PAGES == {(each.method, each.path) for each in OPERATIONS}


def test_it_is_served_and_every_reference_in_it_leads_somewhere(visitor: httpx.Client) -> None:
    served = visitor.get("/api/openapi.json").json()
    assert served == DOCUMENT
    components = served["components"]["schemas"]

    def check(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                assert node["$ref"].rpartition("/")[2] in components
            for value in node.values():
                check(value)
        elif isinstance(node, list):
            for value in node:
                check(value)

    check(served)
    assert {"Frame", "Problem", "ChatRequest", "ChatReply"} <= set(components)


def test_the_examples_work_as_they_are(site_server: SiteServer, visitor: httpx.Client) -> None:
    for operation in OPERATIONS:
        if operation.body_example is not None:
            answer = visitor.request(operation.method, operation.path, json=operation.body_example)
            assert answer.status_code == 200, operation.id


@pytest.mark.parametrize(
    ("operation", "mode"),
    [(each, GenerationMode.POSITIVE) for each in OPERATIONS]
    + [(each, GenerationMode.NEGATIVE) for each in OPERATIONS if each.parameters or each.body],
    ids=lambda value: value.id if isinstance(value, Operation) else value.value,
)
def test_no_request_gets_an_undocumented_answer(
    site_server: SiteServer, operation: Operation, mode: GenerationMode
) -> None:
    described = SCHEMA[operation.path][operation.method]

    @BOUNDED
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(described.as_strategy(generation_mode=mode))
        response = case.call(base_url=site_server.url)
        case.validate_response(response, checks=CHECKS)

    ask()
