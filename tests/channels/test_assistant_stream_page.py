"""The page about the frames shows frames as they are, and the schema document describes the structs in use."""

import re

import httpx
import msgspec
import pytest

from careline.channels.assistant_stream_frames import AGENTS, FRAMES, text_of
from careline.channels.assistant_stream_messages import CLIENT_FRAMES, MessageFrame, read_frame
from careline.channels.assistant_stream_schema import document
from tests.channels.site_server import SiteServer
from tests.docs.examples import ROOT, blocks

PAGE = ROOT / "docs" / "assistant-stream.md"
SHOWN = [block.text for block in blocks(PAGE, "json")]
SERVER_FRAMES = {kind.__struct_config__.tag: kind for kind in FRAMES}


def is_ours(text: str) -> bool:
    return "timestamp" in msgspec.json.decode(text)


@pytest.mark.parametrize("text", [text for text in SHOWN if is_ours(text)])
def test_frames_of_the_server_are_shown_as_they_are_sent(text: str) -> None:
    kind = SERVER_FRAMES[msgspec.json.decode(text)["type"]]
    assert msgspec.json.decode(text_of(msgspec.json.decode(text, type=kind))) == msgspec.json.decode(text)


@pytest.mark.parametrize("text", [text for text in SHOWN if not is_ours(text)])
def test_frames_of_clients_are_understood(text: str) -> None:
    frame = read_frame(text)
    if isinstance(frame, MessageFrame):
        assert frame.hints().profile is not None


def test_every_frame_is_on_the_page() -> None:
    text = PAGE.read_text()
    for kind in (*FRAMES, *CLIENT_FRAMES):
        assert (
            f"`{kind.__struct_config__.tag}`" in text
            or f'"type": "{kind.__struct_config__.tag}"' in text
            or kind is MessageFrame
        )
    assert all(f"`running_{agent}`" in text for agent in AGENTS)


def test_the_schema_document_is_served_and_whole(site_server: SiteServer) -> None:
    served = httpx.get(f"{site_server.url}/api/asyncapi.json").json()
    assert served == msgspec.json.decode(msgspec.json.encode(document("0.1.0")))
    names = set(re.findall(r'"#/components/messages/(\w+)"', msgspec.json.encode(served).decode()))
    assert names == set(served["components"]["messages"]) == {kind.__name__ for kind in (*FRAMES, *CLIENT_FRAMES)}
