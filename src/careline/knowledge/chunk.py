"""An article cut into passages: one for each of its sections, as sentences with the sources they cite. Pure."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from careline.knowledge.article import HEADINGS, Article, Line
from careline.ports import CitedSentence, KnowledgeSection, KnowledgeSource, Passage

_SENTENCE = re.compile(r"(?P<text>.+?(?:[.!?](?=\s|$)|$|(?=\s*\[s\d)))(?P<marks>(?:\s*\[s\d+(?:,\s*s\d+)*\])*)\s*")
_MARK = re.compile(r"s\d+")
_ITEM = re.compile(r"[-*] +")


class Placed(msgspec.Struct, frozen=True):
    """A sentence and the line it begins on."""

    line: int
    sentence: CitedSentence


def sections(article: Article) -> Iterator[tuple[Line, list[Placed]]]:
    """Each heading line with the sentences under it, in order. Text before the first heading is under line 0."""
    heading, block = Line(0, ""), list[Line]()
    for line in article.body:
        if line.text.startswith("#"):
            if heading.number or any(one.text for one in block):
                yield heading, list(_sentences(block))
            heading, block = line, []
        else:
            block.append(line)
    yield heading, list(_sentences(block))


def section_of(heading: str) -> KnowledgeSection | None:
    """The section a heading line opens, None when it is none of the five."""
    return HEADINGS.get(heading.removeprefix("## ").rstrip()) if heading.startswith("## ") else None


def passages(article: Article) -> list[Passage]:
    """The passages of an article; what is under no known heading is left out."""
    head = article.head
    return [
        Passage(
            article=head.id,
            title=head.title,
            section=section,
            language=head.language,
            sentences=tuple(one.sentence for one in placed),
            sources=_cited(article, placed),
            reviewed_on=head.reviewed_on,
        )
        for heading, placed in sections(article)
        if placed and (section := section_of(heading.text)) is not None
    ]


def _cited(article: Article, placed: list[Placed]) -> tuple[KnowledgeSource, ...]:
    used = {source for one in placed for source in one.sentence.sources}
    return tuple(source for source in article.head.sources if source.id in used)


def _sentences(lines: Iterable[Line]) -> Iterator[Placed]:
    for number, item, text in _blocks(lines):
        for match in _SENTENCE.finditer(text):
            said = match["text"].strip()
            if said:
                yield Placed(number, CitedSentence(said, tuple(_MARK.findall(match["marks"])), item))


def _blocks(lines: Iterable[Line]) -> Iterator[tuple[int, bool, str]]:
    """Paragraphs and list items, each joined to one line, with its first line's number."""
    number, item, parts = 0, False, list[str]()
    for line in lines:
        mark = _ITEM.match(line.text)
        if (mark or not line.text) and parts:
            yield number, item, " ".join(parts)
            parts = []
        if line.text:
            if not parts:
                number, item = line.number, mark is not None
            parts.append(line.text[mark.end() :] if mark else line.text)
    if parts:
        yield number, item, " ".join(parts)
