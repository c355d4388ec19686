"""Whatever text or bytes a client sends, it is answered, and neither an internal error nor a closed connection."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careline.channels.assistant_stream_messages import PingFrame, read_frame
from careline.channels.services import ChannelSettings
from careline.domain.errors import Invalid
from tests.channels.site_server import SiteServer
from tests.channels.stream_client import stream_client

anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = ("type", "message", "session_id", "enable_agents", "patient_profile", "client_message_id", "after", "turn_id")
PROFILE = ("age", "sex", "pregnancy", "chronic_conditions", "current_medications", "allergies")
values = anything | st.sampled_from(["message", "resume", "cancel", "ping"])
profiles = st.dictionaries(st.sampled_from(PROFILE), anything, max_size=4)
frames_like_ours = st.dictionaries(st.sampled_from(NAMES), values | profiles, max_size=5).map(json.dumps)
any_frame = frames_like_ours | anything.map(json.dumps) | st.text(max_size=200) | st.binary(max_size=200)


@pytest.fixture(scope="module")
def patient_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteServer]:
    chosen = ChannelSettings(heartbeat_seconds=0.05, messages_per_minute=100_000)
    with SiteServer(tmp_path_factory.mktemp("patient"), chosen) as server:
        yield server


@settings(max_examples=30, deadline=None)
@given(sent=st.lists(any_frame, min_size=1, max_size=20))
def test_whatever_is_sent_the_connection_lives(patient_server: SiteServer, sent: list[str | bytes]) -> None:
    async def talk() -> None:
        async with stream_client(patient_server.url) as client:
            for one in sent:
                await client.socket.send(one)
            await client.send(type="ping")
            pongs = sum(is_ping(one) for one in sent) + 1
            while pongs:
                frame = await client.next()
                assert frame.get("error_type") not in {"internal_error", "turn_failed"}, frame
                pongs -= frame["type"] == "pong"

    asyncio.run(asyncio.wait_for(talk(), 30))


def is_ping(frame: str | bytes) -> bool:
    try:
        return isinstance(frame, str) and isinstance(read_frame(frame), PingFrame)
    except Invalid:
        return False
