"""A stream of text as words and what stands between them, the same however the text is cut into pieces."""

import re
from functools import lru_cache
from typing import NamedTuple

from careline.safety.text import fold

_APART = r"\s,;!?…\"“”«»()\[\]{}<>|*•—–"
TOKEN = re.compile(rf"[^{_APART}]{{1,200}}(?:(?<=\d),(?=\d)[^{_APART}]{{1,200}}){{0,4}}")
_DOSE = re.compile(r"([+\d½][\d.,/½-]*?)-?([^\W\d_]+)")
_EDGES = ".:'’‘`-_/#~=&"
_NUMBER = re.compile(r"[+\d½][\d.,/½-]*")
_PART = re.compile(r"[^.:'’‘`\-_/#~=&][^.]*")
_PLAIN = re.compile(r"(?:[^\W\d_]|[.'’:/-])*")
NUMBER = "#"
_KEPT = 8_192  # most words of a language are met again soon


def unfinished(text: str, end: int) -> bool:
    """Whether the token that ends there may go on with what comes next."""
    return end == len(text) or (end == len(text) - 1 and text[end] == "," and text[end - 1].isdigit())


class Whole(NamedTuple):
    """What there is to know of a token by itself: signs before its first word, its folded words with their places."""

    edge: int
    keys: tuple[tuple[int, str], ...]
    letters: bool
    ends_sentence: bool
    ends_clause: bool


class Begun(NamedTuple):
    """Of a token that is still coming in: its last word and the place of that, and how much looks ordinary."""

    place: int
    key: str
    plain: int


@lru_cache(maxsize=_KEPT)
def whole(token: str) -> Whole:
    return Whole(edge(token), keys_of(token), token.isalpha(), ends_sentence(token), token.endswith(":"))


@lru_cache(maxsize=_KEPT)
def begun(partial: str) -> Begun:
    place, key = _begun(partial)
    return Begun(place, key, plain_length(partial))


def keys_of(token: str) -> tuple[tuple[int, str], ...]:
    """The folded words of a token with their places in it: mostly one, two of `500mg`, none of a lone dash."""
    lead = edge(token)
    bare = token.strip(_EDGES)
    if bare.isalpha():
        return ((lead, fold(bare)),)
    if match := _DOSE.fullmatch(bare):
        return ((lead, match[1]), (lead, fold(match[2])))
    if "." in bare and is_dotted(bare):
        return tuple((match.start(), fold(match.group().strip(_EDGES))) for match in _PART.finditer(token))
    return ((lead, fold(bare)),) if bare else ()


def edge(token: str) -> int:
    """How many signs stand before the first word of a token."""
    return len(token) - len(token.lstrip(_EDGES))


def is_dotted(bare: str) -> bool:
    """Whether dots in a token are those of sentences set without a space (`mg.Then`), not of an address or a number."""
    return not any(c.isdigit() or c in "@/" for c in bare)


def _begun(partial: str) -> tuple[int, str]:
    if "." in partial and is_dotted(partial):
        *_, last = [(m.start(), m.group()) for m in _PART.finditer(partial)] or [(0, "")]
        return last[0], fold(last[1].rstrip(_EDGES))
    return edge(partial), fold(partial.strip(_EDGES))


def ends_sentence(token: str) -> bool:
    return token.endswith(".") or token.rstrip("'’:-_`").endswith(".")


def plain_length(token: str) -> int:
    """How much of a token, from its beginning, looks like an ordinary word."""
    match = _PLAIN.match(token)
    return match.end() if match else 0


def is_number(key: str) -> bool:
    return _NUMBER.fullmatch(key) is not None


@lru_cache(maxsize=4_096)
def values(key: str) -> tuple[str, ...]:
    """The amounts a number token names, in one spelling: `4-6` is 4 and 6, `1,5` is 1.5, `1,000` is 1000."""
    return tuple(_value(part) for part in re.split(r"[-/]", key.replace("½", "0.5")) if part)


def _value(part: str) -> str:
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", part):
        part = part.replace(",", "").replace(".", "")
    try:
        return f"{float(part.replace(',', '.')):g}"
    except ValueError:
        return part
