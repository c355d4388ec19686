"""The knowledge base."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, Protocol

import msgspec

KnowledgeSection = Literal["causes", "self_care", "clinician", "sooner", "emergency"]


class KnowledgeSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A public source. `id` ("s1") is unique within its article."""

    id: str
    title: str
    url: str
    publisher: str


class CitedSentence(msgspec.Struct, frozen=True):
    """One sentence with the ids of the sources behind it. An `item` of a list completes its section's heading."""

    text: str
    sources: tuple[str, ...]
    item: bool = False


class Passage(msgspec.Struct, frozen=True):
    """A section of an article. `sources` are those its sentences cite; `score` grows with relevance, 0 unsearched."""

    article: str
    title: str
    section: KnowledgeSection
    language: str
    sentences: tuple[CitedSentence, ...]
    sources: tuple[KnowledgeSource, ...]
    reviewed_on: date
    score: float = 0.0


class Retriever(Protocol):
    """The health articles. Where a language has none, the English ones answer: look at `Passage.language`."""

    async def search(
        self, query: str, topics: Sequence[str] = (), language: str = "en", limit: int = 5
    ) -> list[Passage]:
        """The passages that answer a lay question, best first, at most two of an article; [] when nothing fits.

        `topics` are finding ids already known of the talk; they raise the articles about them.
        """
        ...

    async def by_topic(
        self, finding_id: str, section: KnowledgeSection | None = None, language: str = "en"
    ) -> list[Passage]:
        """The passages about a finding, the article closest to it first, in the articles' order of sections."""
        ...
