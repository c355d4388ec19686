"""A reply under construction: paragraphs of sentences, each with the sources behind it, numbered as they are used."""

from collections.abc import Iterable, Sequence

from careline.dialogue.triage_pack import Cited, Source
from careline.domain.events import Citation
from careline.ports import CitedSentence, Passage


class Reply:
    """Sentences are added; `text` and `citations` are what comes of them. `[1]` is the first of `citations`."""

    def __init__(self) -> None:
        self._paragraphs: list[str] = []
        self.sources: list[Source] = []

    def __bool__(self) -> bool:
        return bool(self._paragraphs)

    def say(self, *sentences: Cited | str) -> None:
        """A paragraph."""
        shown = " ".join(self._shown(one) for one in sentences if one)
        if shown:
            self._paragraphs.append(shown)

    def bullets(self, heading: str, items: Iterable[Cited]) -> None:
        """A heading with a line for each item. Nothing when there are no items."""
        lines = [f"- {self._shown(one)}" for one in items]
        if lines:
            self._paragraphs.append("\n".join([heading, *lines]))

    def numbered(self, heading: str, items: Sequence[str]) -> None:
        self._paragraphs.append("\n".join([heading, *(f"{n}. {item}" for n, item in enumerate(items, 1))]))

    @property
    def text(self) -> str:
        return "\n\n".join(self._paragraphs)

    @property
    def citations(self) -> list[Citation]:
        return [Citation(source.publisher, source.title, source.url) for source in self.sources]

    def _shown(self, one: Cited | str) -> str:
        if isinstance(one, str):
            return one
        marks = [self._number(source) for source in one.sources]
        return one.text + "".join(
            f" [{mark}]" if n == 0 else f"[{mark}]" for n, mark in enumerate(dict.fromkeys(marks))
        )

    def _number(self, source: Source) -> int:
        """A page has one number, whatever title an article gives it."""
        place = next((n for n, one in enumerate(self.sources) if one.url == source.url), None)
        if place is None:
            self.sources.append(source)
            place = len(self.sources) - 1
        return place + 1


def cited(sentence: CitedSentence, passage: Passage) -> Cited:
    """A sentence of an article with its sources."""
    known = {source.id: source for source in passage.sources}
    found = [known[key] for key in sentence.sources if key in known]
    return Cited(sentence.text, tuple(Source(one.title, one.url, one.publisher) for one in found))
