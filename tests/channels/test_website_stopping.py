"""A server that stops answers who still waits for a reply, in the shape of every error."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.channels.site_server import SiteServer


def test_who_waits_for_a_reply_is_told_when_the_server_stops(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as threads, SiteServer(tmp_path) as server:
        server.hold("slow")
        posted = threads.submit(httpx.post, f"{server.url}/chat/", json={"content": "slow"}, timeout=20)
        server.wait_until_held("slow")
        server._server.should_exit = True
        response = posted.result(20)
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["error_type"] == "unavailable"
    assert int(response.headers["retry-after"]) >= 1
