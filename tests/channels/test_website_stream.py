"""Streams on a real server: as documented, cut anywhere and resumed, never stopping the turn."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careline.domain.events import SEQ_PER_ATTEMPT, Completed, Published, Restarted, Token, TurnEvent
from tests.channels.site_server import SiteServer
from tests.channels.streams import Event, events, read, text_of
from tests.engine.scripted import raising, saying

BODY: dict[str, object] = {"media_urls": [], "audio_urls": []}


def ask(client: httpx.Client, text: str, **headers: str) -> httpx.Response:
    return client.post("/chat/stream", json={"content": text, **BODY}, headers=headers)


SAYABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def resume(client: httpx.Client, token: str) -> httpx.Response:
    return client.get("/chat/stream", headers={"Last-Event-ID": token})


@pytest.mark.parametrize("path", ["/chat/stream", "/chat/stream/"])
@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "text/plain; charset=utf-8"),
        ("application/json", "text/plain; charset=utf-8"),
        ("text/event-stream", "text/event-stream"),
        ("Text/Event-Stream, */*;q=0.1", "text/event-stream"),
    ],
)
def test_a_stream_has_the_documented_headers_and_events(
    visitor: httpx.Client, path: str, accept: str, media_type: str
) -> None:
    response = visitor.post(path, json={"content": "hello", **BODY}, headers={"Accept": accept})
    assert response.status_code == 200
    expected = {
        "content-type": media_type,
        "cache-control": "no-cache",
        "connection": "keep-alive",
        "transfer-encoding": "chunked",
        "x-accel-buffering": "no",
    }
    assert {name: response.headers[name] for name in expected} == expected
    seen = read(response)
    assert [event.data["is_final"] for event in seen] == [False, False, True]
    assert seen[-1].data["content"] == ""
    assert all(list(event.data)[:3] == ["content", "timestamp", "is_final"] for event in seen)
    assert all(event.data["timestamp"].endswith("Z") and event.id for event in seen)
    assert response.text.count("\n\n") == response.text.count("data: ") == 3


def test_the_joined_chunks_are_the_stored_reply(site_server: SiteServer, visitor: httpx.Client) -> None:
    said = ["Merhaba ", "👋🏽", "\n\ndata: x\n", "  ", "ş\u2028end"]
    site_server.script("odd", saying(*said))
    assert text_of(read(ask(visitor, "odd"))) == "".join(said)
    assert visitor.get("/chat/history").json()["messages"][-1]["content"] == "".join(said)


def test_a_failed_turn_ends_its_stream_politely(site_server: SiteServer, visitor: httpx.Client) -> None:
    site_server.script("break", raising(KeyError("secret"), "So far "))
    response = ask(visitor, "break")
    seen = read(response)
    assert [event.data["is_final"] for event in seen].count(True) == 1
    assert seen[-1].data["error_type"] == "KeyError"
    assert text_of(seen) == visitor.get("/chat/history").json()["messages"][-1]["content"]
    assert "secret" not in response.text


def test_a_visitor_without_a_device_listens_by_cookie(stranger: httpx.Client) -> None:
    """The documents' EventSource way: post, then listen; EventSource sends cookies and no header of ours."""
    assert stranger.get("/chat/stream").status_code == 204
    posted = ask(stranger, "hello")
    assert posted.headers["x-device-id"]
    listened = stranger.get("/chat/stream")
    assert listened.headers["content-type"] == "text/event-stream"
    assert text_of(read(listened)) == "You said: hello"
    assert resume(stranger, read(listened)[-1].id).status_code == 204


@pytest.mark.parametrize("token", ["garbage", "", "3Zk=", "x" * 5_000])
def test_an_id_that_is_not_ours_counts_as_none(visitor: httpx.Client, token: str) -> None:
    ask(visitor, "hello")
    assert text_of(read(resume(visitor, token))) == "You said: hello"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.text(SAYABLE, min_size=1, max_size=8), min_size=1, max_size=6))
def test_a_stream_cut_at_every_event_resumes_to_the_same_text(site_server: SiteServer, said: list[str]) -> None:
    if not "".join(said).strip():
        said = [*said, "."]
    site_server.script("say", saying(*said))
    with httpx.Client(base_url=site_server.url, headers={"X-Device-ID": f"cut-{uuid.uuid4()}"}) as client:
        whole = read(ask(client, "say"))
        assert text_of(whole) == "".join(said)
        for cut in range(1, len(whole)):
            rest = read(resume(client, whole[cut - 1].id))
            assert text_of(whole[:cut] + rest) == "".join(said)
            assert [event.data["is_final"] for event in rest] == [False] * (len(whole) - cut - 1) + [True]
        assert resume(client, whole[-1].id).status_code == 204


def first_event(client: httpx.Client, text: str) -> Event:
    """Begins a stream, reads one event, and vanishes."""
    with client.stream("POST", "/chat/stream", json={"content": text, **BODY}) as response:
        return next(events(response.iter_lines()))


def test_a_client_that_vanishes_does_not_stop_its_turn(site_server: SiteServer, visitor: httpx.Client) -> None:
    site_server.hold("leave")
    seen = first_event(visitor, "leave")
    assert seen.data["content"] == "You said: "
    assert visitor.get("/chat/session").json()["turn"]["status"] == "running"
    with ThreadPoolExecutor(2) as pool:
        from_header = pool.submit(resume, visitor, seen.id)
        from_query = pool.submit(visitor.get, "/chat/stream", params={"last_event_id": seen.id})
        site_server.release("leave")
        for response in (from_header.result(), from_query.result()):
            assert text_of([seen, *read(response)]) == "You said: leave"
    assert visitor.get("/chat/history").json()["messages"][-1]["content"] == "You said: leave"


def test_a_client_that_vanishes_from_the_json_endpoint_does_not_stop_its_turn(
    site_server: SiteServer, visitor: httpx.Client
) -> None:
    site_server.hold("impatient")
    with pytest.raises(httpx.ReadTimeout):
        visitor.post("/chat/", json={"content": "impatient"}, timeout=0.2)
    site_server.wait_until_held("impatient")
    site_server.release("impatient")
    assert text_of(read(visitor.get("/chat/stream"))) == "You said: impatient"


def test_any_number_of_clients_follow_one_turn(site_server: SiteServer, visitor: httpx.Client) -> None:
    site_server.hold("crowd")
    first_event(visitor, "crowd")
    with ThreadPoolExecutor(5) as pool:
        followers = [pool.submit(visitor.get, "/chat/stream") for _ in range(5)]
        site_server.release("crowd")
        assert [text_of(read(each.result())) for each in followers] == ["You said: crowd"] * 5


def test_a_quiet_stream_says_that_it_lives(site_server: SiteServer, visitor: httpx.Client) -> None:
    site_server.hold("quiet")
    with visitor.stream("POST", "/chat/stream", json={"content": "quiet", **BODY}) as response:
        lines = response.iter_lines()
        assert next(line for line in lines if line.startswith(":"))
        site_server.release("quiet")
        assert [event.data["is_final"] for event in events(lines)] == [False, True]


def test_a_cancelled_turn_ends_its_stream(site_server: SiteServer, visitor: httpx.Client) -> None:
    site_server.hold("stop")
    with visitor.stream("POST", "/chat/stream", json={"content": "stop", **BODY}) as response:
        following = events(response.iter_lines())
        next(following)
        assert visitor.post("/chat/cancel").json() == {"cancelled": True}
        (final,) = following
    assert (final.data["is_final"], final.data["error_type"]) == (True, "turn_cancelled")
    assert resume(visitor, final.id).status_code == 204


@pytest.mark.parametrize(
    ("again", "restarted"), [(["You ", "said: ", "twice"], False), (["Something ", "else entirely"], True)]
)
def test_an_answer_that_is_begun_anew_continues_or_replaces(
    site_server: SiteServer, visitor: httpx.Client, again: list[str], restarted: bool
) -> None:
    """As after the death of a process: the second attempt's events follow the first's."""
    text = f"twice {uuid.uuid4()}"
    site_server.hold(text)
    seen = first_event(visitor, text)
    turn_id = visitor.get("/chat/session").json()["turn"]["id"]
    log: list[TurnEvent] = [Restarted(2), *map(Token, again), Completed()]

    async def take_over() -> None:
        for seq, event in enumerate(log, SEQ_PER_ATTEMPT + 1):
            site_server.process.bus.publish(turn_id, Published(seq, event))

    site_server.do(take_over())
    rest = read(resume(visitor, seen.id))
    assert text_of([seen, *rest]) == "".join(again)
    assert any(event.data.get("restarted", False) for event in rest) == restarted
    visitor.post("/chat/cancel")


def test_a_queued_message_is_streamed_after_the_one_before_it(site_server: SiteServer, visitor: httpx.Client) -> None:
    site_server.hold("first")
    first = first_event(visitor, "first")
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(ask, visitor, "second")
        rest = pool.submit(lambda: None)
        site_server.release("first")
        rest.result()
        assert text_of(read(second.result())) == "You said: second"
    assert text_of([first, *read(resume(visitor, first.id))]) == "You said: first"
    said = [message["content"] for message in visitor.get("/chat/history").json()["messages"]]
    assert said.index("You said: first") < said.index("You said: second")
