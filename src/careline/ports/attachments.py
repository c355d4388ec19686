"""Files that people point at."""

from typing import Protocol

import msgspec

from careline.domain.conversation import Attachment


class File(msgspec.Struct, frozen=True):
    """What was fetched. `media_type` ("image/jpeg") is by its content, not by what its server said."""

    media_type: str
    data: bytes

    def __repr__(self) -> str:
        return f"File({self.media_type!r}, {len(self.data)} bytes)"


class AttachmentReader(Protocol):
    """Fetches files that strangers point at, and nothing that is not meant for everybody."""

    async def read(self, attachment: Attachment) -> File:
        """The file, of a kind that is supported, images without their metadata. Raises AttachmentUnavailable."""
        ...
