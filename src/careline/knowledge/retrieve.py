"""The Retriever over the articles in memory. It is built by the first question, so that starting costs nothing."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from careline.knowledge.index import Index, load_index
from careline.ports import KnowledgeSection, Passage


class ArticleRetriever:
    """Answers from the shipped articles and those in the folder `own`. See `careline.ports.Retriever`."""

    def __init__(self, own: Path | None = None) -> None:
        self._own = own

    @cached_property
    def _index(self) -> Index:
        return load_index(self._own)

    async def search(
        self, query: str, topics: Sequence[str] = (), language: str = "en", limit: int = 5
    ) -> list[Passage]:
        shelf = self._index.shelf(language)
        return shelf.search(query, topics, limit) if shelf is not None else []

    async def by_topic(
        self, finding_id: str, section: KnowledgeSection | None = None, language: str = "en"
    ) -> list[Passage]:
        shelf = self._index.shelf(language)
        return shelf.by_topic(finding_id, section) if shelf is not None else []
