"""An article as it is written: Markdown under a YAML head. Whether what is read is right says check."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import yaml

from careline.ports import KnowledgeSection, KnowledgeSource

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SHIPPED = Path(__file__).parent / "articles"
HEADINGS: dict[str, KnowledgeSection] = {
    "What it often is": "causes",
    "What you can do yourself": "self_care",
    "What a clinician may do": "clinician",
    "Get help sooner if": "sooner",
    "Get emergency help if": "emergency",
}
_HEAD = re.compile(r"\A---\r?\n(.*?)^---[ \t]*\r?$\n?", re.DOTALL | re.MULTILINE)


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The YAML head. `topics` are finding ids, the closest first; `also` what people call it, for the search."""

    id: str
    title: str
    language: str
    topics: tuple[str, ...]
    sources: tuple[KnowledgeSource, ...]
    reviewed_on: date
    version: int
    also: tuple[str, ...] = ()


class Line(msgspec.Struct, frozen=True):
    """A line of the body with its number in the file, from 1."""

    number: int
    text: str


class Article(msgspec.Struct, frozen=True):
    head: Head
    body: tuple[Line, ...]


class Unreadable(Exception):
    """An article that cannot be read at all: where (a line, from 1) and why."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read_article(text: str) -> Article:
    """The article in a file's text. Raises Unreadable."""
    match = _HEAD.match(text)
    if match is None:
        raise Unreadable(1, "The file begins with a head between two lines of ---.")
    start = text.count("\n", 0, match.end()) + 1
    body = tuple(Line(start + n, line.strip()) for n, line in enumerate(text[match.end() :].splitlines()))
    return Article(_head(match.group(1)), body)


def line_of(text: str, pattern: str) -> int:
    """The first line that matches, 1 when none does."""
    match = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, match.start()) + 1 if match else 1


def _head(text: str) -> Head:
    try:
        data = yaml.load(text, Loader=Loader)  # noqa: S506 - a safe loader
        return msgspec.convert(data, Head)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Unreadable(mark.line + 2 if mark else 1, "The head is not valid YAML.") from None
    except (ValueError, TypeError) as error:  # msgspec.ValidationError is a ValueError
        field = re.search(r"\$\.(\w+)|field `(\w+)`", str(error))
        name = (field.group(1) or field.group(2)) if field else "id"
        raise Unreadable(line_of("---\n" + text, rf"^{name}:"), f"The head is not right: {error}.") from None
