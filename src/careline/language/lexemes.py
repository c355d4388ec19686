"""The words of dates and times in a message, each as one letter, so that the grammar is a regular expression.

D number in digits, n in words, 1 "a"; H clock time, C date, y year, O ordinal in digits, x in words; W weekday,
M month, R day counted from today, Q week, E weekend and G month counted from this one, P part of the day, S part of
today, T named clock time, K named day (made D and M), U unit; the marks of `_MARKS`; ; a sign and . any other word.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from careline.language.lexicon import Language, listed
from careline.language.phrases import Phrases
from careline.language.text import Token, fold

_MARKS = {
    "next": "N", "this": "Y", "last": "L", "am": "m", "pm": "m", "oclock": "k", "at": "@", "after_pre": "A",
    "after_post": "Z", "before_pre": "B", "before_post": "V", "between_pre": "w", "between_post": "v", "from_pre": "f",
    "join": "j", "to_pre": "t", "half_pre": "h", "half_post": "b", "quarter": "q", "past_pre": "p", "past_post": "g",
    "to_post": "u", "in_pre": "i", "in_post": "s", "within": "I", "ago": "o", "of_month": "a", "not_pre": "!",
    "not_post": "¡", "or": "r", "asks_day": "X", "filler": "_", "one": "1", "none": "",
}  # fmt: skip
_MOST = 400
_AT = (("@", "at"), _HOUR := ("U", "hour"))
_TENS = (20, 30, 40, 50)
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
TIMELY = frozenset("DnHCOWMRQEGPSTx")


class Lexeme(NamedTuple):
    """A word of time: its letter, its value by letter (a number, minutes, a date ...), and its tokens [first, last)."""

    letter: str
    value: Any
    first: int
    last: int
    weak: bool = False


class Clock(NamedTuple):
    """Hours and minutes as written; `exact` when am and pm are settled (15:00, 09:00)."""

    hour: int
    minute: int
    exact: bool


class Day(NamedTuple):
    """Day, month and year in the order written; `year` is None when none was said."""

    first: int
    second: int
    year: int | None


class TimeWords(NamedTuple):
    """A language's compiled words of time. A phrase has one letter for every meaning, the likeliest first."""

    phrases: Phrases[tuple[str, Any]]
    ordinal_suffixes: frozenset[str]
    clock_endings: frozenset[str]
    in_endings: frozenset[str]
    weak: frozenset[str]
    no_before: frozenset[str]
    move: frozenset[str]
    move_beginnings: tuple[str, ...]


@cache
def time_words(language: Language) -> TimeWords:
    data = language.data["time"]
    entries: list[tuple[str, tuple[str, Any]]] = []
    for mark, letter in _MARKS.items():
        if mark in ("none", "not_pre", "not_post"):
            entries += [(word, (letter, mark)) for word in listed(data["marks"][mark])]
    for section, letter in (("weekdays", "W"), ("months", "M")):
        for number, words in enumerate(data[section]):
            entries += [(word, (letter, number + (letter == "M"))) for word in listed(words)]
    sections = {
        "days": "R",
        "weeks": "Q",
        "weekends": "E",
        "month_offsets": "G",
        "units": "U",
        "numbers": "n",
        "ordinals": "x",
    }
    for section, letter in sections.items():
        entries += [(word, (letter, value)) for value, words in data[section].items() for word in listed(words)]
    for section, letter in (("today_parts", "S"), ("parts", "P")):
        entries += [(word, (letter, _span(span))) for span, words in data[section].items() for word in listed(words)]
    for day, words in data["named_days"].items():
        entries += [(word, ("K", (int(day[3:]), int(day[:2])))) for word in listed(words)]
    for clock, words in data["clocks"].items():
        entries += [(word, ("T", Clock(int(clock[:2]), int(clock[3:]), True))) for word in listed(words)]
    for mark, letter in _MARKS.items():
        entries += [(word.strip('"'), (letter, mark)) for word in listed(data["marks"][mark])]
    move = [fold(word) for word in listed(data["move"])]
    return TimeWords(
        phrases=Phrases(entries, language.endings),
        ordinal_suffixes=_folded(data["ordinal_suffixes"]),
        clock_endings=_folded(data["clock_endings"]),
        in_endings=_folded(data["in_endings"]),
        weak=_folded(data["weak"]),
        no_before=_folded(data["no_before_several"]),
        move=frozenset(word for word in move if not word.endswith("*")),
        move_beginnings=tuple(word[:-1] for word in move if word.endswith("*")) or ("\0",),
    )


def lexemes(tokens: Sequence[Token], words: TimeWords) -> list[Lexeme]:
    """All tokens as lexemes, fillers left out; only the first 400 are read."""
    found: list[Lexeme] = []
    at, end = 0, min(len(tokens), _MOST)
    while at < end:
        token = tokens[at]
        made = _number(tokens, at, words) if token.kind == "number" else _word(tokens, at, words)
        found += made
        at = made[-1].last
    return _composed(found)


def _word(tokens: Sequence[Token], at: int, words: TimeWords) -> list[Lexeme]:
    hit = words.phrases.longest(tokens, at)
    if hit is None:
        if tokens[at].key in words.no_before and _several(tokens, at + 1, words):
            return [Lexeme("!", "not_pre", at, at + 1)]
        return [Lexeme("." if tokens[at].kind == "word" else ";", None, at, at + 1)]
    letter, value = hit.value
    if letter == "K":  # Christmas Day is 25 December
        return [Lexeme("D", value[0], at, hit.last), Lexeme("M", value[1], at, hit.last)]
    one = Lexeme(
        letter or ".",
        value,
        at,
        hit.last,
        tokens[at].key in words.weak or (bool(hit.ending) and tokens[at].key[: -len(hit.ending)] in words.weak),
    )
    if letter == "n" and hit.ending:
        if hit.ending in words.clock_endings:
            return [one, Lexeme("k", "ending", at, hit.last)]
    elif letter == "U" and hit.ending in words.in_endings and hit.ending:
        return [one, Lexeme("s", "ending", at, hit.last)]
    return [one]


def _several(tokens: Sequence[Token], at: int, words: TimeWords) -> bool:
    """Whether every such day or part of one is named: "no mornings" denies them, "no, morning" says them."""
    hit = words.phrases.longest(tokens, at)
    return hit is not None and hit.value[0] in ("W", "P", "E") and tokens[hit.last - 1].key.endswith("s")


def _number(tokens: Sequence[Token], at: int, words: TimeWords) -> list[Lexeme]:
    parts, signs = _adjacent(tokens, at)
    last = at + 2 * len(signs) + 1
    if len(parts[0]) > 4:
        return [Lexeme(".", None, at, at + 1)]
    before = fold(tokens[at - 1].text) if at else ""
    found = _literal(parts, signs, words.phrases.get((before,)) in _AT)
    if found is None:
        last = at + 1
        found = ("y" if len(parts[0]) == 4 and 1900 <= int(parts[0]) < 2200 else "D", int(parts[0]))
    one = Lexeme(found[0], found[1], at, last)
    ending, after = _ending(tokens, last)
    if one.letter == "D" and ending in words.ordinal_suffixes:
        return [one._replace(letter="O", last=after)]
    if ending and after > last and (one.letter in "DH") and ending in words.clock_endings:
        return [one, Lexeme("k", "ending", last, after)]
    if ending and tokens[last].key in "'’‘`":
        return [one._replace(last=after)]
    return [one]


def _adjacent(tokens: Sequence[Token], at: int) -> tuple[list[str], str]:
    """Digit runs joined by single signs without spaces: (["3", "12", "2026"], "..")."""
    parts, signs = [tokens[at].text], ""
    while at + 2 < len(tokens) and len(parts) < 4:
        sign, after = tokens[at + 1], tokens[at + 2]
        joined = tokens[at].end == sign.start and sign.end == after.start and after.kind == "number"
        if not joined or sign.key not in ":./-" or len(after.text) > 4:
            break
        parts.append(after.text)
        signs += sign.key
        at += 2
    return parts, signs


def _literal(parts: list[str], signs: str, after_at: bool) -> tuple[str, Any] | None:
    numbers = [int(part) for part in parts]
    if signs == ":" or (signs == "::" and len(parts[2]) == 2):
        fits = len(parts[1]) == 2 and numbers[0] < 24 and numbers[1] < 60 and len(parts[0]) < 3
        settled = parts[0].startswith("0") or numbers[0] > 12
        return ("H", Clock(numbers[0], numbers[1], settled)) if fits else (".", None)
    if len(signs) == 2 and signs[0] == signs[1] and signs[0] in "./-":
        if len(parts[0]) == 4:
            return "C", Day(numbers[2], numbers[1], numbers[0])
        if len(parts[2]) in (2, 4):
            return ("C", Day(numbers[0], numbers[1], numbers[2] + (2000 if len(parts[2]) == 2 else 0)))
    if signs == "." and len(parts[1]) == 2 and len(parts[0]) < 3:
        if numbers[0] < 24 and numbers[1] < 60 and (after_at or numbers[1] > 12 or numbers[1] == 0):
            return "H", Clock(numbers[0], numbers[1], parts[0].startswith("0") or numbers[0] > 12)
        return ("C", Day(numbers[0], numbers[1], None)) if 0 < numbers[1] <= 12 else (".", None)
    if signs == "/" and len(parts[1]) < 3 and len(parts[0]) < 3 and numbers != [24, 7]:
        return "C", Day(numbers[0], numbers[1], None)
    if signs in ("-",):
        return None
    return (".", None) if signs else None


def _ending(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """The letters stuck to a number: "th" of 5th, "da" of 10'da. ("", at) for none."""
    if at >= len(tokens) or tokens[at].start != tokens[at - 1].end:
        return "", at
    if tokens[at].kind == "word":
        return tokens[at].key, at + 1
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if tokens[at].key in "'’‘`" and after and after.start == tokens[at].end and after.kind == "word":
        return after.key, at + 2
    return "", at


def _composed(found: list[Lexeme]) -> list[Lexeme]:
    """Twenty and five are 25; "a" counts before a unit only; fillers go; months like "may" need a date beside them."""
    kept: list[Lexeme] = []
    for at, one in enumerate(found):
        after = found[at + 1].letter if at + 1 < len(found) else ""
        if one.letter == "_" or (one.letter == "1" and after != "U"):
            continue
        tens = kept[-1] if kept and kept[-1].letter == "n" and kept[-1].last == one.first else None
        if tens and one.letter in "nx" and _compose(tens.value, one.value):
            kept[-1] = Lexeme(one.letter, tens.value + one.value, tens.first, one.last)
            continue
        if one.letter in "DnHT" and kept and (kept[-1].letter, kept[-1].value) == _HOUR and not _counted(kept):
            kept[-1] = kept[-1]._replace(letter="@")
        kept.append(one)
    letters = "".join(one.letter for one in kept)
    alone = len(kept) == 1
    return [
        one._replace(letter=".") if one.weak and not alone and not _supported(letters, at) else one
        for at, one in enumerate(kept)
    ]


def _counted(kept: Sequence[Lexeme]) -> bool:
    """Whether the last unit has its number before it ("two hours"), and so does not announce a clock time."""
    return len(kept) > 1 and kept[-2].letter in "Dn1"


def _compose(tens: int, one: int) -> bool:
    return (tens in _TENS or tens == 10) and 0 < one < 10


def _supported(letters: str, at: int) -> bool:
    before, after = letters[at - 1] if at else "", letters[at + 1] if at + 1 < len(letters) else ""
    return (bool(before) and before in "DnOxNYLfiAB") or (bool(after) and after in "DnOxP@HUkyTjt")


def _span(text: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise KeyError(f"time: {text!r} is not HH:MM-HH:MM")
    a, b, c, d = map(int, match.groups())
    return a * 60 + b, c * 60 + d


def _folded(text: str | None) -> frozenset[str]:
    return frozenset(fold(entry) for entry in listed(text))
