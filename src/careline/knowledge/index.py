"""The articles in memory: shipped ones and the operator's own, which replace a shipped one of the same id and language.

Built once, from files, in a few milliseconds; afterwards everything is pure.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import msgspec
import yaml

from careline.knowledge.article import SHIPPED, Article, Loader, Unreadable, read_article
from careline.knowledge.chunk import passages
from careline.knowledge.rank import Ranking, Synonyms, Words, words_of
from careline.ports import KnowledgeSection, Passage

TITLE, ALSO, TOPIC = 2.0, 2.0, 1.0
NAMES, BODY, SECTION = 2.0, 1.0, 0.25
TOPIC_BOOST, LATER_TOPIC = 18.0, 0.25
OF_ONE_ARTICLE = 2
ENOUGH = 0.25
FALLBACK = "en"


def own_articles(data_dir: Path) -> Path:
    """The folder of the operator's own articles."""
    return data_dir / "knowledge"


def read_articles(*folders: Path) -> list[Article]:
    """The readable articles of the folders; a later folder's wins over an earlier one's. Others are left out:
    `careline knowledge check` says why."""
    found: dict[tuple[str, str], Article] = {}
    for file in (file for folder in folders for file in sorted(folder.glob("*.md"))):
        try:
            article = read_article(file.read_text(encoding="utf-8"))
        except (Unreadable, OSError, UnicodeDecodeError):
            continue
        found[article.head.id, article.head.language] = article
    return list(found.values())


def load_index(own: Path | None = None) -> "Index":
    """The index of the shipped articles and those in the folder `own`."""
    groups = yaml.load((SHIPPED.parent / "synonyms.yaml").read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506
    return Index(read_articles(SHIPPED, *([own] if own is not None else [])), Synonyms(groups))


class Index:
    """The articles of every language. Where a language has nothing, English answers."""

    def __init__(self, articles: Iterable[Article], synonyms: Synonyms) -> None:
        self._shelves: dict[str, list[Article]] = {}
        for article in articles:
            self._shelves.setdefault(article.head.language, []).append(article)
        self._indexes = {
            language: Shelf(shelf, synonyms if language == FALLBACK else Synonyms({}), words_of(language))
            for language, shelf in self._shelves.items()
        }

    def shelves(self, language: str) -> "list[Shelf]":
        """Where to look: the articles of the language, then those of the one that has most."""
        return [self._indexes[one] for one in dict.fromkeys((language, FALLBACK)) if one in self._indexes]

    @cached_property
    def _by_source(self) -> dict[str, str]:
        said: dict[str, list[str]] = {}
        for passage in (one for shelf in self._indexes.values() for found in shelf.passages for one in found):
            for source in passage.sources:
                cited = [one.text for one in passage.sentences if source.id in one.sources]
                said.setdefault(source.url, []).extend(cited)
        return {url: " ".join(dict.fromkeys(sentences)) for url, sentences in said.items()}

    def said_from(self, url: str) -> str:
        """Every sentence of the articles that cites this page; empty for another page."""
        return self._by_source.get(url, "")


class Shelf:
    """The articles of one language."""

    def __init__(self, articles: Sequence[Article], synonyms: Synonyms, take_words: Words) -> None:
        self.articles = articles
        self._synonyms = synonyms
        self._words = take_words

    @cached_property
    def passages(self) -> list[list[Passage]]:
        """The passages of each article."""
        return [passages(article) for article in self.articles]

    @cached_property
    def _rankings(self) -> tuple[tuple[Ranking, float], ...]:
        """Of whole articles, by what they are called and by what they say, with the weight of each."""
        names = Ranking([_names(article) for article in self.articles], self._synonyms, self._words)
        bodies = Ranking([[(_body(article), 1.0)] for article in self.articles], self._synonyms, self._words)
        return (names, NAMES), (bodies, BODY)

    @cached_property
    def _within(self) -> tuple[list[tuple[int, Passage]], Ranking]:
        """Every passage with the number of its article, and their ranking."""
        every = [(n, passage) for n, found in enumerate(self.passages) for passage in found]
        return every, Ranking([[(_text(passage), 1.0)] for _, passage in every], self._synonyms, self._words)

    def search(self, query: str, topics: Sequence[str], limit: int) -> list[Passage]:
        """See `careline.ports.Retriever.search`.

        A word that was only taken for another one counts in an article that is about one of the topics, or is called
        by a word that is sure: it carries no passage by itself.
        """
        whole, borne_out = self._whole(query, topics)
        best = max(whole.values(), default=0.0)
        every, ranking = self._within
        parts = ranking.scores(query)
        scored = [
            (whole[article] + parts.of(n, borne_out=article in borne_out) * SECTION, n)
            for n, (article, _) in enumerate(every)
            if whole.get(article, 0.0) > best * ENOUGH
        ]
        return _spread(sorted(scored, key=lambda one: (-one[0], one[1])), every, limit)

    def _whole(self, query: str, topics: Sequence[str]) -> tuple[dict[int, float], set[int]]:
        """The scores of whole articles, and those in which what was guessed is borne out by something else."""
        scores: dict[int, float] = {}
        for n, article in enumerate(self.articles):
            about = [article.head.topics.index(topic) for topic in topics if topic in article.head.topics]
            if about:
                scores[n] = TOPIC_BOOST / (1 + LATER_TOPIC * min(about))
        found = [(ranking.scores(query), weight) for ranking, weight in self._rankings]
        borne_out = {*scores, *found[0][0].sure}
        for ranked, weight in found:
            for n in {*ranked.sure, *ranked.guessed}:
                if score := ranked.of(n, borne_out=n in borne_out):
                    scores[n] = scores.get(n, 0.0) + score * weight
        return scores, borne_out

    def by_topic(self, finding_id: str, section: KnowledgeSection | None) -> list[Passage]:
        """See `careline.ports.Retriever.by_topic`."""
        about = sorted(
            (article.head.topics.index(finding_id), article.head.id != finding_id, n)
            for n, article in enumerate(self.articles)
            if finding_id in article.head.topics
        )
        return [p for *_, n in about for p in self.passages[n] if section is None or p.section == section]


def _names(article: Article) -> list[tuple[str, float]]:
    topics = " ".join(article.head.topics).replace("_", " ")
    return [(article.head.title, TITLE), (" . ".join(article.head.also), ALSO), (topics, TOPIC)]


def _body(article: Article) -> str:
    return " ".join(line.text for line in article.body if not line.text.startswith("#"))


def _text(passage: Passage) -> str:
    return " ".join(sentence.text for sentence in passage.sentences)


def _spread(scored: list[tuple[float, int]], every: list[tuple[int, Passage]], limit: int) -> list[Passage]:
    """The best passages, at most OF_ONE_ARTICLE of an article."""
    taken: dict[int, int] = {}
    found: list[Passage] = []
    for score, n in scored:
        article, passage = every[n]
        if len(found) < limit and taken.get(article, 0) < OF_ONE_ARTICLE:
            taken[article] = taken.get(article, 0) + 1
            found.append(msgspec.structs.replace(passage, score=round(score, 4)))
    return found
