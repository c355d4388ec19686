"""Fetching the file behind an address that a stranger sent: nothing inside our own network can be reached by it.

The host is resolved here, once for each hop; all its addresses have to be public, and the connection goes to exactly
those. Public hosts are asked by https at its usual port alone.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from careline import __version__
from careline.attachments.addresses import is_public, literal
from careline.attachments.kinds import media_type_of
from careline.attachments.metadata import without_metadata
from careline.domain.conversation import Attachment
from careline.domain.errors import AttachmentUnavailable
from careline.ports import File

_LOOKUPS = 4
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Limits(msgspec.Struct, frozen=True):
    """Bytes of a file, seconds for all of it with its redirects, files that are fetched at once."""

    image_bytes: int = 6_291_456
    audio_bytes: int = 16_777_216
    seconds: float = 10.0
    redirects: int = 3
    at_once: int = 16


class WebAttachments:
    """A `careline.ports.AttachmentReader` for files on the web.

    `own_hosts` ("files.internal" or "files.internal:9000") are the operator's: they may be private and plain http. One
    without a port is asked at the usual ones alone.
    `resolve` gives the numeric addresses of a host and port; `tls` is for a server with a certificate of one's own.
    """

    def __init__(
        self,
        own_hosts: Collection[str] = (),
        limits: Limits | None = None,
        resolve: Resolve | None = None,
        public: Callable[[str], bool] = is_public,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._own = frozenset(own_hosts)
        self._limits = limits or Limits()
        # Threads of its own: a stranger's name whose servers are slow must not make other lookups wait.
        self._resolve = resolve or partial(resolved, ThreadPoolExecutor(_LOOKUPS, "attachments"))
        self._public = public
        self._tls = tls
        self._room = asyncio.Semaphore(self._limits.at_once)

    async def read(self, attachment: Attachment) -> File:
        """As careline.ports.AttachmentReader has it. Neither the address nor what its server said is in the error."""
        try:
            async with asyncio.timeout(self._limits.seconds), self._room:
                data = await self._follow(attachment)
        except TimeoutError:
            raise AttachmentUnavailable("timeout") from None
        except aiohttp.InvalidURL:
            raise AttachmentUnavailable("address") from None
        except (aiohttp.ClientError, OSError):  # a wrong certificate is a ValueError as well
            raise AttachmentUnavailable("unreachable") from None
        except ValueError:
            raise AttachmentUnavailable("address") from None
        media_type = media_type_of(attachment.kind, data)
        if media_type is None:
            raise AttachmentUnavailable("kind")
        if attachment.kind == "audio":
            return File(media_type, data)
        try:
            return File(media_type, await asyncio.to_thread(without_metadata, media_type, data))
        except ValueError:
            raise AttachmentUnavailable("kind") from None

    async def _follow(self, attachment: Attachment) -> bytes:
        most = self._limits.image_bytes if attachment.kind == "image" else self._limits.audio_bytes
        url = URL(attachment.url)
        for _ in range(self._limits.redirects + 1):
            found = await self._hop(url, most)
            if isinstance(found, bytes):
                return found
            url = found
        raise AttachmentUnavailable("redirects")

    async def _hop(self, url: URL, most: int) -> bytes | URL:
        """The file, or where it is instead."""
        connector = aiohttp.TCPConnector(
            resolver=_Checked(await self._addresses(url)),
            use_dns_cache=False,
            force_close=True,
            ssl=self._tls or True,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"User-Agent": f"careline/{__version__}", "Accept-Encoding": "identity"},
        )
        async with session, session.get(url, allow_redirects=False) as response:
            if response.status in _REDIRECTS and (location := response.headers.get("Location")):
                return url.join(URL(location))
            if response.status != 200:
                raise AttachmentUnavailable("status")
            if (response.content_length or 0) > most:
                raise AttachmentUnavailable("too_large")
            return await _body(response, most)

    async def _addresses(self, url: URL) -> Sequence[str]:
        """The addresses that may be connected to. Raises AttachmentUnavailable, ValueError for a host that is none."""
        host, port = url.raw_host, url.port
        if not host or not port or url.raw_user is not None or url.raw_password is not None:
            raise AttachmentUnavailable("address")
        number = literal(host)
        shown = f"[{number}]" if number and ":" in number else host
        own = f"{shown}:{port}" in self._own or (shown in self._own and url.is_default_port())
        if url.scheme not in ("http", "https") or (not own and (url.scheme != "https" or port != 443)):
            raise AttachmentUnavailable("address")
        found = [number] if number is not None else await self._resolve(host, port)
        if not found or not (own or all(self._public(address) for address in found)):
            raise AttachmentUnavailable("address")
        return found


class _Checked(AbstractResolver):
    """Answers with the addresses that were checked, whoever is asked for."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


async def resolved(threads: ThreadPoolExecutor, host: str, port: int) -> Sequence[str]:
    """The numeric addresses of a host, by the machine's resolver. Raises OSError, ValueError for what is no host."""
    look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(threads, look)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def _body(response: aiohttp.ClientResponse, most: int) -> bytes:
    """All of it, unless that is more than `most` bytes, whatever its headers say."""
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > most:
            raise AttachmentUnavailable("too_large")
        pieces.append(piece)
    return b"".join(pieces)
