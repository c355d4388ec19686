"""Whatever a client of the website sends, it is answered without an internal error, and the next request is served."""

import json
import string
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.channels.site_server import SiteServer

ENDPOINTS = (
    ("POST", "/chat/"),
    ("POST", "/chat/stream"),
    ("GET", "/chat/stream"),
    ("GET", "/chat/history"),
    ("GET", "/chat/session"),
    ("PATCH", "/chat/session"),
    ("POST", "/chat/cancel"),
    ("GET", "/chat/about"),
    ("GET", "/bookings/x.ics"),
    ("GET", "/api/v1/ws/chat"),
    ("DELETE", "/chat/"),
)
FIELDS = ("content", "media_urls", "audio_urls", "message_id", "locale", "time_zone", "turn_id", "session_ttl")
HEADERS = ("X-Device-ID", "Last-Event-ID", "Idempotency-Key", "Accept", "Content-Type", "Cookie", "Origin", "Range")
QUERIES = ("limit", "before", "last_event_id")

anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
like_ours = st.dictionaries(st.sampled_from(FIELDS), anything | st.text(max_size=40), max_size=5)
bodies = (like_ours | anything).map(lambda data: json.dumps(data).encode()) | st.binary(max_size=200)
printable = st.text(string.ascii_letters + string.digits + string.punctuation, max_size=60)
requests = st.tuples(
    st.sampled_from(ENDPOINTS),
    bodies,
    st.dictionaries(st.sampled_from(HEADERS), printable, max_size=3),
    st.dictionaries(st.sampled_from(QUERIES), st.text(max_size=40), max_size=2),
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    limits = httpx.Limits(max_connections=1)
    with (
        SiteServer(tmp_path_factory.mktemp("fuzz")) as server,
        httpx.Client(base_url=server.url, limits=limits, timeout=20) as client,
    ):
        yield client


@settings(max_examples=150, deadline=None)
@given(request=requests)
def test_whatever_is_asked_there_is_an_answer(client: httpx.Client, request: Any) -> None:
    (method, path), body, headers, query = request
    answer = client.request(method, path, content=body, headers=headers, params=query)
    assert answer.status_code < 500, (answer.status_code, answer.text)
    if answer.status_code >= 400 and method in ("POST", "PATCH"):
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/health").status_code == 200
