"""A text as tokens, each with a folded key: lower case, no diacritics, so that every way of typing a word is one key.

Folding loses the difference between Turkish dotted and dotless i on purpose: people leave it out, and lower-casing
gets it wrong in one language or the other.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0e00-\u0eff"
)
_APOSTROPHES = "'’‘`´ʼ"
_LETTER = rf"(?:[^\W\d_]|[{_MARKS}])"
_TOKEN = re.compile(
    rf"(?P<word>{_LETTER}+(?:[{_APOSTROPHES}]{_LETTER}+)*)|(?P<number>\d+)|(?P<sign>[^\w\s\ufe0e\ufe0f\u200d]|_)"
)
_IGNORED_SIGNS = frozenset(chr(c) for c in range(0x1F3FB, 0x1F400))
_DRAWN = re.compile(r"(.)\1{2,}")
_AT_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]")


class _Fold(dict[int, str]):
    """str.translate table, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        decomposed = unicodedata.normalize("NFKD", chr(code))
        folded = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
        folded = "".join(c for c in folded if not unicodedata.combining(c)).replace("ı", "i")
        if len(self) < 20_000:
            self[code] = folded
        return folded


_FOLD = _Fold({ord(c): "" for c in _APOSTROPHES} | {ord("ø"): "o", ord("Ø"): "o", ord("ł"): "l", ord("Ł"): "l"})


class Token(NamedTuple):
    """`kind` is word, number or sign; `key` the folded text; `stem` the key of what precedes an apostrophe."""

    kind: str
    text: str
    key: str
    stem: str
    start: int
    end: int


def fold(text: str) -> str:
    """The key of a text: lower case, without diacritics and apostrophes. Its length may differ."""
    return text.translate(_FOLD)


@lru_cache(maxsize=8192)
def _keys(word: str) -> tuple[str, str]:
    key = word.translate(_FOLD)
    at = _AT_APOSTROPHE.search(word)
    return key, word[: at.start()].translate(_FOLD) if at else key


def tokens(text: str) -> list[Token]:
    """The words, digit runs and single signs of a text, in order; spaces and emoji modifiers are left out."""
    return list(_tokens(text))


@lru_cache(maxsize=32)  # what is done with one message asks for its tokens again and again
def _tokens(text: str) -> tuple[Token, ...]:
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, raw = match.lastgroup or "", match.group()
        if kind == "word":
            key, stem = _keys(raw) if len(raw) < 64 else (raw.translate(_FOLD), raw.translate(_FOLD))
        elif raw in _IGNORED_SIGNS:
            continue
        else:
            key = stem = raw
        found.append(Token(kind, raw, key, stem, match.start(), match.end()))
    return tuple(found)


def undrawn(key: str) -> str:
    """A key without drawn-out letters: "yesss" is "yes". A single letter held down ("kkkk") says nothing shorter."""
    shorter = _DRAWN.sub(r"\1", key)
    return shorter if len(shorter) > 1 else key


def keys(text: str) -> tuple[str, ...]:
    """The folded tokens of a phrase."""
    return tuple(token.key for token in tokens(text))
