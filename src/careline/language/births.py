"""Dates of birth: they look like any other date and are never one that somebody wants to come on."""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from careline.language.lexemes import lexemes, time_words
from careline.language.lexicon import Language, listed
from careline.language.phrases import Phrases
from careline.language.text import Token

_MOST = 400
_DATE = "(?:C|[OxDn]M;?[yD]?|M[OxDn];?y?|My|[Dn][Dn]y|y)"
_AFTER = re.compile(rf"[;@ij]{{0,2}}?\.?[;@ij]{{0,2}}?{_DATE}")
_BEFORE = re.compile(rf"{_DATE}[.;]{{0,2}}\Z")
_LETTERS_BEFORE = 8


class _BirthWords(NamedTuple):
    """What goes before a date of birth, and what follows it."""

    before: Phrases[bool]
    after: Phrases[bool]


@cache
def birth_words(language: Language) -> _BirthWords:
    data = language.data["time"]["birth"]
    return _BirthWords(*(Phrases((e, True) for e in listed(data[key])) for key in ("before", "after")))


def find_births(tokens: Sequence[Token], language: Language) -> frozenset[int]:
    """The numbers of the tokens that say when somebody was born, with the words that announce it."""
    words, tokens = birth_words(language), tokens[:_MOST]
    announced, added = words.before.find(tokens), words.after.find(tokens)
    if not announced and not added:
        return frozenset()
    parts = lexemes(tokens, time_words(language))
    letters = "".join(part.letter for part in parts)
    spans: list[tuple[int, int]] = []
    for hit in announced:
        at = next((n for n, part in enumerate(parts) if part.first >= hit.last), len(parts))
        if match := _AFTER.match(letters, at):
            spans.append((hit.first, parts[match.end() - 1].last))
    for hit in added:
        at = next((n for n, part in enumerate(parts) if part.last > hit.first), len(parts))
        if match := _BEFORE.search(letters[:at], max(0, at - _LETTERS_BEFORE)):
            spans.append((parts[match.start()].first, hit.last))
    return frozenset(number for first, last in spans for number in range(first, last))


def without_births(tokens: list[Token], births: frozenset[int]) -> list[Token]:
    """The tokens with a pause where a date of birth was."""
    return [t._replace(kind="sign", key=",", stem=",") if at in births else t for at, t in enumerate(tokens)]
