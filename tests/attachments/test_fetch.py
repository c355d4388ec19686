"""Files are fetched from where they may be, as far as they may be, and nobody learns their address."""

import asyncio
import logging
import shutil
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest
from aiohttp import web

from careline.attachments.fetch import Limits, WebAttachments
from careline.domain.conversation import Attachment
from careline.domain.errors import AttachmentTrouble, AttachmentUnavailable
from careline.ports import AttachmentReader, File
from tests.attachments.web import OGG, PNG, Handler, going_to, serving, streaming


class Names:
    """A resolver with the given addresses; what it was asked for is kept."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.addresses


async def refused(reader: AttachmentReader, url: str, kind: Literal["image", "audio"] = "image") -> AttachmentTrouble:
    with pytest.raises(AttachmentUnavailable) as error:
        await reader.read(Attachment(kind, url))
    assert error.value.__cause__ is None
    assert "secret" not in f"{error.value} {error.value!r}"
    return error.value.reason


def test_a_file_is_what_its_bytes_are() -> None:
    async def main() -> None:
        async with serving({"/a.txt": PNG, "/b": OGG, "/c.png": b"<html>"}) as files:
            reader = WebAttachments([files.host])
            assert await reader.read(Attachment("image", files.url("/a.txt"))) == File("image/png", PNG)
            assert await reader.read(Attachment("audio", files.url("/b"))) == File("audio/ogg", OGG)
            assert await refused(reader, files.url("/b")) == "kind"
            assert await refused(reader, files.url("/c.png")) == "kind"

    asyncio.run(main())


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::a9fe:a9fe]/"),
        *("https://169.254.169.254/latest/meta-data/", "https://10.0.0.1/", "https://2130706433/", "https://0/"),
        *("https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/", "https://127.0.0.1./", "https://①②⑦.⓪.⓪.①/"),
        *("https://8.8.8.8:22/", "https://8.8.8.8:8443/", "http://8.8.8.8/", "http://8.8.8.8:443/"),
        *("https://user:secret@8.8.8.8/", "https://user@8.8.8.8/", "https://[fe80::1%25eth0]/", "ftp://8.8.8.8/"),
        *("file:///etc/passwd", "data:image/png;base64,AAAA", "https:///etc", "//8.8.8.8/", "", "https://[::1/"),
        *("https://127.0.0.1:443@10.0.0.1/", "https://8.8.8.8:99999/", "https://" + "a" * 300 + ".example:99/"),
    ],
)
def test_hostile_addresses_are_refused_before_anything_is_asked(url: str) -> None:
    names = Names("8.8.8.8")
    assert asyncio.run(refused(WebAttachments(resolve=names), url)) == "address"
    assert names.asked == []


def test_an_own_host_without_a_port_is_asked_at_the_usual_ports_alone() -> None:
    """A stranger must not reach the other services of that machine."""

    async def main() -> None:
        async with serving({"/": PNG}) as files:
            reader = WebAttachments(["127.0.0.1"])
            assert await refused(reader, files.url("/")) == "address"
            assert files.asked == []
            assert await refused(reader, "https://127.0.0.1:22/") == "address"

    asyncio.run(main())
    nowhere = Names()
    reader = WebAttachments(["files.internal"], resolve=nowhere)
    for url in ("http://files.internal/", "https://files.internal/", "http://files.internal:6379/"):
        assert asyncio.run(refused(reader, url)) == "address"
    assert nowhere.asked == [("files.internal", 80), ("files.internal", 443)]


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("2606:4700::1111", "::1"), ("169.254.169.254",), ("fd00::1",), ()],
)
def test_a_name_is_refused_when_any_of_its_addresses_is_not_public(addresses: tuple[str, ...]) -> None:
    names = Names(*addresses)
    assert asyncio.run(refused(WebAttachments(resolve=names), "https://files.example/secret")) == "address"
    assert names.asked == [("files.example", 443)]


def test_the_connection_goes_to_what_was_checked() -> None:
    """A name that says something else the second time it is asked is asked once only."""

    async def main() -> None:
        async with serving({"/": PNG}) as files:
            port = files.host.partition(":")[2]
            names = Names("127.0.0.1")
            checked: list[str] = []

            def public(address: str) -> bool:
                checked.append(address)
                names.addresses = ("192.0.2.1",)
                return True

            reader = WebAttachments([f"files.example:{port}"], resolve=names, public=public)
            url = files.url("/", host=f"files.example:{port}")
            assert (await reader.read(Attachment("image", url))).media_type == "image/png"
            assert len(names.asked) == 1
            assert files.asked[0].headers["Host"] == f"files.example:{port}"

    asyncio.run(main())


def test_each_hop_is_checked_and_takes_nothing_along() -> None:
    async def main() -> None:
        paths: dict[str, Handler | bytes] = {
            "/1": going_to("/2"),
            "/2": going_to("/3", 307),
            "/3": going_to("/file", 301),
            "/file": PNG,
        }
        inside = {"/meta": going_to("http://169.254.169.254/"), "/own": going_to("https://localhost/")}
        other = {"/loop": going_to("/loop"), "/ftp": going_to("ftp://8.8.8.8/"), "/bad": going_to("http://[/")}
        async with serving({**paths, **inside, **other}) as files:
            reader = WebAttachments([files.host])
            assert (await reader.read(Attachment("image", files.url("/1")))).data == PNG
            assert [one.path for one in files.asked] == ["/1", "/2", "/3", "/file"]
            assert not any({"Cookie", "Authorization", "Referer"} & set(one.headers) for one in files.asked)
            for path in ("/meta", "/own", "/ftp", "/bad"):
                assert await refused(reader, files.url(path)) == "address"
            assert await refused(reader, files.url("/loop")) == "redirects"

    asyncio.run(main())


def test_too_much_is_noticed_whatever_the_headers_say() -> None:
    async def main() -> None:
        async with serving({"/told": PNG + bytes(100), "/untold": streaming(PNG, *[bytes(64)] * 100)}) as files:
            reader = WebAttachments([files.host], Limits(image_bytes=100))
            assert await refused(reader, files.url("/told")) == "too_large"
            assert await refused(reader, files.url("/untold")) == "too_large"

    asyncio.run(main())


def test_a_server_that_says_nothing_is_waited_for_only_so_long() -> None:
    async def main() -> None:
        never = asyncio.Event()

        async def silent(request: web.BaseRequest) -> web.StreamResponse:
            await never.wait()
            return web.Response()

        async def stopping(request: web.BaseRequest) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            await response.write(PNG)
            await never.wait()
            return response

        async with serving({"/silent": silent, "/stopping": stopping}) as files:
            reader = WebAttachments([files.host], Limits(seconds=0.2))
            assert await refused(reader, files.url("/silent")) == "timeout"
            assert await refused(reader, files.url("/stopping")) == "timeout"
            never.set()

    asyncio.run(main())


def test_what_is_no_file() -> None:
    async def main() -> None:
        async def missing(request: web.BaseRequest) -> web.StreamResponse:
            return web.Response(status=404, body=PNG)

        async def cut(request: web.BaseRequest) -> web.StreamResponse:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()

        async with serving({"/missing": missing, "/cut": cut}) as files:
            reader = WebAttachments([files.host])
            assert await refused(reader, files.url("/missing")) == "status"
            assert await refused(reader, files.url("/cut")) == "unreachable"
            gone = files.url("/")
        assert await refused(reader, gone) == "unreachable"

    asyncio.run(main())


def test_addresses_are_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with serving({"/secret": PNG, "/no": going_to("https://10.0.0.1/secret")}) as files:
            reader = WebAttachments([files.host])
            await reader.read(Attachment("image", files.url("/secret?token=secret")))
            await refused(reader, files.url("/no?token=secret"))

    with caplog.at_level(logging.DEBUG, logger="careline"), caplog.at_level(logging.DEBUG, logger="aiohttp.client"):
        asyncio.run(main())
    assert "secret" not in "".join(record.getMessage() for record in caplog.records if "access" not in record.name)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command to make a certificate")
def test_the_certificate_has_to_be_the_hosts(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    names = ["-subj", "/CN=files.example", "-addext", "subjectAltName=DNS:files.example"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *names]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)

    async def main() -> None:
        async with serving({"/": PNG}, server) as files:
            port = files.host.partition(":")[2]
            own = [f"files.example:{port}", f"other.example:{port}"]
            trusting = ssl.create_default_context(cafile=str(certificate))
            reader = WebAttachments(own, resolve=Names("127.0.0.1"), tls=trusting)
            url = files.url("/", "https", own[0])
            assert (await reader.read(Attachment("image", url))).data == PNG
            assert await refused(reader, files.url("/", "https", own[1])) == "unreachable"
            assert await refused(WebAttachments(own, resolve=Names("127.0.0.1")), url) == "unreachable"

    asyncio.run(main())
