"""The pattern language of the lexicon, compiled.

Items are words, phrases (`so_bad`), `@concept`, or alternatives of these (`@pain|sting`); a trailing `*` on a word is
any ending. `~n` between two items allows n other words (light words such as "my" and "very" are free); `<n>` is the
same in either order.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from careline.safety.text import fold

LIGHT_MOST = 4
"""Light words that may stand between two items besides the words a gap allows."""

_BETWEEN = re.compile(r"[\s/-]+")
_EITHER = re.compile(r"\s<(\d+)>\s")


class PatternError(ValueError):
    """A pattern in the data files cannot be read."""


class Item(NamedTuple):
    """One place of a pattern: any of these concepts or words fills it. `gap` is how many words may come before."""

    names: tuple[str, ...]
    gap: int


def read_pattern(text: str) -> Iterator[tuple[Item, ...]]:
    """The item sequences a pattern stands for: two for every `<n>`."""
    parts = _EITHER.split(text, maxsplit=1)
    if len(parts) == 3:
        first, gap, second = parts
        yield from read_pattern(f"{first} ~{gap} {second}")
        yield from read_pattern(f"{second} ~{gap} {first}")
        return
    items: list[Item] = []
    gap = 0
    for piece in text.split():
        if piece.startswith("~"):
            gap = int(piece[1:])
        else:
            items.append(Item(_names(piece), gap if items else 0))
            gap = 0
    if not items:
        raise PatternError(f"no item in pattern {text!r}")
    yield tuple(items)


@cache
def _names(piece: str) -> tuple[str, ...]:
    return tuple(_name(one, piece) for one in piece.split("|"))


def _name(one: str, piece: str) -> str:
    name = one if one.startswith("@") else f"@{one}" if "_" in one else word_name(one)
    if len(name) < 2 and not name.isalnum():
        raise PatternError(f"empty alternative in {piece!r}")
    return name


def word_name(word: str) -> str:
    """A literal word as the matcher knows it."""
    return fold(word.rstrip("*")) + ("*" if word.endswith("*") else "")


def phrase_words(phrase: str) -> tuple[str, ...]:
    """A concept's word or phrase as the matcher knows it. Punctuation has no place in it."""
    return tuple(word_name(word) for word in _BETWEEN.split(phrase.strip()))
