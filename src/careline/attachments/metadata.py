"""Images without what says where, when and with what they were taken: EXIF, XMP, comments. The picture is untouched,
and a photograph stays the right way up.

Each function walks the parts of its format and keeps those that the picture needs. Raises ValueError for a file that
is not made as its format wants it: such a file is not passed on.
"""

import re
from collections.abc import Iterator
from typing import Literal

_JPEG_KEPT = {0xE0: b"JFIF", 0xE2: b"ICC_PROFILE", 0xEE: b"Adobe"}
_JPEG_AFTER_A_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FILL = re.compile(rb"\xff*")
_MOST_PARTS = 20_000
"""Of a picture: no camera makes so many, and to walk millions of them takes a processor for long."""
_ORIENTATION = 0x0112
_PNG_KEPT = frozenset(
    (
        *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"),
        *(b"bKGD", b"cHRM", b"cICP", b"cLLI", b"gAMA", b"hIST", b"iCCP", b"mDCV", b"pHYs", b"sBIT", b"sRGB"),
    )
)
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_WEBP_SAYS_METADATA = 0x0C


def without_metadata(media_type: str, data: bytes) -> bytes:
    """The image of this media type without its metadata. Raises ValueError for a broken or another file."""
    match media_type:
        case "image/jpeg":
            return _jpeg(data)
        case "image/png":
            return _png(data)
        case "image/webp":
            return _webp(data)
        case "image/gif":
            return _gif(data)
    raise ValueError("not an image that is known")


def _jpeg(data: bytes) -> bytes:
    """The segments and scans of the picture. What follows its end is dropped: other pictures, with places of theirs."""
    kept = [data[:2]]
    at = 2
    for _ in range(_MOST_PARTS):
        fill = _FILL.match(data, at)
        at = max(at, fill.end() - 1) if fill is not None else at
        marker = data[at + 1] if data[at : at + 1] == b"\xff" and at + 1 < len(data) else 0
        if marker == 0xD9:
            return b"".join([*kept, b"\xff\xd9"])
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == 0 or end > len(data) or end < at + 4:
            raise ValueError("not a segment")
        if marker == 0xDA:
            next_marker = _JPEG_AFTER_A_SCAN.search(data, end)
            if next_marker is None:
                raise ValueError("no end")
            end = next_marker.start()
        content = data[at + 4 : end]
        if _is_of_the_jpeg_picture(marker, content):
            kept.append(data[at:end])
        elif marker == 0xE1 and (turned := _orientation(content)):
            kept.append(_only_orientation(turned))
        at = end
    raise ValueError("too many parts")


def _is_of_the_jpeg_picture(marker: int, content: bytes) -> bool:
    if 0xE0 <= marker <= 0xEF or marker == 0xFE:
        return marker in _JPEG_KEPT and content.startswith(_JPEG_KEPT[marker])
    return True


def _orientation(content: bytes) -> int:
    """How the picture is turned (2 to 8), by its EXIF; 0 where that says nothing of it."""
    if not content.startswith((b"Exif\0\0II*\0", b"Exif\0\0MM\0*")):
        return 0
    order: Literal["little", "big"] = "little" if content[6:8] == b"II" else "big"
    tiff = content[6:]
    first = int.from_bytes(tiff[4:8], order)
    for entry in range(int.from_bytes(tiff[first : first + 2], order)):
        field = tiff[first + 2 + 12 * entry : first + 14 + 12 * entry]
        if len(field) < 12:
            return 0
        if int.from_bytes(field[:2], order) == _ORIENTATION:
            turned = int.from_bytes(field[8:10], order)
            return turned if 2 <= turned <= 8 else 0
    return 0


def _only_orientation(turned: int) -> bytes:
    """A segment of EXIF that says nothing else."""
    entry = _ORIENTATION.to_bytes(2) + b"\0\x03\0\0\0\x01" + turned.to_bytes(2) + b"\0\0"
    content = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + b"\0\0\0\0"
    return b"\xff\xe1" + (len(content) + 2).to_bytes(2) + content


def _png(data: bytes) -> bytes:
    kept = [data[:8]]
    at = 8
    for _ in range(_MOST_PARTS):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        name = data[at + 4 : at + 8]
        if end > len(data):
            raise ValueError("a chunk beyond the end")
        if name in _PNG_KEPT:
            kept.append(data[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end
    raise ValueError("no end")


def _webp(data: bytes) -> bytes:
    chunks = []
    for name, content in _riff_chunks(data):
        if name not in _WEBP_KEPT:
            continue
        if name == b"VP8X" and content:
            content = bytes([content[0] & ~_WEBP_SAYS_METADATA]) + content[1:]
        chunks.append(name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2))
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    for _ in range(_MOST_PARTS):
        if at >= len(data):
            return
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + size > len(data):
            raise ValueError("a chunk beyond the end")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    raise ValueError("too many parts")


def _gif(data: bytes) -> bytes:
    """The screen, and all blocks but comments, texts and what applications added, except how often it repeats."""
    at = 13 + _colours(data, 10)
    kept = [data[:at]]
    for _ in range(_MOST_PARTS):
        start = at
        match data[at] if at < len(data) else 0:
            case 0x3B:
                return b"".join([*kept, b";"])
            case 0x2C:
                at = _blocks_end(data, at + 10 + _colours(data, at + 9) + 1)
                kept.append(data[start:at])
            case 0x21:
                at = _blocks_end(data, at + 2)
                shows = data[start + 1] == 0xF9 or data[start + 3 : start + 14] == b"NETSCAPE2.0"
                kept.append(data[start:at] if shows else b"")
            case _:
                raise ValueError("not a block")
    raise ValueError("no end")


def _colours(data: bytes, at: int) -> int:
    """How long the table of colours is that the flags at this place tell of."""
    if at >= len(data):
        raise ValueError("too short")
    return 3 << ((data[at] & 0x07) + 1) if data[at] & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    """The place after a row of sub-blocks, which an empty one ends."""
    while at < len(data):
        size = data[at]
        at += size + 1
        if size == 0:
            return at
    raise ValueError("no end")
