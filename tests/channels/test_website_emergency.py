"""An emergency is told to a visitor also when the message cannot be taken."""

from pathlib import Path

import httpx
import pytest

from careline.engine.turn import Limits
from tests.channels.site_server import SiteServer

ALARM = "I have chest pain and can't breathe"


@pytest.mark.parametrize("path", ["/chat/", "/chat/stream"])
def test_a_refused_message_that_is_an_emergency_is_answered_with_what_to_do(tmp_path: Path, path: str) -> None:
    with SiteServer(tmp_path) as server:
        server.process.engine._limits = Limits(open_turns=0)
        more = {"media_urls": [], "audio_urls": [], "time_zone": "Europe/London"}
        refused = httpx.post(server.url + path, json={"content": ALARM, **more})
        calm = httpx.post(server.url + path, json={"content": "hello", **more}).json()
    problem = refused.json()
    assert (refused.status_code, problem["error_type"]) == (503, "overloaded")
    assert int(refused.headers["retry-after"]) >= 1
    assert (problem["emergency"]["number"], problem["emergency"]["country"]) == ("999", "GB")
    assert problem["detail"] == problem["message"] == problem["emergency"]["message"]
    assert (calm["error_type"], "emergency" in calm) == ("overloaded", False)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"media_urls": ["ftp://pictures.test/1.png"]}, "media_urls[0]"),
        ({"content": f"{ALARM}. {'What can I do? ' * 400}"}, "content"),
    ],
)
def test_so_is_one_that_is_not_valid(visitor: httpx.Client, more: dict[str, object], field: str) -> None:
    refused = visitor.post("/chat/", json={"content": ALARM, **more})
    problem = refused.json()
    assert (refused.status_code, problem["error_type"], problem["field"]) == (422, "invalid_field", field)
    assert problem["message"] == problem["emergency"]["message"]
