"""The Retriever over the articles in memory. It is built by the first question or by `warm`, so that starting costs
nothing."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from careline.domain.events import Citation
from careline.knowledge.index import Index, load_index
from careline.ports import KnowledgeSection, Passage


class ArticleRetriever:
    """Answers from the shipped articles and those in the folder `own`. See `careline.ports.Retriever`."""

    def __init__(self, own: Path | None = None) -> None:
        self._own = own

    def warm(self) -> None:
        """Builds what the first question would wait for, a tenth of a second; safe in a thread."""
        self._index  # noqa: B018 - made at its first use

    @cached_property
    def _index(self) -> Index:
        return load_index(self._own)

    async def search(
        self, query: str, topics: Sequence[str] = (), language: str = "en", limit: int = 5
    ) -> list[Passage]:
        found = (shelf.search(query, topics, limit) for shelf in self._index.shelves(language))
        return next((passages for passages in found if passages), [])

    async def by_topic(
        self, finding_id: str, section: KnowledgeSection | None = None, language: str = "en"
    ) -> list[Passage]:
        found = (shelf.by_topic(finding_id, section) for shelf in self._index.shelves(language))
        return next((passages for passages in found if passages), [])

    def cited(self, citation: Citation) -> str:
        """What the articles say from a cited page: a reply that cites it may say so too."""
        return self._index.said_from(citation.url or "")
