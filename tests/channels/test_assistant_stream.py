"""The assistant stream as its clients meet it: a real server, a real WebSocket client."""

import asyncio
import itertools
import json
import re
import socket
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from careline.channels import assistant_stream_connection
from careline.channels.assistant_stream_messages import CHANNEL
from careline.channels.services import ChannelSettings
from careline.domain.conversation import Hints
from careline.domain.effects import Outcome
from careline.domain.events import Citation, Status, Token
from careline.domain.patient import read_profile
from careline.ports import AssistantEvent, TurnContext
from tests.channels.site_server import SiteServer
from tests.channels.stream_client import Frame, kinds, stream_client, text_of
from tests.engine.scripted import raising
from tests.server_process import ServerProcess

Run = Callable[..., Any]
WORKFLOW = ("retrieving_context", "running_triage", "running_diagnostic", "running_treatment", "generating_response")


async def workflow(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
    """As the workflow assistant: statuses, citations, tokens."""
    for status in ("validating", "checking_emergency", "processing", *WORKFLOW):
        yield Status(status)
    yield Citation("nhs", "Cough", "https://www.nhs.uk/conditions/cough/")
    for text in ("Based ", "on ", "that."):
        yield Token(text)
    yield Outcome(state={})


def test_frames_of_a_turn_in_the_documented_order(site_server: SiteServer, run: Run) -> None:
    site_server.script("I have a persistent cough", workflow)

    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            frames = await client.ask("I have a persistent cough", enable_agents=True)
        in_order = [kind for kind, _ in itertools.groupby(kinds(frames))]
        assert in_order == ["stream_start", "status", "citation", "token", "stream_end"]
        start, end = frames[0], frames[-1]
        assert start["metadata"]["workflow"] == "multi_agent"
        assert start["metadata"]["agents"] == ["triage", "diagnostic", "treatment"]
        statuses = [frame["status"] for frame in frames if frame["type"] == "status"]
        assert statuses == ["validating", "checking_emergency", "processing", *WORKFLOW]
        assert next(f for f in frames if f.get("status") == "running_triage")["details"]["current_agent"] == "triage"
        assert text_of(frames) == "Based on that."
        assert end["metadata"]["agents_completed"] == ["triage", "diagnostic", "treatment"]
        assert end["metadata"]["session_id"] == client.session_id
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", frame["timestamp"]) for frame in frames)

    run(talk())


def test_without_agents_and_with_an_emergency(site_server: SiteServer, run: Run) -> None:
    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            plain = await client.ask("hello there", enable_agents=False)
            assert plain[0]["metadata"]["workflow"] == "single_agent"
            assert plain[0]["metadata"]["agents"] == []
            frames = await client.ask("I have chest pain and can't breathe", enable_agents=False)
            assert kinds(frames) == ["stream_start", "status", "status", "emergency", "token", "stream_end"]
            assert frames[3]["number"]
            assert frames[-1]["metadata"]["agents_completed"] == []

    run(talk())


def refused(frame: Frame, error_type: str) -> None:
    assert frame["type"] == "error", frame
    assert frame["error_type"] == error_type
    assert frame["message"]


@pytest.mark.parametrize(
    ("sent", "error_type"),
    [
        ('{"message": ""}', "validation_error"),
        ('{"message": "  \\n "}', "validation_error"),
        ('{"message": 5}', "validation_error"),
        ("{}", "validation_error"),
        ("[]", "validation_error"),
        ('"hello"', "validation_error"),
        ("not json", "invalid_json"),
        ('{"message": "a"', "invalid_json"),
        ("[" * 50_000, "invalid_json"),
        ("", "invalid_json"),
        (b'{"message": "a"}', "validation_error"),
        (json.dumps({"message": "x" * 4001}), "validation_error"),
        ('{"message": "a\\u0000b"}', "validation_error"),
        ('{"message": "a", "enable_agents": "yes"}', "validation_error"),
        ('{"message": "a", "session_id": 7}', "validation_error"),
        ('{"message": "a", "session_id": "nonsense"}', "not_found"),
        ('{"message": "a", "session_id": "550e8400-e29b-41d4-a716-446655440000"}', "not_found"),
        ('{"message": "a", "patient_profile": {"age": -1}}', "validation_error"),
        ('{"message": "a", "patient_profile": {"age": "old"}}', "validation_error"),
        ('{"message": "a", "patient_profile": {"allergies": ["x"]}}', "validation_error"),
        ('{"message": "a", "patient_profile": []}', "validation_error"),
        ('{"message": "a", "time_zone": "Mars/Olympus"}', "validation_error"),
        ('{"type": "dance"}', "validation_error"),
        ('{"type": "resume"}', "validation_error"),
        ('{"type": "cancel"}', "not_found"),
    ],
)
def test_a_refused_frame_is_told_and_ends_nothing(
    site_server: SiteServer, run: Run, sent: str | bytes, error_type: str
) -> None:
    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            await client.socket.send(sent)
            refused(await client.next(), error_type)
            assert text_of(await client.ask("still there?")) == "You said: still there?"

    run(talk())


def test_the_documented_words_for_an_empty_message(site_server: SiteServer, run: Run) -> None:
    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            assert (await client.ask(""))[0]["message"] == "Message cannot be empty"

    run(talk())


def test_an_oversized_frame_breaks_the_protocol(site_server: SiteServer, run: Run) -> None:
    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            await client.socket.send(json.dumps({"message": "x" * 70_000}))
            with pytest.raises(ConnectionClosed) as closed:
                await client.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009

    run(talk())


def test_text_that_is_not_utf8_breaks_the_protocol(site_server: SiteServer, run: Run) -> None:
    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            await client.socket.send(b'{"message": "\xff\xfe"}', text=True)
            with pytest.raises(ConnectionClosed) as closed:
                await client.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1007

    run(talk())


def test_a_session_goes_on_by_its_id_on_another_connection(site_server: SiteServer, run: Run) -> None:
    async def talk() -> None:
        async with stream_client(site_server.url) as first:
            await first.ask("one")
        async with stream_client(site_server.url) as second:
            frames = await second.ask("two", session_id=first.session_id.upper())
            assert frames[-1]["metadata"]["session_id"] == first.session_id
            assert (await second.ask("three"))[-1]["metadata"]["session_id"] == first.session_id
        session = await asyncio.to_thread(
            lambda: site_server.do(site_server.process.store.session(CHANNEL, f"session_{first.session_id}"))
        )
        assert session is not None
        assert session.state == {"turns": 3}
        assert second.session_id != first.session_id

    run(talk())


def token_of(site_server: SiteServer, user_id: str, seconds: float = 60) -> str:
    return site_server.signer.token(user_id, site_server.process.clock.now(), timedelta(seconds=seconds))


def test_users_are_apart_from_one_another_and_from_anonymous(site_server: SiteServer, run: Run) -> None:
    url = site_server.url
    ann = {"additional_headers": {"Authorization": f"Bearer {token_of(site_server, 'ann')}"}}
    ben = {"subprotocols": ["bearer", token_of(site_server, "ben")]}

    async def talk() -> None:
        async with (
            stream_client(url, "/ann", **ann) as a,
            stream_client(url, f"/ben?token={token_of(site_server, 'ben')}") as b,
            stream_client(url, "/ben", **ben) as b2,
            stream_client(url) as nobody,
        ):
            turn_id = (await a.ask("my secret"))[-1]["metadata"]["turn_id"]
            await b.ask("hello")
            for stranger in (b, nobody):
                refused((await stranger.ask("go on", session_id=a.session_id))[0], "not_found")
                await stranger.send(type="resume", session_id=a.session_id, after=0)
                refused(await stranger.next(), "not_found")
                await stranger.send(type="resume", session_id=stranger.session_id, turn_id=turn_id)
                refused(await stranger.next(), "not_found")
                await stranger.send(type="cancel", session_id=stranger.session_id, turn_id=turn_id)
                refused(await stranger.next(), "not_found")
            refused((await a.ask("go on", session_id=nobody.session_id))[0], "not_found")
            frames = await b2.ask("and again", session_id=b.session_id)
            assert frames[-1]["metadata"]["session_id"] == b.session_id

    run(talk())
    store = site_server.process.store
    person = site_server.do(store.person("user_ann"))
    assert person is not None
    page = site_server.do(store.history(person.id, None, 10))
    assert [message.body for message in page.items] == ["You said: my secret", "my secret"]


def test_two_sessions_of_a_user_are_two_conversations(site_server: SiteServer, run: Run) -> None:
    options = {"additional_headers": {"Authorization": f"Bearer {token_of(site_server, 'cleo')}"}}

    async def talk() -> None:
        async with (
            stream_client(site_server.url, "/cleo", **options) as one,
            stream_client(site_server.url, "/cleo", **options) as two,
        ):
            await asyncio.gather(one.ask("a"), two.ask("b"))
            for client, text in ((one, "a"), (two, "b")):
                await client.send(type="resume", session_id=client.session_id)
                assert text_of(await client.until_end()) == f"You said: {text}"

    run(talk())


@pytest.mark.parametrize("kind", ["none", "nonsense", "of somebody else", "ended", "forged"])
def test_without_a_token_of_that_user_the_door_is_shut(site_server: SiteServer, run: Run, kind: str) -> None:
    good = token_of(site_server, "dora")
    token = {
        "none": "",
        "nonsense": "a.b.c",
        "of somebody else": token_of(site_server, "emil"),
        "ended": token_of(site_server, "dora", -1),
        "forged": good[:-2] + ("AA" if not good.endswith("AA") else "BB"),
    }[kind]

    async def talk() -> None:
        address = site_server.url.replace("http", "ws") + f"/api/v1/ws/chat/dora?token={token}"
        async with connect(address, proxy=None) as socket:
            refused(json.loads(await socket.recv()), "unauthorized")
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401

    run(talk())


def test_resume_after_every_frame_gives_the_rest(site_server: SiteServer, run: Run) -> None:
    site_server.script("resume me", workflow)

    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            whole = await client.ask("resume me")
            turn_id = whole[0]["metadata"]["turn_id"]
        places = [(i, frame["seq"]) for i, frame in enumerate(whole) if "seq" in frame]
        assert [seq for _, seq in places] == sorted({seq for _, seq in places})
        async with stream_client(site_server.url) as again:
            for i, seq in places[:-1]:
                await again.send(type="resume", session_id=client.session_id, after=seq, turn_id=turn_id)
                rest = await again.until_end()
                assert [same(frame) for frame in rest] == [same(frame) for frame in whole[i + 1 :]]

    run(talk())


def same(frame: Frame) -> Frame:
    return {name: value for name, value in frame.items() if name != "timestamp"}


def test_a_running_turn_goes_on_without_its_client_and_is_resumed(site_server: SiteServer, run: Run) -> None:
    site_server.hold("wait for me")

    async def leave() -> tuple[str, int]:
        async with stream_client(site_server.url) as client:
            await client.send(message="wait for me")
            frame = await client.next()
            while frame["type"] != "token":
                frame = await client.next()
            client.socket.transport.abort()
            return client.session_id, frame["seq"]

    async def come_back(session_id: str, after: int) -> None:
        async with stream_client(site_server.url) as client:
            await client.send(type="resume", session_id=session_id, after=after)
            await client.send(type="ping")
            assert (await client.next())["type"] == "pong"
            site_server.release("wait for me")
            assert text_of(await client.until_end()) == "wait for me"

    run(come_back(*run(leave())))


def test_a_message_is_taken_back(site_server: SiteServer, run: Run) -> None:
    site_server.hold("take me back")

    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            await client.send(message="take me back")
            while (await client.next())["type"] != "token":
                pass
            await client.send(type="cancel")
            frames = [await client.next(), await client.next()]
            assert sorted(kinds(frames)) == ["cancel", "stream_end"]
            assert next(f for f in frames if f["type"] == "cancel")["cancelled"] is True
            assert next(f for f in frames if f["type"] == "stream_end")["metadata"]["cancelled"] is True

    run(talk())


def test_a_resent_message_is_one_message(site_server: SiteServer, run: Run) -> None:
    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            first = await client.ask("once", client_message_id="m-1")
            again = await client.ask("once", client_message_id="m-1")
            assert [same(frame) for frame in first] == [same(frame) for frame in again]
            refused((await client.ask("other", client_message_id="m-1"))[0], "idempotency_conflict")

    run(talk())


def test_a_failed_turn_says_so(site_server: SiteServer, run: Run) -> None:
    site_server.script("break", raising(RuntimeError("secret"), "so far "))

    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            frames = await client.ask("break")
            refused(frames[-1], "turn_failed")
            assert "secret" not in json.dumps(frames)
            assert frames[-1]["session_id"] == client.session_id
            assert text_of(await client.ask("well?")) == "You said: well?"

    run(talk())


def test_messages_in_a_row_are_answered_in_a_row(site_server: SiteServer, run: Run) -> None:
    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            for number in range(5):
                await client.send(message=f"number {number}")
            replies = [text_of(await client.until_end()) for _ in range(5)]
        assert replies == [f"You said: number {number}" for number in range(5)]

    run(talk())


def test_compression_when_offered(site_server: SiteServer, run: Run) -> None:
    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            assert [extension.name for extension in client.socket.protocol.extensions] == ["permessage-deflate"]
        async with stream_client(site_server.url, compression=None) as client:
            assert client.socket.protocol.extensions == []

    run(talk())


def test_hints_travel_with_the_turn(site_server: SiteServer, run: Run) -> None:
    seen: list[Hints] = []

    async def look(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        seen.append(context.hints)
        yield Token("seen")
        yield Outcome(state={})

    site_server.script("look at me", look)
    profile = {
        "age": 45,
        "chronic_conditions": ["diabetes"],
        "current_medications": [{"name": "Metformin", "dose": "1000mg"}],
        "allergies": {"drug": ["penicillin"]},
    }

    async def talk() -> None:
        async with stream_client(site_server.url) as client:
            await client.ask("look at me", patient_profile=profile, enable_agents=False, locale="tr-TR")

    run(talk())
    assert (seen[0].agents, seen[0].locale) == (False, "tr-TR")
    assert seen[0].profile is not None
    assert read_profile(seen[0].profile) == read_profile(profile)


def test_two_hundred_at_once_hear_of_the_emergency_first(site_server: SiteServer, run: Run) -> None:
    async def one(number: int) -> None:
        async with stream_client(site_server.url, open_timeout=60) as client:
            frames = await client.ask("I have chest pain and can't breathe")
            content = [frame["type"] for frame in frames if frame["type"] not in {"stream_start", "status"}]
            assert content[0] == "emergency", (number, content)
            assert frames[-1]["type"] == "stream_end"

    async def everybody() -> None:
        await asyncio.gather(*(one(number) for number in range(200)))

    run(everybody())


def test_too_many_messages_are_refused_for_the_moment(tmp_path: Path, run: Run) -> None:
    with SiteServer(tmp_path, ChannelSettings(messages_per_minute=6)) as server:

        async def talk() -> None:
            async with stream_client(server.url) as client:
                for _ in range(2):
                    assert kinds(await client.ask("hello"))[-1] == "stream_end"
                frame = (await client.ask("hello"))[0]
                refused(frame, "rate_limited")
                assert 0 < frame["retry_after"] <= 10
                await client.send(type="ping")
                assert (await client.next())["type"] == "pong"

        run(talk())


@pytest.mark.parametrize(
    ("origin", "welcome"), [("https://a.example", True), ("https://b.example", False), (None, True)]
)
def test_pages_of_other_origins_are_refused_where_origins_are_named(
    tmp_path: Path, run: Run, origin: str | None, welcome: bool
) -> None:
    async def talk(url: str) -> None:
        async with stream_client(url, origin=origin) as client:
            assert client.session_id

    with SiteServer(tmp_path, ChannelSettings(allowed_origins=("https://a.example",))) as server:
        if welcome:
            run(talk(server.url))
        else:
            with pytest.raises(InvalidStatus, match="403"):
                run(talk(server.url))


def test_a_server_that_stops_tells_its_clients(server: ServerProcess, run: Run) -> None:
    async def talk() -> None:
        async with stream_client(server.url) as client:
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            refused(await client.next(), "server_restarting")
            with pytest.raises(ConnectionClosed) as closed:
                await client.next()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
            assert await stopping == 0

    run(talk())


def test_a_client_that_stops_reading_neither_fills_the_memory_nor_stops_its_turn(
    site_server: SiteServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it does not take stays unsent; after a while it is let go, and what is left can be resumed."""
    monkeypatch.setattr(assistant_stream_connection, "SEND_SECONDS", 0.5)
    monkeypatch.setattr(assistant_stream_connection, "FAREWELL_SECONDS", 0.1)
    piece = "lorem ipsum " * 1500

    async def flood(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        yield Token("here ")
        for _ in range(10):
            yield Token(piece)
        yield Outcome(state={})

    site_server.script("flood me", flood)

    async def talk() -> None:
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.connect(("127.0.0.1", int(site_server.url.rpartition(":")[2])))
        async with stream_client(site_server.url, compression=None, sock=narrow) as client:
            client.socket.transport.pause_reading()
            for number in range(16):
                await client.send(message="flood me", client_message_id=f"f-{number}")
            await asyncio.to_thread(site_server.do, answered(client.session_id))
            await asyncio.to_thread(site_server.do, site_server.one_let_go())
            client.socket.transport.abort()
        async with stream_client(site_server.url) as again:
            await again.send(type="resume", session_id=client.session_id)
            assert len(text_of(await again.until_end())) > 10 * len(piece)

    async def answered(session_id: str) -> None:
        store = site_server.process.store
        while True:
            latest = await store.latest_turn(CHANNEL, f"session_{session_id}")
            if latest is not None and latest.turn.external_id == "f-15":
                await site_server.process.engine.wait(latest.turn.id)
                return
            await asyncio.sleep(0.01)

    run(talk())
