"""Dates and times in a message."""

from collections.abc import Sequence
from typing import NamedTuple

from careline.language.lexicon import Language
from careline.language.said import Reference, TimeMention
from careline.language.text import Token


class TimeFound(NamedTuple):
    mention: TimeMention | None = None
    negated: bool = False
    tokens: frozenset[int] = frozenset()
    words: frozenset[str] = frozenset()


def find_time(
    text: str, tokens: Sequence[Token], language: Language, reference: Reference, zone: str | None, *, bare: bool
) -> TimeFound:
    return TimeFound()
