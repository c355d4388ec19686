"""What a file is, by its first bytes: its name and what its server says of it count for nothing."""

from typing import Literal

_ISO_AUDIO = frozenset({b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"dash"})
_LONGEST_WEBM_HEADER = 64


def media_type_of(kind: Literal["image", "audio"], data: bytes) -> str | None:
    """The media type of a file of this kind that is supported, as in "image/jpeg"; None for any other file."""
    return _image(data) if kind == "image" else _audio(data)


def _image(data: bytes) -> str | None:
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if _riff(data) == b"WEBP" else None


def _audio(data: bytes) -> str | None:
    if data.startswith(b"OggS"):
        return "audio/ogg"
    if _riff(data) == b"WAVE":
        return "audio/wav"
    if data.startswith(b"fLaC"):
        return "audio/flac"
    if data[4:8] == b"ftyp" and data[8:12] in _ISO_AUDIO:
        return "audio/mp4"
    if data.startswith(b"\x1aE\xdf\xa3") and b"webm" in data[:_LONGEST_WEBM_HEADER]:
        return "audio/webm"
    return "audio/mpeg" if data.startswith(b"ID3") or _is_mp3_frame(data) else None


def _riff(data: bytes) -> bytes:
    return data[8:12] if data.startswith(b"RIFF") else b""


def _is_mp3_frame(data: bytes) -> bool:
    """A frame header of MPEG audio: eleven set bits, and no reserved version, layer, bit rate or sampling rate."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    return data[1] & 0x18 != 0x08 and data[1] & 0x06 != 0 and data[2] & 0xF0 != 0xF0 and data[2] & 0x0C != 0x0C
