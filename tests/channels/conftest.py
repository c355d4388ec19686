"""A site that a module's tests share, and a client with a device of its own."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.channels.site_server import SiteServer


@pytest.fixture(scope="module")
def site_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteServer]:
    with SiteServer(tmp_path_factory.mktemp("site")) as server:
        yield server


@pytest.fixture
def visitor(site_server: SiteServer) -> Iterator[httpx.Client]:
    """A client that names a fresh device."""
    with httpx.Client(base_url=site_server.url, headers={"X-Device-ID": f"test-{uuid.uuid4()}"}, timeout=20) as client:
        yield client


@pytest.fixture
def stranger(site_server: SiteServer) -> Iterator[httpx.Client]:
    """A client that names no device, with cookies of its own."""
    with httpx.Client(base_url=site_server.url, timeout=20) as client:
        yield client
