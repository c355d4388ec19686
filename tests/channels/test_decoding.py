"""What a body may hold, and which field is named when it may not."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.channels.errors import FieldInvalid, MalformedBody
from careline.channels.website_messages import ChatRequest, chat_decoder, incoming
from careline.channels.wire import decode
from careline.domain.conversation import Attachment, Hints, Incoming


def accepted(body: bytes | str, header_id: str | None = None, max_content: int = 4_000) -> Incoming:
    raw = body.encode() if isinstance(body, str) else body
    return incoming(decode(raw, chat_decoder), "chat_x", header_id, max_content)


def refused_field(body: str, header_id: str | None = None) -> str:
    with pytest.raises(FieldInvalid) as caught:
        accepted(body, header_id)
    return caught.value.field


MALFORMED = [
    b"",
    b"{",
    b"hello",
    b'{"content": "a"} x',
    b'{"content": "\xff"}',
    b'{"content": "a", "other": "\xff"}',
    b'{"content": 5, bad',
    b'{"content": "\\ud800"}',
    b'{"content": "a", "x": ' + b"[" * 30_000,
    b'{"content": "a", "x": NaN}',
    b'\xef\xbb\xbf{"content": "a"}',
    "{'content': 'a'}".encode("utf-16"),
]


@pytest.mark.parametrize("body", MALFORMED)
def test_what_is_not_json_in_utf8_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        accepted(body)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{}", "content"),
        ("[]", "body"),
        ("null", "body"),
        ('{"content": 5}', "content"),
        ('{"content": null}', "content"),
        ('{"content": ""}', "content"),
        ('{"content": " \\n\\t\\u00a0"}', "content"),
        ('{"content": "a\\u0000b"}', "content"),
        ('{"content": "%s"}' % ("x" * 4_001), "content"),
        ('{"content": "a", "media_urls": "https://a.example/x.jpg"}', "media_urls"),
        ('{"content": "a", "media_urls": null}', "media_urls"),
        ('{"content": "a", "media_urls": ["https://a.example/1", 5]}', "media_urls[1]"),
        ('{"content": "a", "media_urls": [' + ",".join(['"https://a.example/"'] * 11) + "]}", "media_urls"),
        ('{"content": "a", "audio_urls": ["https://a.example/%s"]}' % ("x" * 2_048), "audio_urls[0]"),
        ('{"content": "a", "client_message_id": ""}', "client_message_id"),
        ('{"content": "a", "client_message_id": "%s"}' % ("x" * 129), "client_message_id"),
        ('{"content": "a", "client_message_id": "a\\u0000"}', "client_message_id"),
        ('{"content": "a", "client_message_id": 7}', "client_message_id"),
        ('{"content": "a", "locale": "not a tag"}', "locale"),
        ('{"content": "a", "time_zone": "Mars/Olympus"}', "time_zone"),
        ('{"content": "a", "time_zone": "../../etc/passwd"}', "time_zone"),
        ('{"content": "a", "time_zone": "America"}', "time_zone"),
    ],
)
def test_an_invalid_field_is_named(body: str, field: str) -> None:
    assert refused_field(body) == field


BAD_URLS = [
    "ftp://a.example/x",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "//a.example/x",
    "a.example/x.jpg",
    "https://",
    "https:///x.jpg",
    "https://user@a.example/x",
    "https://user:word@a.example/x",
    "https://@a.example/x",
    "https://a.example:99999/x",
    "https://a.example:x/",
    "https://a.example/a b",
    "https://a.example/a\\nb",
    "https://[::1/x",
    "",
]


BODY_WITH_URL = '{"content": "a", "media_urls": ["https://a.example/ok.jpg", "URL"]}'


@pytest.mark.parametrize("url", BAD_URLS)
def test_an_address_that_is_not_plain_http_with_a_host_is_refused(url: str) -> None:
    assert refused_field(BODY_WITH_URL.replace("URL", url)) == "media_urls[1]"


def test_a_field_error_says_what_is_wrong_without_repeating_it() -> None:
    with pytest.raises(FieldInvalid, match=r"^content: This field is required\.$"):
        accepted("{}")
    with pytest.raises(FieldInvalid) as caught:
        accepted('{"content": "a", "media_urls": ["https://ayse:word@a.example/x"]}')
    assert "ayse" not in str(caught.value)


def test_everything_of_a_full_request_arrives() -> None:
    body = """{"content": "  Merhaba 👋 ", "media_urls": ["https://a.example/face.jpg"],
        "audio_urls": ["HTTP://a.example:8080/v.mp3?x=1"], "client_message_id": "m-1", "locale": "tr_TR",
        "time_zone": "Europe/Istanbul", "unknown": {"ignored": [1, 2.5, null]}}"""
    assert accepted(body, header_id="other") == Incoming(
        channel="website",
        address="chat_x",
        text="Merhaba 👋",
        attachments=(
            Attachment("image", "https://a.example/face.jpg"),
            Attachment("audio", "HTTP://a.example:8080/v.mp3?x=1"),
        ),
        external_id="m-1",
        hints=Hints("tr-TR", "Europe/Istanbul"),
    )


def test_the_longest_content_is_counted_in_characters_after_trimming() -> None:
    assert accepted('{"content": " %s "}' % ("ş" * 4_000)).text == "ş" * 4_000


def test_a_message_may_be_an_attachment_alone() -> None:
    assert accepted('{"content": "", "audio_urls": ["https://a.example/v.mp3"]}').text == ""


def test_a_browser_that_does_not_know_its_zone_is_not_refused() -> None:
    assert accepted('{"content": "a", "time_zone": "Etc/Unknown", "locale": ""}').hints == Hints()


@pytest.mark.parametrize(("header", "expected"), [("abc", "abc"), ('"abc"', "abc"), (" a b ", "a b")])
def test_the_idempotency_key_counts_as_message_id(header: str, expected: str) -> None:
    assert accepted('{"content": "a"}', header).external_id == expected


@pytest.mark.parametrize("header", ["", '""', "x" * 129])
def test_an_unusable_idempotency_key_is_refused(header: str) -> None:
    assert refused_field('{"content": "a"}', header) == "Idempotency-Key"


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_clear_refusal(body: bytes) -> None:
    with suppress(MalformedBody, FieldInvalid):
        assert isinstance(decode(body, chat_decoder), ChatRequest)
