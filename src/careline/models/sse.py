"""Server-sent events, incrementally: bytes in, however they are cut, the `data` of whole events out. No I/O."""

LONGEST = 1_048_576
_LF = 10


class EventTooLarge(ValueError):
    """An event has more than `LONGEST` bytes."""


class SseDecoder:
    """One stream. Lines end with LF, CRLF or CR; comments and the fields other than `data` are left out.

    What is given out is bytes, so that a character cut in two by the network is whole again.
    """

    __slots__ = ("_after_cr", "_data", "_first", "_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._data: list[bytes] = []
        self._after_cr = False
        self._first = True

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of the events that are complete now. Raises EventTooLarge."""
        if self._after_cr and chunk:
            self._after_cr = False
            if chunk[0] == _LF:
                chunk = chunk[1:]
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n" not in chunk:
            self._keep(chunk)
            return []
        lines = chunk.split(b"\n")
        if self._pieces:
            lines[0] = b"".join([*self._pieces, lines[0]])
            self._pieces = []
        self._size = 0
        if self._first:
            self._first = False
            lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
        rest = lines.pop()
        payloads = self._events(lines)
        self._keep(rest)
        return payloads

    def end(self) -> list[bytes]:
        """The event that the end of the stream found without its empty line, if any."""
        return self.feed(b"\n\n")

    def _events(self, lines: list[bytes]) -> list[bytes]:
        payloads = []
        data = self._data
        for line in lines:
            if not line:
                if data:
                    payloads.append(data[0] if len(data) == 1 else b"\n".join(data))
                    data.clear()
            elif line.startswith(b"data:"):
                data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif line == b"data":
                data.append(b"")
        return payloads

    def _keep(self, rest: bytes) -> None:
        if rest:
            self._pieces.append(rest)
            self._size += len(rest)
        if self._size + sum(map(len, self._data)) > LONGEST:
            raise EventTooLarge
