"""Files are known by their bytes; images leave their metadata behind."""

import zlib
from typing import Literal

import pytest

from careline.attachments.kinds import media_type_of
from careline.attachments.metadata import without_metadata

WHERE = b"51 N 0 W"


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2) + content


def chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + name + content + zlib.crc32(name + content).to_bytes(4)


def riff(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


SCAN = segment(0xDA, b"\x01") + b"pic\xff\x00\xff\xd0ture" + segment(0xC4, b"\xff\xd9") + segment(0xDA, b"") + b"more"
SCAN += b"\xff\xd9"
JFIF, TABLE, PROFILE = segment(0xE0, b"JFIF\0"), segment(0xDB, b"table"), segment(0xE2, b"ICC_PROFILE")
JPEG_LEAN = b"\xff\xd8" + JFIF + TABLE + PROFILE + SCAN
JPEG = (
    b"\xff\xd8" + JFIF + segment(0xE1, b"Exif\0\0" + WHERE) + TABLE + segment(0xFE, WHERE) + PROFILE
    + segment(0xED, WHERE) + segment(0xE2, b"MPF\0" + WHERE) + SCAN + b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + WHERE)
)  # fmt: skip
HEADER, DATA, END = chunk(b"IHDR", b"size"), chunk(b"IDAT", b"picture"), chunk(b"IEND", b"")
PNG_LEAN = b"\x89PNG\r\n\x1a\n" + HEADER + DATA + END
PNG = b"\x89PNG\r\n\x1a\n" + HEADER + chunk(b"eXIf", WHERE) + DATA + chunk(b"tEXt", WHERE) + END + WHERE
WEBP_LEAN = riff(b"RIFF", b"WEBP" + riff(b"VP8X", b"\x10size") + riff(b"VP8L", b"odd"))
WEBP = riff(
    b"RIFF", b"WEBP" + riff(b"VP8X", b"\x1csize") + riff(b"VP8L", b"odd") + riff(b"EXIF", WHERE) + riff(b"XMP ", WHERE)
)
GIF_START = b"GIF89a" + b"\1\0\1\0\x80\0\0" + b"blackw"
GIF_FRAME = b"\x21\xf9\x04\0\0\0\0\0" + b"\x2c" + bytes(8) + b"\0" + b"\x02\x02da" + b"\0"
AGAIN = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
GIF_LEAN = GIF_START + AGAIN + GIF_FRAME + b";"
GIF = GIF_START + AGAIN + b"\x21\xfe\x08" + WHERE + b"\0" + b"\x21\xff\x0bXMP DataXMP\x08" + WHERE + b"\0" + GIF_FRAME
GIF += b";" + WHERE
IMAGES = {
    "image/jpeg": (JPEG, JPEG_LEAN),
    "image/png": (PNG, PNG_LEAN),
    "image/webp": (WEBP, WEBP_LEAN),
    "image/gif": (GIF, GIF_LEAN),
}


@pytest.mark.parametrize("media_type", IMAGES)
def test_an_image_says_no_more_where_it_was_taken(media_type: str) -> None:
    image, lean = IMAGES[media_type]
    assert media_type_of("image", image) == media_type
    assert WHERE in image
    assert without_metadata(media_type, image) == lean
    assert without_metadata(media_type, lean) == lean


@pytest.mark.parametrize(
    ("media_type", "image", "lean"),
    [
        ("image/png", PNG_LEAN.replace(DATA, chunk(b"caBX", WHERE) + DATA + chunk(b"myOw", WHERE)), PNG_LEAN),
        ("image/webp", riff(b"RIFF", WEBP_LEAN[8:] + riff(b"C2PA", WHERE)), WEBP_LEAN),
    ],
)
def test_only_parts_that_are_known_to_make_the_picture_are_left(media_type: str, image: bytes, lean: bytes) -> None:
    """As in `caBX`, where Content Credentials (C2PA) say with what a picture was taken, when and by whom."""
    assert without_metadata(media_type, image) == lean


def exif(order: Literal["little", "big"], turned: int, entries: int = 2) -> bytes:
    """EXIF with a maker, and how the picture is turned."""

    def number(value: int, size: int) -> bytes:
        return value.to_bytes(size, order)

    maker = number(0x010F, 2) + number(2, 2) + number(8, 4) + number(38, 4)
    orientation = number(0x0112, 2) + number(3, 2) + number(1, 4) + number(turned, 2) + b"\0\0"
    start = (b"II" if order == "little" else b"MM") + number(42, 2) + number(8, 4)
    return b"Exif\0\0" + start + number(entries, 2) + maker + orientation + number(0, 4) + WHERE


@pytest.mark.parametrize("order", ["little", "big"])
def test_a_photograph_stays_the_right_way_up(order: Literal["little", "big"]) -> None:
    image = b"\xff\xd8" + segment(0xE1, exif(order, 6)) + TABLE + SCAN
    turned = b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"
    only = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + turned + b"\0\0\0\0"
    lean = without_metadata("image/jpeg", image)
    assert lean == b"\xff\xd8" + segment(0xE1, only) + TABLE + SCAN
    assert without_metadata("image/jpeg", lean) == lean


@pytest.mark.parametrize(
    "content", [exif("big", 1), exif("big", 9), exif("little", 6)[:30], exif("big", 5, 1), b"Exif\0\0MM\0*", b"http:"]
)
def test_exif_that_does_not_turn_it_is_dropped_whole(content: bytes) -> None:
    image = b"\xff\xd8" + segment(0xE1, content) + TABLE + SCAN
    assert without_metadata("image/jpeg", image) == b"\xff\xd8" + TABLE + SCAN


@pytest.mark.parametrize("media_type", IMAGES)
def test_a_file_that_ends_early_or_is_garbled_is_refused_or_read_and_never_hangs(media_type: str) -> None:
    image, lean = IMAGES[media_type]
    for length in range(12, len(image)):  # what it is has been seen already
        for broken in (image[:length], image[:length] + b"\xff" * 8 + image[length:]):
            try:
                assert len(without_metadata(media_type, broken)) <= len(broken) + 8
            except ValueError:
                continue
    with pytest.raises(ValueError, match=r".+"):
        without_metadata(media_type, lean[: len(lean) // 2])


@pytest.mark.parametrize(
    ("kind", "data", "media_type"),
    [
        ("audio", b"OggS\0\x02", "audio/ogg"),
        ("audio", b"ID3\x04", "audio/mpeg"),
        ("audio", b"\xff\xfb\x90\x64", "audio/mpeg"),
        ("audio", b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        ("audio", b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        ("audio", b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "audio/webm"),
        ("audio", b"fLaC\0", "audio/flac"),
        ("audio", b"\x1aE\xdf\xa3matroska", None),
        ("audio", b"\0\0\0\x20ftypheic", None),
        ("audio", b"\xff\xd8\xff\xe0", None),
        ("audio", b"\xff\xff\xff\xff", None),
        ("audio", b"", None),
        ("image", b"RIFF\0\0\0\0WAVEfmt ", None),
        ("image", b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        ("image", b"%PDF-1.7", None),
        ("image", b"", None),
    ],
)
def test_files_are_known_by_their_bytes(kind: Literal["image", "audio"], data: bytes, media_type: str | None) -> None:
    assert media_type_of(kind, data) == media_type


MANY = 1_000_000


@pytest.mark.parametrize(
    ("media_type", "image"),
    [
        ("image/jpeg", b"\xff\xd8" + segment(0xDB, b"") * MANY + b"\xff\xd9"),
        ("image/png", PNG_LEAN[:8] + chunk(b"IDAT", b"") * MANY + END),
        ("image/webp", riff(b"RIFF", b"WEBP" + riff(b"VP8L", b"") * MANY)),
        ("image/gif", GIF_START + b"\x21\xf9\0" * MANY + b";"),
    ],
)
def test_a_picture_of_endless_parts_is_not_walked_to_its_end(media_type: str, image: bytes) -> None:
    """Each would take a second of the processor that everybody's messages need."""
    with pytest.raises(ValueError, match=r"no end|too many parts"):
        without_metadata(media_type, image)
