"""The decoder of server-sent events."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.models.sse import LONGEST, EventTooLarge, SseDecoder

TEXTS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)
NOISE = st.sampled_from([b"", b": comment", b"event: message", b"id: 7", b"retry: 10", b":", b"nothing"])
NEWLINES = st.sampled_from([b"\n", b"\r\n", b"\r"])


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A stream, each of its lines ended in any way, and the data of its events."""
    lines, expected = [], []
    for text in draw(st.lists(TEXTS, max_size=6)):
        data = text.encode()
        expected.append(data)
        lines += [draw(NOISE), b"data: " + data, b""]
    joined = b""
    for line in lines:
        newline = draw(NEWLINES)
        # A line that is empty and ends with LF would be one CRLF with a CR before it.
        joined += line + (b"\r\n" if joined.endswith(b"\r") and not line and newline == b"\n" else newline)
    return joined, expected


@given(streams(), st.lists(st.integers(0, 400), max_size=12))
def test_it_gives_the_same_however_the_bytes_are_cut(stream: tuple[bytes, list[bytes]], cuts: list[int]) -> None:
    data, expected = stream
    whole = SseDecoder()
    assert whole.feed(data) + whole.end() == expected
    pieces = SseDecoder()
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    got = [payload for start, end in itertools.pairwise(edges) for payload in pieces.feed(data[start:end])]
    assert got + pieces.end() == expected


@given(streams())
def test_it_gives_the_same_byte_by_byte(stream: tuple[bytes, list[bytes]]) -> None:
    data, expected = stream
    decoder = SseDecoder()
    got = [payload for byte in data for payload in decoder.feed(bytes([byte]))]
    assert got + decoder.end() == expected


@given(st.lists(st.binary(max_size=30), max_size=10))
def test_no_bytes_are_too_strange(chunks: list[bytes]) -> None:
    pieces, whole = SseDecoder(), SseDecoder()
    got = [payload for chunk in chunks for payload in pieces.feed(chunk)] + pieces.end()
    assert got == whole.feed(b"".join(chunks)) + whole.end()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a\n\n", [b" a"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data\n\n", [b""]),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        (b"database: a\n\n", []),
        (b": data: a\n\n", []),
        (b"\n\n\n", []),
    ],
)
def test_fields(data: bytes, expected: list[bytes]) -> None:
    assert SseDecoder().feed(data) == expected


def test_an_event_is_given_out_as_soon_as_it_is_complete() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: a\r\n\r") == [b"a"]
    assert decoder.feed(b"\ndata: b\r\n") == []
    assert decoder.end() == [b"b"]


@pytest.mark.parametrize("chunk", [b"x" * 1000, b"data: " + b"x" * 1000 + b"\n"])
def test_an_event_without_an_end_is_not_kept_for_ever(chunk: bytes) -> None:
    decoder = SseDecoder()
    for _ in range(LONGEST // len(chunk) - 10):
        assert decoder.feed(chunk) == []
    with pytest.raises(EventTooLarge):
        decoder.feed(chunk * 100)
