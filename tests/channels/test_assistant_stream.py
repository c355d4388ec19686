"""The assistant stream as its clients meet it: a real server, a real WebSocket client."""

import itertools
import json
import re
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from careline.domain.conversation import Hints
from careline.domain.effects import Outcome
from careline.domain.events import Citation, Status, Token
from careline.domain.patient import read_profile
from careline.ports import AssistantEvent, TurnContext
from tests.channels.site_server import SiteServer
from tests.channels.stream_client import Frame, kinds, refused, stream_client, text_of
from tests.engine.scripted import raising

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
