"""The website's JSON endpoints on a real server."""

import uuid
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest

from careline.domain.conversation import Choice
from careline.domain.effects import Outcome
from careline.domain.events import Token
from careline.ports import AssistantEvent, TurnContext
from tests.channels.site_server import CALENDAR, TOKEN, SiteServer
from tests.channels.streams import read, text_of
from tests.engine.scripted import raising, saying


class Chunks:
    """A body without an announced length, sent again in each test."""

    def __iter__(self) -> Iterator[bytes]:
        yield from [b" " * 10_000] * 8


def say(client: httpx.Client, text: str, **more: object) -> httpx.Response:
    return client.post("/chat/", json={"content": text, "media_urls": [], "audio_urls": [], **more})


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["detail"] == body["message"] != ""
    return response.status_code, body["error_type"]


@pytest.mark.parametrize("path", ["/chat/", "/chat"])
def test_a_message_gets_its_reply_at_both_spellings(visitor: httpx.Client, path: str) -> None:
    response = visitor.post(path, json={"content": "hello", "media_urls": [], "audio_urls": []})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json()["content"] == "You said: hello"
    assert response.json()["turn_id"] == response.headers["x-turn-id"]


def test_choices_come_with_the_reply(site_server: SiteServer, visitor: httpx.Client) -> None:
    outcome = Outcome(state={}, choices=(Choice("10:00", "the first"),))
    site_server.script("when", saying("Choose.", outcome=outcome))
    assert say(visitor, "when").json()["choices"] == [{"title": "10:00", "value": "the first"}]


def test_attachments_are_stored_shown_to_the_assistant_and_in_the_history(
    site_server: SiteServer, visitor: httpx.Client
) -> None:
    async def counting(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        yield Token(" ".join(f"{each.kind}:{each.url}" for each in context.message.attachments))
        yield Outcome(state={})

    site_server.script("look", counting)
    media, audio = "https://a.example/1.jpg", "http://a.example/2.mp3"
    reply = say(visitor, "look", media_urls=[media], audio_urls=[audio]).json()["content"]
    assert reply == f"image:{media} audio:{audio}"
    message = visitor.get("/chat/history").json()["messages"][0]
    assert (message["media_urls"], message["audio_urls"]) == ([media], [audio])


def test_a_turn_that_fails_is_a_polite_200(site_server: SiteServer, visitor: httpx.Client) -> None:
    site_server.script("break", raising(KeyError("secret")))
    response = say(visitor, "break")
    assert response.status_code == 200
    assert response.json()["error_type"] == "KeyError"
    assert response.json()["content"]
    assert "secret" not in response.text
    assert say(visitor, "after").json()["content"] == "You said: after"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"content": b'{"content": "a"'}, (400, "malformed_body")),
        ({"content": b'{"content": "\xff"}'}, (400, "malformed_body")),
        ({"content": b""}, (400, "malformed_body")),
        ({"json": {}}, (422, "invalid_field")),
        ({"json": {"content": "x" * 4_001}}, (422, "invalid_field")),
        ({"json": {"content": "x" * 70_000}}, (413, "body_too_large")),
        ({"content": Chunks()}, (413, "body_too_large")),
        ({"content": b'{"content": "a"}', "headers": {"Content-Type": "text/plain"}}, (415, "unsupported_media_type")),
        ({"data": {"content": "a"}}, (415, "unsupported_media_type")),
        ({"json": {"content": "a"}, "headers": {"X-Device-ID": "a b"}}, (422, "invalid_field")),
        ({"json": {"content": "a"}, "headers": {"X-Device-ID": "x" * 129}}, (422, "invalid_field")),
        ({"json": {"content": "a"}, "headers": {"X-Device-ID": ""}}, (422, "invalid_field")),
    ],
)
@pytest.mark.parametrize("path", ["/chat/", "/chat/stream"])
def test_a_clients_mistake_is_a_clear_4xx(
    visitor: httpx.Client, path: str, sent: dict[str, object], expected: tuple[int, str]
) -> None:
    assert problem(visitor.post(path, **sent)) == expected  # type: ignore[arg-type]
    assert visitor.get("/chat/history").json()["messages"] == []


def test_a_missing_field_is_named(visitor: httpx.Client) -> None:
    assert visitor.post("/chat/", json={"media_urls": []}).json()["field"] == "content"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/chat/", {"POST"}),
        ("PUT", "/chat", {"POST"}),
        ("DELETE", "/chat/stream", {"GET", "HEAD", "POST"}),
        ("OPTIONS", "/chat/session", {"GET", "HEAD", "PATCH"}),
        ("POST", "/health", {"GET", "HEAD"}),
    ],
)
def test_a_method_that_is_not_taken_is_a_405_that_says_which_are(
    visitor: httpx.Client, method: str, path: str, allowed: set[str]
) -> None:
    response = visitor.request(method, path)
    assert problem(response) == (405, "method_not_allowed")
    assert set(response.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize("path", ["/nothing", "/chat/nothing", "/static/../pages.py", "/static/%2e%2e", "/static/x.js"])
def test_an_unknown_address_is_a_404(visitor: httpx.Client, path: str) -> None:
    assert problem(visitor.get(path)) == (404, "not_found")


@pytest.mark.parametrize("path", ["/chat/stream", "/chat/history", "/health", "/", "/api/openapi.json"])
def test_head_answers_like_get_without_a_body(visitor: httpx.Client, path: str) -> None:
    say(visitor, "hello")
    head, got = visitor.head(path), visitor.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


def test_a_resend_gets_the_first_reply(visitor: httpx.Client) -> None:
    first = say(visitor, "once", client_message_id="m1")
    again = say(visitor, "once", client_message_id="m1")
    by_header = visitor.post("/chat", json={"content": "once"}, headers={"Idempotency-Key": "m1"})
    streamed = visitor.post("/chat/stream", json={"content": "once", "client_message_id": "m1"})
    assert first.json() == again.json() == by_header.json()
    assert text_of(read(streamed)) == first.json()["content"]
    assert len(visitor.get("/chat/history").json()["messages"]) == 2


def test_a_message_id_used_for_another_message_is_a_conflict(visitor: httpx.Client) -> None:
    say(visitor, "one", client_message_id="m1")
    assert problem(say(visitor, "two", client_message_id="m1")) == (409, "idempotency_conflict")


def test_a_resend_while_the_first_is_being_answered_waits_for_it(
    site_server: SiteServer, visitor: httpx.Client
) -> None:
    site_server.hold("slow")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(say, visitor, "slow", client_message_id="m1")
        site_server.wait_until_held("slow")
        again = pool.submit(say, visitor, "slow", client_message_id="m1")
        site_server.release("slow")
        assert first.result().json() == again.result().json()


def test_messages_at_the_same_time_are_all_answered(visitor: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda n: say(visitor, f"number {n}"), range(24)))
    assert [reply.json()["content"] for reply in replies] == [f"You said: number {n}" for n in range(24)]
    messages = visitor.get("/chat/history", params={"limit": 100}).json()["messages"]
    assert sorted(m["content"] for m in messages if m["direction"] == "incoming") == sorted(
        f"number {n}" for n in range(24)
    )


def test_cancel_takes_the_message_back(site_server: SiteServer, visitor: httpx.Client) -> None:
    site_server.hold("never mind")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(say, visitor, "never mind")
        site_server.wait_until_held("never mind")
        assert visitor.post("/chat/cancel").json() == {"cancelled": True}
        assert problem(waiting.result()) == (409, "turn_cancelled")
    assert visitor.post("/chat/cancel").json() == {"cancelled": False}
    assert visitor.post("/chat/cancel", json={"turn_id": str(uuid.uuid4())}).json() == {"cancelled": False}
    assert problem(visitor.post("/chat/cancel", json={"turn_id": "x"})) == (422, "invalid_field")


def test_history_is_read_backwards_page_by_page(visitor: httpx.Client) -> None:
    for n in range(3):
        say(visitor, str(n))
    newest = visitor.get("/chat/history", params={"limit": 4}).json()
    oldest = visitor.get("/chat/history", params={"limit": 4, "before": newest["next"]}).json()
    said = [message["content"] for message in oldest["messages"] + newest["messages"]]
    assert said == ["0", "You said: 0", "1", "You said: 1", "2", "You said: 2"]
    assert oldest["next"] is None
    message = newest["messages"][0]
    assert set(message) >= {"id", "direction", "content", "timestamp", "media_urls", "audio_urls", "choices", "turn_id"}
    assert message["timestamp"].endswith("Z")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=", "limit=%D9%A3", "before=x", "before="])
def test_a_wrong_page_is_refused(visitor: httpx.Client, query: str) -> None:
    assert problem(visitor.get(f"/chat/history?{query}")) == (422, "invalid_field")


def test_a_session_shows_its_lock_and_takes_its_own_time_to_live(visitor: httpx.Client) -> None:
    nothing = {
        "active_agent": None,
        "locked_at": None,
        "session_ttl": 86_400,
        "expires_at": None,
        "waiting_for_person": False,
        "turn": None,
    }
    assert visitor.get("/chat/session").json() == nothing
    assert problem(visitor.patch("/chat/session", json={"session_ttl": 60})) == (404, "not_found")
    turn_id = say(visitor, "hello").json()["turn_id"]
    session = visitor.get("/chat/session").json()
    assert session["active_agent"] == "scripted"
    assert session["turn"] == {"id": turn_id, "status": "completed"}
    changed = visitor.patch("/chat/session", json={"session_ttl": 60}).json()
    assert changed["session_ttl"] == 60
    lasting = datetime.fromisoformat(changed["expires_at"]) - datetime.fromisoformat(changed["locked_at"])
    assert lasting.total_seconds() == 60
    for wrong in (0, -1, 1.5, "60", None, 31_536_001):
        assert problem(visitor.patch("/chat/session", json={"session_ttl": wrong})) == (422, "invalid_field")


def test_two_devices_never_see_each_others_anything(site_server: SiteServer, visitor: httpx.Client) -> None:
    mine = say(visitor, "my secret", client_message_id="m1").json()["turn_id"]
    my_stream = read(visitor.get("/chat/stream"))
    with httpx.Client(base_url=site_server.url, headers={"X-Device-ID": f"other-{uuid.uuid4()}"}) as other:
        assert other.get("/chat/history").json()["messages"] == []
        assert other.get("/chat/session").json()["turn"] is None
        assert other.get("/chat/stream").status_code == 204
        assert other.get("/chat/stream", headers={"Last-Event-ID": my_stream[0].id}).status_code == 204
        assert other.post("/chat/cancel", json={"turn_id": mine}).json() == {"cancelled": False}
        assert say(other, "own", client_message_id="m1").json()["content"] == "You said: own"
        resumed = other.get("/chat/stream", headers={"Last-Event-ID": my_stream[0].id})
        assert text_of(read(resumed)) == "You said: own"
        before = visitor.get("/chat/history").json()["messages"][-1]["id"]
        theirs = other.get("/chat/history", params={"before": before}).json()
        assert "secret" not in str(theirs)


def test_a_visitor_without_a_device_is_given_one(stranger: httpx.Client) -> None:
    assert stranger.get("/chat/history").json() == {"messages": [], "next": None}
    assert not stranger.cookies
    first = say(stranger, "hello")
    cookie = first.headers["set-cookie"]
    assert first.headers["x-device-id"] in cookie
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    second = say(stranger, "again")
    assert "set-cookie" not in second.headers
    assert len(stranger.get("/chat/history").json()["messages"]) == 4


def test_minted_devices_are_long_and_differ(site_server: SiteServer) -> None:
    minted = {httpx.post(f"{site_server.url}/chat/", json={"content": "a"}).headers["x-device-id"] for _ in range(3)}
    assert len(minted) == 3
    assert all(len(device) >= 32 for device in minted)


def test_the_cookie_is_secure_behind_https(site_server: SiteServer) -> None:
    answer = httpx.post(f"{site_server.url}/chat/", json={"content": "a"}, headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in answer.headers["set-cookie"].split("; ")


def test_the_header_wins_over_the_cookie_and_a_broken_cookie_counts_for_nothing(stranger: httpx.Client) -> None:
    say(stranger, "by cookie")
    named = {"X-Device-ID": f"named-{uuid.uuid4()}"}
    assert stranger.get("/chat/history", headers=named).json()["messages"] == []
    stranger.cookies.clear()
    stranger.cookies.set("careline_device", "not*valid")
    assert "x-device-id" in say(stranger, "hello").headers


def test_a_booking_opens_with_its_token_alone(visitor: httpx.Client) -> None:
    file = visitor.get(f"/bookings/{TOKEN}.ics")
    assert (file.content, file.headers["content-type"]) == (CALENDAR, "text/calendar; charset=utf-8")
    assert "no-store" in file.headers["cache-control"]
    for wrong in ("b" * 32, "x", "x%00" * 8, "a" * 200):
        assert problem(visitor.get(f"/bookings/{wrong}.ics")) == (404, "not_found")


def test_the_probes_and_about(site_server: SiteServer, visitor: httpx.Client) -> None:
    assert visitor.get("/health").json() == {"status": "healthy", "agent": "Anna", "version": "0.1.0"}
    assert visitor.get("/ready").json() == {"status": "ready", "checks": {"database": "ok", "bus": "ok"}}
    site_server.broken = True
    try:
        response = visitor.get("/ready")
    finally:
        site_server.broken = False
    assert (response.status_code, response.json()["checks"]) == (503, {"database": "ok", "bus": "unavailable"})
    assert visitor.get("/chat/about").json() == {
        "name": "Anna",
        "clinic": "Istanbul Medic",
        "disclosure": {"en": "I am an AI assistant."},
        "languages": ["en", "tr"],
        "version": "0.1.0",
        "max_content": 4000,
    }
