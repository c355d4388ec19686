"""The pages and their files: a fixed set from the package, with validators, never inline code."""

import hashlib
import mimetypes
import re
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from careline.domain.errors import NotFound

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
WEB = Path(__file__).parent.parent / "web"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


class _File(msgspec.Struct, frozen=True):
    changed: int
    body: bytes
    headers: dict[str, str]


class Pages:
    """Serves the files of the web folder. They are kept in memory and read again when they change."""

    def __init__(self, folder: Path = WEB) -> None:
        self._folder = folder
        self._files: dict[str, _File] = {}

    async def chat(self, request: Request) -> Response:
        """`GET /`: the chat page."""
        return self._answer(request, "index.html")

    async def docs(self, request: Request) -> Response:
        """`GET /api/docs`: the API, readable."""
        return self._answer(request, "docs.html")

    async def static(self, request: Request) -> Response:
        """`GET /static/{name}`"""
        return self._answer(request, request.path_params["name"])

    def _answer(self, request: Request, name: str) -> Response:
        file = self._file(name)
        known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
        if file.headers["ETag"] in known:
            return Response(status_code=304, headers={k: v for k, v in file.headers.items() if k != "Content-Type"})
        return Response(file.body, headers=file.headers)

    def _file(self, name: str) -> _File:
        path = self._folder / name
        if not _NAME.fullmatch(name) or not path.is_file():
            raise NotFound
        changed = path.stat().st_mtime_ns
        file = self._files.get(name)
        if file is None or file.changed != changed:
            file = self._files[name] = _read(path, changed)
        return file


def _read(path: Path, changed: int) -> _File:
    body = path.read_bytes()
    media_type = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {
        "Content-Type": media_type,
        "Cache-Control": "no-cache",
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:24]}"',
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    return _File(changed, body, headers)
