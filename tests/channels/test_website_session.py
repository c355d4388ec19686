"""A session that has expired is over for the device, also before anybody has cleaned it up."""

from datetime import timedelta
from pathlib import Path

import httpx

from tests.channels.site_server import SiteServer


def test_an_expired_session_is_not_brought_back(tmp_path: Path) -> None:
    with SiteServer(tmp_path) as server, httpx.Client(base_url=server.url, headers={"X-Device-ID": "one"}) as client:
        client.post("/chat/", json={"content": "hello"})
        assert client.patch("/chat/session", json={"session_ttl": 60}).json()["session_ttl"] == 60
        server.process.clock._last += timedelta(minutes=2)
        assert client.get("/chat/session").json()["locked_at"] is None
        refused = client.patch("/chat/session", json={"session_ttl": 86_400})
        assert (refused.status_code, refused.json()["error_type"]) == (404, "not_found")
        assert client.get("/chat/session").json()["locked_at"] is None
