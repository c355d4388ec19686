"""Other origins: none by default, those that are named with cookies, all of them without."""

from pathlib import Path

import httpx
import pytest

from careline.channels.services import ChannelSettings
from tests.channels.site_server import SiteServer

ORIGIN = "https://www.example.org"
ASK = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-device-id"}


@pytest.mark.parametrize(
    ("allowed", "origin", "credentials"),
    [((ORIGIN,), ORIGIN, "true"), (("*",), "*", None), (("https://other.example",), None, "true"), ((), None, None)],
)
def test_what_a_page_of_another_origin_may_do(
    tmp_path: Path, allowed: tuple[str, ...], origin: str | None, credentials: str | None
) -> None:
    with SiteServer(tmp_path, ChannelSettings(allowed_origins=allowed)) as server:
        preflight = httpx.options(f"{server.url}/chat/stream", headers=ASK)
        answers = [
            httpx.post(f"{server.url}/chat/stream", json={"content": "hi"}, headers={"Origin": ORIGIN}),
            httpx.post(f"{server.url}/chat/", json={}, headers={"Origin": ORIGIN}),
            httpx.get(f"{server.url}/nothing", headers={"Origin": ORIGIN}),
        ]
    assert (preflight.status_code == 200) == (origin is not None)
    assert preflight.headers.get("access-control-allow-origin") == origin
    for answer in answers:
        assert answer.headers.get("access-control-allow-origin") == origin
        assert answer.headers.get("access-control-allow-credentials") == credentials
        assert ("X-Turn-ID" in answer.headers.get("access-control-expose-headers", "")) == bool(allowed)


def test_the_shared_default_device_is_used_when_it_is_configured(tmp_path: Path) -> None:
    with SiteServer(tmp_path, ChannelSettings(default_device_id="chat_user")) as server:
        answer = httpx.post(f"{server.url}/chat/", json={"content": "hi"})
        assert "set-cookie" not in answer.headers
        assert len(httpx.get(f"{server.url}/chat/history").json()["messages"]) == 2
        person = server.do(server.process.store.person("chat_chat_user"))
    assert person is not None
