"""Checking an article: its head, its headings, and what its sentences may say. Pure; the caller says what day it is."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from careline.dialogue import disclosure
from careline.knowledge.article import HEADINGS, Article, Head, Unreadable, line_of, read_article
from careline.knowledge.chunk import Placed, section_of, sections

DOSE = re.compile(
    r"\b\d+(?:[.,]\d+)?\s?(?:mg|mcg|µg|micrograms?|milligrams?|grams?|g|ml|millilit(?:re|er)s?|iu|units?|"
    r"tablets?|capsules?|puffs?|drops)\b",
    re.IGNORECASE,
)
_DIAGNOSIS = re.compile(
    r"\b(?:you(?: do| definitely| clearly| probably| must| likely)? have|you(?:'|’)ve got|you(?: are|'re|’re) suffering"
    r" from|you suffer from|(?:this|it|that) (?:is|means you have|must be) (?:definitely|certainly|clearly|a case of)|"
    r"(?:this|it|that) means (?:that )?you have|your diagnosis|your (?:condition|illness|disease) is)\b",
    re.IGNORECASE,
)
_IF = re.compile(
    r"\b(?:if|when|whenever|whether|unless|until|while|once|where|because|who|that|which|what|in case|as long as|"
    r"after|before|sure|think|do|should|than)\b",
    re.IGNORECASE,
)
_ID = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
Found = Iterator[tuple[int, str]]


class Problem(msgspec.Struct, frozen=True, order=True):
    """Something wrong in an article; `line` counts from 1."""

    line: int
    message: str


def check_article(text: str, name: str, today: date) -> list[Problem]:
    """Everything wrong with the article in a file called `name`, in order of lines; empty when it can be used."""
    try:
        article = read_article(text)
    except Unreadable as error:
        return [Problem(error.line, str(error))]
    found = [*_head(article.head, text, name, today), *_headings(article), *_texts(article, text)]
    return sorted({Problem(line, message) for line, message in found})


def _head(head: Head, text: str, name: str, today: date) -> Found:
    if not _ID.fullmatch(head.id):
        yield line_of(text, r"^id:"), "The id is lower-case letters, digits and _."
    elif Path(name).name not in (f"{head.id}.md", f"{head.id}.{head.language}.md"):
        yield line_of(text, r"^id:"), f"The file of this id is called {head.id}.md."
    if not re.fullmatch(r"[a-z]{2,3}", head.language):
        yield line_of(text, r"^language:"), "The language is a code such as en or tr."
    if not head.title.strip():
        yield line_of(text, r"^title:"), "The title is empty."
    if not head.topics:
        yield line_of(text, r"^topics:"), "An article is about one topic or more."
    for topic in head.topics:
        if not _ID.fullmatch(topic):
            yield line_of(text, r"^topics:"), f"The topic {topic!r} is no finding id."
    if head.reviewed_on > today:
        yield line_of(text, r"^reviewed_on:"), "The review date is in the future."
    if head.version < 1:
        yield line_of(text, r"^version:"), "Versions count from 1."
    yield from _sources(head, text)


def _sources(head: Head, text: str) -> Found:
    if not head.sources:
        yield line_of(text, r"^sources:"), "An article names its sources."
    for n, source in enumerate(head.sources):
        line = line_of(text, rf"\bid: *[\"']?{re.escape(source.id)}\b")
        if not re.fullmatch(r"s\d+", source.id):
            yield line, f"A source's id is s and a number, not {source.id!r}."
        if any(source.id == other.id for other in head.sources[:n]):
            yield line, f"The source {source.id} is there twice."
        if not _is_https(source.url):
            yield line, f"The address of {source.id} must begin with https:// and name a host."
        if not source.title.strip() or not source.publisher.strip():
            yield line, f"The source {source.id} needs a title and a publisher."


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not re.search(r"\s", url)


def _headings(article: Article) -> Found:
    there = [line for line in article.body if line.text.startswith("#")]
    names = [line.text.removeprefix("## ").rstrip() for line in there]
    last = article.body[-1].number if article.body else 1
    for line in there:
        if section_of(line.text) is None:
            yield line.number, f"There is no such heading; the five are {', '.join(HEADINGS)}."
    for name in HEADINGS:
        if name not in names:
            yield last, f"The heading '## {name}' is missing."
    for n, line in enumerate(there):
        if names[n] in names[:n]:
            yield line.number, f"The heading '{line.text}' is there twice."
    known = [name for name in names if name in HEADINGS]
    if known != sorted(known, key=list(HEADINGS).index):
        yield there[0].number, "The headings are not in their order."


def _texts(article: Article, text: str) -> Found:
    cited: set[str] = set()
    for heading, placed in sections(article):
        if not heading.number:
            for one in placed[:1]:
                yield one.line, "Text stands under one of the headings."
        elif not placed:
            yield heading.number, "There is nothing under this heading."
        conditional = section_of(heading.text) in ("sooner", "emergency")
        for one in placed:
            cited.update(one.sentence.sources)
            yield from _sentence(one, article.head, conditional=conditional)
    for source in article.head.sources:
        if source.id not in cited:
            yield line_of(text, rf"\bid: *[\"']?{re.escape(source.id)}\b"), f"Nothing cites the source {source.id}."


def _sentence(one: Placed, head: Head, *, conditional: bool) -> Found:
    said = one.sentence.text
    if not one.sentence.sources:
        dose = DOSE.search(said)
        yield one.line, f"A dose without a source: {dose.group()!r}." if dose else f"No source is cited: {_short(said)}"
    for source in one.sentence.sources:
        if all(source != known.id for known in head.sources):
            yield one.line, f"The source {source} is not in the head."
    claim = _DIAGNOSIS.search(said)
    if claim and not (_IF.search(said[: claim.start()]) or (conditional and one.sentence.item)):
        yield one.line, f"This reads as the person's diagnosis: {claim.group()!r}."
    if words := disclosure.claims(said):
        yield one.line, f"An assistant may not claim this: {words!r}."


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57].rstrip() + "..."
