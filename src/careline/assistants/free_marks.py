"""Citations in a streamed text: the model's `[3]` is the third passage it was given, the person's the third source."""

import re
from collections.abc import Iterator, Sequence

from careline.domain.events import Citation, Token
from careline.ports import Passage

MOST_SOURCES = 2
"""Sources shown for one passage."""
_MARK = re.compile(r"[ \t]?\[(\d{1,2}(?:\s?,\s?\d{1,2}){0,5})\]")
_OPEN = re.compile(r"[ \t]?(?:\[[\d, ]{0,24})?$")


class Marks:
    """Reads pieces of one reply. A source is cited when it is first named, just before its mark.

    Marks of passages that were not given are left out.
    """

    def __init__(self, passages: Sequence[Passage] = (), cited: Sequence[Citation] = ()) -> None:
        self.passages = list(passages)
        self.cited = list(cited)
        self.used: list[Passage] = []
        self._held = ""

    def offer(self, passages: Sequence[Passage]) -> int:
        """More passages that may be cited; the number of the first of them."""
        self.passages += passages
        return len(self.passages) - len(passages) + 1

    def feed(self, piece: str) -> Iterator[Token | Citation]:
        if not self._held and "[" not in piece and piece[-1:] not in (" ", "\t"):
            yield Token(piece)
            return
        text = self._held + piece
        unfinished = _OPEN.search(text)
        end = unfinished.start() if unfinished is not None else len(text)
        self._held = text[end:]
        yield from self._read(text[:end])

    def close(self) -> Iterator[Token | Citation]:
        """What was held back, where the text ends."""
        text, self._held = self._held, ""
        yield from self._read(text)

    def _read(self, text: str) -> Iterator[Token | Citation]:
        start = 0
        for match in _MARK.finditer(text):
            if match.start() > start:
                yield Token(text[start : match.start()])
            start = match.end()
            shown: list[int] = []
            for number in dict.fromkeys(int(part) for part in match[1].split(",")):
                yield from self._cite(number, shown)
            if shown:
                yield Token(" " + "".join(f"[{place}]" for place in dict.fromkeys(shown)))
        if text[start:]:
            yield Token(text[start:])

    def _cite(self, number: int, shown: list[int]) -> Iterator[Citation]:
        """New citations for a passage; the places of all its sources go to `shown`."""
        if not 1 <= number <= len(self.passages):
            return
        passage = self.passages[number - 1]
        if passage not in self.used:
            self.used.append(passage)
        for source in passage.sources[:MOST_SOURCES]:
            place = next((n for n, one in enumerate(self.cited, 1) if one.url == source.url), None)
            if place is None:
                citation = Citation(source.publisher, source.title, source.url)
                self.cited.append(citation)
                place = len(self.cited)
                yield citation
            shown.append(place)
