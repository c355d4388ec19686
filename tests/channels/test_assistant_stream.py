"""The assistant stream as its clients meet it: a real server, a real WebSocket client."""

import re
from collections.abc import Callable
from typing import Any

from careline.domain.effects import Outcome
from careline.domain.events import Citation, Status, Token
from tests.channels.site_server import SiteServer
from tests.channels.stream_client import kinds, stream_client, text_of

Run = Callable[..., Any]
WORKFLOW = ("retrieving_context", "running_triage", "running_diagnostic", "running_treatment", "generating_response")


async def workflow(context: Any) -> Any:
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
        assert kinds(frames) == ["stream_start", *["status"] * 8, "citation", *["token"] * 3, "stream_end"]
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
