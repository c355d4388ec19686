"""What the operator's commands do with articles: check files, add one, search."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from careline.domain.errors import Invalid
from careline.knowledge.article import SHIPPED
from careline.knowledge.check import check_article
from careline.knowledge.index import own_articles
from careline.knowledge.retrieve import ArticleRetriever
from careline.ports import Passage


def article_folders(data_dir: Path) -> list[Path]:
    """The folder of the shipped articles and, where there is one, that of one's own."""
    return [folder for folder in (SHIPPED, own_articles(data_dir)) if folder.is_dir()]


def article_files(path: Path) -> list[Path]:
    """The article itself, or those of a folder."""
    return sorted(path.glob("*.md")) if path.is_dir() else [path]


def knowledge_problems(file: Path) -> list[str]:
    """What is wrong with the article, each as `file:line: message`."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return [f"{file}:1: The file is not UTF-8 text."]
    today = datetime.now(UTC).date()
    return [f"{file}:{problem.line}: {problem.message}" for problem in check_article(text, file.name, today)]


def add_article(data_dir: Path, file: Path, *, replace: bool) -> Path:
    """Copies a checked article to one's own; where it is now. Raises Invalid when one is there already."""
    target = own_articles(data_dir) / file.name
    if target.exists() and not replace:
        raise Invalid(f"{target} is there already; --replace replaces it.")
    if target.resolve() == file.resolve():
        raise Invalid(f"{target} is this very file.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return target


def search_knowledge(data_dir: Path, query: str, language: str, limit: int) -> list[Passage]:
    """See `careline.ports.Retriever.search`."""
    retriever = ArticleRetriever(own_articles(data_dir))
    return asyncio.run(retriever.search(query, language=language, limit=limit))


def passage_as_json(passage: Passage) -> str:
    return msgspec.json.encode(passage).decode()


def passage_as_text(passage: Passage) -> str:
    """The passage for a terminal: a heading line, its sentences with their marks, and the sources."""
    lines = [f"{passage.title} ({passage.article}, {passage.section}, score {passage.score})"]
    lines += [
        f"  {'- ' if one.item else ''}{one.text} {''.join(f'[{s}]' for s in one.sources)}" for one in passage.sentences
    ]
    lines += [f"  [{one.id}] {one.publisher}: {one.title}, {one.url}" for one in passage.sources]
    return "\n".join([*lines, ""])
