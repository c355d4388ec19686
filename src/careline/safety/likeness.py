"""What a message is like: a linear model over its words and findings, learnt from labelled messages (`learning/`).

Patterns know the wordings somebody thought of. This second reading knows what else such messages look like, and so
hears an emergency in words no pattern has, and doubts a pattern in a message that otherwise reads calm.
"""

import math
import re
import sys
from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from operator import mul

import msgspec

from careline.safety.findings import Likeness, Scan, Vitals
from careline.safety.lexicon import DATA
from careline.safety.text import Words

FILE = DATA / "likeness.msgpack"
SCALE, KIND_SCALE = 256.0, 16.0
"""Weights are stored as whole numbers of 1/256, those that name the kind of 1/16."""
ENGINE_WEIGHT = 0.5
"""How much a finding counts beside the words, whose vector has length 1."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_GROUP = 4
_NEAR = 3
_FEWEST_WORDS, _MOST_WORDS = 3, 400
_SHORT = 45
_WINDOW_SHARE = 0.97
_LEVELS = ("none", "consultation", "consultation_24", "self_care")
_BANDS: dict[str, tuple[float, ...]] = {
    "temperature": (35.5, 37.6, 38.0, 39.0, 40.0),
    "oxygen": (90.0, 93.0, 95.0),
    "systolic": (90.0, 101.0, 140.0, 160.0, 180.0),
    "diastolic": (60.0, 90.0, 110.0, 120.0),
    "heart_rate": (45.0, 60.0, 100.0, 120.0, 140.0),
    "breathing_rate": (10.0, 21.0, 25.0, 30.0),
    "glucose": (3.0, 4.0, 11.1, 15.0, 25.0),
    "pain": (4.0, 7.0, 9.0),
}
_ALARM, _CRISIS, _AMBULANCE = 0, 1, 2
_CALM = range(3, 3 + len(_LEVELS))
_WORTH_EXPLAINING = 0.5
_Weighed = tuple[list[int], list[float]]
"""Rows of known features, and how much each of them counts."""
_AGES = (0.25, 1.0, 5.0, 16.0, 50.0, 65.0, 80.0)


class LikenessFile(msgspec.Struct, frozen=True):
    """The learnt weights. `words` are features of the text, each with its rarity; `engine` those of the scan.

    A head is a column of weights over words and then engine features: `heads` (alarm, crisis, ambulance, the calm
    levels) as little-endian 16-bit whole numbers of 1/256, `kind_heads` as 8-bit ones of 1/16. `bias` has a number for
    each head.
    """

    words: list[str]
    rarity: bytes
    engine: list[str]
    heads: list[bytes]
    kind_heads: list[bytes]
    bias: list[float]
    kinds: list[str]
    learnt_from: str


def word_features(words: Words, first: int = 0, last: int | None = None) -> set[str]:
    """The features of a stretch of words: each word, its letter groups, and its pairs with the next three."""
    keys = [_plain(key) for key in words.keys[first:last]]
    found = set(keys)
    for key in keys:
        if len(key) >= _GROUP:
            edged = f"<{key}>"
            found.update("·" + edged[at : at + _GROUP] for at in range(len(edged) - _GROUP + 1))
            found.add("·" + edged[: _GROUP + 1])
    found.update(f"{a}_{b}" for a, b in pairwise(keys))
    for gap in range(2, _NEAR + 1):
        found.update(f"{a}~{b}" for a, b in zip(keys, keys[gap:], strict=False))
    return found


def _plain(key: str) -> str:
    return "0" if _NUMBER.fullmatch(key) else key


def engine_features(heard: Scan) -> set[str]:
    """The features of a scan: findings with their context, vital signs and ages by band, facts."""
    found: set[str] = set()
    for finding in heard.findings:
        state = "H" if finding.happening else "O" if finding.status == "present" else "D"
        found.add(f"F:{finding.id}:{state}")
        found.add(f"S:{state}")
    if heard.vitals != Vitals():
        for name, limits in _BANDS.items():
            value = getattr(heard.vitals, name)
            if value is not None:
                found.add(f"V:{name}:{sum(value >= limit for limit in limits)}")
    if heard.facts.age is not None:
        found.add(f"G:{sum(heard.facts.age >= limit for limit in _AGES)}")
    found.update(f"P:{state}" for state in heard.facts.states)
    return found


class Reader:
    """Judges messages by the learnt weights. Pure and linear in the length of a message."""

    def __init__(self, file: LikenessFile) -> None:
        self.kinds = tuple(file.kinds)
        self.learnt_from = file.learnt_from
        self._words = {word: number for number, word in enumerate(file.words)}
        self._engine = {name: number for number, name in enumerate(file.engine, len(file.words))}
        self._rarity = _numbers("h", file.rarity)
        self._heads = [_numbers("h", column) for column in file.heads]
        self._scales = [SCALE] * len(file.heads) + [KIND_SCALE] * len(file.kinds)
        self._heads += [_numbers("b", column) for column in file.kind_heads]
        self._bias = file.bias
        self._names = file.words

    def judge(self, text: str, heard: Scan) -> Likeness | None:
        """The message as a whole; of a long one also each sentence with the next, for one red flag among much else.

        None for a word or two: they are like too many things.
        """
        words = Words(text)
        if len(words) < _FEWEST_WORDS:
            return None
        engine = [self._engine[name] for name in engine_features(heard) if name in self._engine]
        whole = self._weighed(words, 0, min(len(words), _MOST_WORDS))
        alarm, crisis = (_probability(self._score(head, whole, engine)) for head in (_ALARM, _CRISIS))
        if len(words) > _SHORT:
            for first, last in _windows(words):
                part = self._weighed(words, first, last)
                alarm = max(alarm, _WINDOW_SHARE * _probability(self._score(_ALARM, part, engine)))
                crisis = max(crisis, _WINDOW_SHARE * _probability(self._score(_CRISIS, part, engine)))
        levels = dict(zip(_LEVELS, _shares([self._score(head, whole, engine) for head in _CALM]), strict=True))
        known = sum(_plain(key) in self._words for key in words.keys) / len(words)
        if alarm < _WORTH_EXPLAINING:
            return Likeness(alarm, crisis, levels, len(words), known)
        ambulance = _probability(self._score(_AMBULANCE, whole, engine))
        kinds, because = self._kinds(whole, engine), self._because(whole)
        return Likeness(alarm, crisis, levels, len(words), known, kinds, because, ambulance)

    def _kinds(self, weighed: _Weighed, engine: Sequence[int]) -> tuple[str, str]:
        scores = {kind: self._score(head, weighed, engine) for head, kind in enumerate(self.kinds, start=_CALM.stop)}
        first, second = sorted(scores, key=scores.__getitem__, reverse=True)[:2]
        return first, second

    def _weighed(self, words: Words, first: int, last: int) -> _Weighed:
        known = self._words
        rows = [known[name] for name in word_features(words, first, last) if name in known]
        rarity = [self._rarity[row] for row in rows]
        length = math.sqrt(sum(value * value for value in rarity)) or 1.0
        return rows, [value / length for value in rarity]

    def _score(self, head: int, weighed: _Weighed, engine: Sequence[int]) -> float:
        column = self._heads[head]
        rows, values = weighed
        spoken: float = sum(map(mul, map(column.__getitem__, rows), values))
        found = ENGINE_WEIGHT * sum(map(column.__getitem__, engine))
        return self._bias[head] + (spoken + found) / self._scales[head]

    def _because(self, weighed: _Weighed) -> tuple[str, ...]:
        column = self._heads[0]
        spoken = ((column[row] * value, self._names[row]) for row, value in zip(*weighed, strict=True))
        best = sorted(((share, name) for share, name in spoken if "·" not in name and "~" not in name), reverse=True)
        return tuple(name.replace("_", " ") for share, name in best[:5] if share > 0)


def _numbers(code: str, stored: bytes) -> "array[int]":
    numbers = array(code, stored)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _windows(words: Words) -> Iterable[tuple[int, int]]:
    bounds = words.bounds[:40]
    for (first, last), (_, after) in zip(bounds, [*bounds[1:], bounds[-1]], strict=True):
        yield first, min(last, first + _MOST_WORDS)
        if after > last:
            yield first, min(after, first + _MOST_WORDS)


def _probability(score: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))


def _shares(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    return [power / sum(powers) for power in powers]


@cache
def load_reader() -> Reader:
    """The shipped weights. Reads a file: for start-up."""
    return Reader(msgspec.msgpack.decode(FILE.read_bytes(), type=LikenessFile))
