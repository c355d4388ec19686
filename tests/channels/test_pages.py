"""The pages and their files: right types, validators, and a policy that allows nothing from elsewhere."""

import re
from pathlib import Path

import httpx
import pytest

from careline.channels.pages import WEB

PAGES = {"/": "index.html", "/api/docs": "docs.html"}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_served_with_a_strict_policy(visitor: httpx.Client, path: str) -> None:
    response = visitor.get(path)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_to_its_policy_and_every_file_it_names_is_there(visitor: httpx.Client, path: str) -> None:
    text = (WEB / PAGES[path]).read_text()
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", text)
    base = httpx.URL(str(visitor.base_url)).join(path)
    for name in re.findall(r"(?:src|href)=\"([^\"#]+)\"", text):
        assert visitor.get(base.join(name)).status_code == 200, name


@pytest.mark.parametrize("file", sorted(WEB.glob("*.*")), ids=lambda file: file.name)
def test_files_have_their_type_and_are_checked_for_change(visitor: httpx.Client, file: Path) -> None:
    types = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
    first = visitor.get(f"/static/{file.name}")
    assert first.content == file.read_bytes()
    assert first.headers["content-type"] == types.get(file.suffix, "text/html; charset=utf-8")
    assert first.headers["cache-control"] == "no-cache"
    again = visitor.get(f"/static/{file.name}", headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
