"""Ranking by words: BM25 over weighted fields, with light stemming, lay synonyms and a little typo tolerance.

Pure and deterministic: the same texts and query always give the same order.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from rapidfuzz.distance import OSA

from careline.language.text import fold

K1, B = 1.2, 0.5
LONGEST = 64
SURELY_MEANT, MAYBE_MEANT = 7, 5
"""Letters of a misspelt word that is sure to be another's misspelling, and of one that is unless a letter of it was
replaced."""
_WORD = re.compile(r"[^\W_]+")
_STOP = frozenset(
    _WORD.findall(
        """a about after all also am an and any are as at be because been but by can could did do does doing for from
    getting give go going good got had has have having help her here hers him his how i if in into is it its
    just keep keeps know like make may me might more most much my need no not now of on one only or other our
    out over really should since so some something still such take than that the their them then there they
    thing things this to too up us very want was we were what when where which while who why will with would
    you your yours im ive dont wont doesnt isnt whats please hi hello tell best way cause causes lot bit two
    few day days week weeks
        yesterday today tonight hour hours month months year years always every whole long last bad
    """
    )
)
_TURKISH_STEM = 5
_TURKISH_STOP = frozenset(
    _WORD.findall(
        """acaba ama bana bazi ben benim bir biraz bu bunun bende cok da daha de degil diye en evet gecer gelir gibi
    hangi hakkinda hayir hem icin ile ise istiyorum iyi kac ki mi mu musun nasil ne neden nedir nerede nicin niye o olan
    olarak oldu olur peki sen siz su tane var ve veya ya yada yapmaliyim yok yapabilirim zaman"""
    )
)
Words = Callable[[str], list[str]]
_ENDINGS = (("ies", "y"), ("ness", ""), ("ing", ""), ("ed", ""), ("es", ""), ("ly", ""), ("s", ""), ("e", ""))


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """The word without its common English ending: "headaches" and "headache" are one, so are "itchy" and "itching"."""
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: len(word) - len(ending)] + instead
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] in "yei" else word


def words(text: str) -> list[str]:
    """The stems of a text, without the words every text has."""
    return [stem(word) for word in _WORD.findall(fold(text)) if word not in _STOP]


def turkish_words(text: str) -> list[str]:
    """The same for Turkish, where the first five letters of a word make a good stem (Can et al., JASIST 2008)."""
    return [word[:_TURKISH_STEM] for word in _WORD.findall(fold(text)) if word not in _TURKISH_STOP]


def words_of(language: str) -> Words:
    """How the words of a language are taken."""
    return turkish_words if language == "tr" else words


class Synonyms:
    """Lay phrases and the words they mean, from `{word: [phrases]}`. Phrases become the word, before ranking."""

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        meanings: dict[tuple[str, ...], tuple[str, ...]] = {}
        for meaning, phrases in groups.items():
            for text in phrases:
                if stems := tuple(words(text)):
                    meanings.setdefault(stems, tuple(words(meaning)))
        self.vocabulary = frozenset(stem for phrase in meanings for stem in phrase)
        self._beginning: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
        for phrase in sorted(meanings, key=len, reverse=True):
            self._beginning.setdefault(phrase[0], []).append((phrase, meanings[phrase]))

    def replace(self, stems: Sequence[str]) -> list[str]:
        """The stems with every known phrase, the longest first, replaced by what it means."""
        return [word for meaning, _ in self.meanings(stems) for word in meaning]

    def meanings(self, stems: Sequence[str]) -> Iterator[tuple[tuple[str, ...], slice]]:
        """Of every known phrase, the longest first, what it means, and other stems as they are; and where."""
        at = 0
        while at < len(stems):
            for phrase, meaning in self._beginning.get(stems[at], ()):
                if tuple(stems[at : at + len(phrase)]) == phrase:
                    yield meaning, slice(at, at + len(phrase))
                    at += len(phrase)
                    break
            else:
                yield (stems[at],), slice(at, at + 1)
                at += 1


class Scores(NamedTuple):
    """The score of every text, by its number, that shares a word with a query: for words as they were typed or surely
    meant, and for those that were taken for misspelt ones. `only_guessed`: the query has no others."""

    sure: dict[int, float]
    guessed: dict[int, float]
    only_guessed: bool

    def of(self, number: int, *, borne_out: bool) -> float:
        """Of one text. What was guessed counts where something else bears it out, or where there is nothing else."""
        heeded = borne_out or self.only_guessed
        return self.sure.get(number, 0.0) + (self.guessed.get(number, 0.0) if heeded else 0.0)


def _is_slip(word: str, stem: str, meant: str) -> bool:
    """Whether a misspelt word can only be what was meant. Another word may be one letter from it when it is short
    ("moon" and "mood"), and less often where letters were left out, doubled or swapped than where one was replaced."""
    replaced = len(stem) == len(meant) and sorted(stem) != sorted(meant)
    return len(word) >= (SURELY_MEANT if replaced else MAYBE_MEANT)


class Ranking:
    """The texts that can be found. Each is a list of fields, `(text, weight)`: a word in a title counts for more."""

    def __init__(
        self, texts: Sequence[Sequence[tuple[str, float]]], synonyms: Synonyms, take_words: Words = words
    ) -> None:
        self._synonyms = synonyms
        self._words = take_words
        self._postings: dict[str, dict[int, float]] = {}
        lengths = [self._add(n, fields) for n, fields in enumerate(texts)]
        mean = sum(lengths) / len(lengths) if lengths else 1.0
        self._alike: dict[tuple[str, int], list[str]] = {}
        for known in self._synonyms.vocabulary.union(self._postings):
            self._alike.setdefault((known[0], len(known)), []).append(known)
        self._norm = [K1 * (1 - B + B * length / (mean or 1.0)) for length in lengths]

    def _add(self, number: int, fields: Sequence[tuple[str, float]]) -> float:
        length = 0.0
        for text, weight in fields:
            for word, count in Counter(self._synonyms.replace(self._words(text))).items():
                posting = self._postings.setdefault(word, {})
                posting[number] = posting.get(number, 0.0) + count * weight
                length += count
        return length

    def scores(self, query: str) -> Scores:
        """At most LONGEST words count. A phrase is sure when a word of it is."""
        stems, sure_stems = self._read(query)
        sure: dict[str, bool] = {}
        for meaning, where in self._synonyms.meanings(stems):
            for word in meaning:
                sure[word] = sure.get(word, False) or any(sure_stems[where])
        found = Scores({}, {}, only_guessed=not any(sure.values()))
        for word, is_sure in sure.items():
            posting = self._postings.get(word, {})
            rarity = math.log(1 + (len(self._norm) - len(posting) + 0.5) / (len(posting) + 0.5))
            into = found.sure if is_sure else found.guessed
            for number, count in posting.items():
                into[number] = into.get(number, 0.0) + rarity * count * (K1 + 1) / (count + self._norm[number])
        return found

    def _read(self, query: str) -> tuple[list[str], list[bool]]:
        """The stems of a query, misspelt ones as they were meant, and which of them are sure."""
        typed = ((word, stem) for word in _WORD.findall(fold(query)) for stem in self._words(word))
        stems, sure = [], []
        for word, stem in islice(typed, LONGEST):
            meant = self._correct(stem)
            stems.append(meant)
            sure.append(meant == stem or _is_slip(word, stem, meant))
        return stems, sure

    def _correct(self, word: str) -> str:
        """The word if it is known or short, else the known one that is nearest, if one is near."""
        if len(word) < 4 or len(word) > 40 or word in self._postings or word in self._synonyms.vocabulary:
            return word
        allowed = 1 if len(word) < 8 else 2
        near = [
            (OSA.distance(word, known, score_cutoff=allowed), known)
            for length in range(len(word) - allowed, len(word) + allowed + 1)
            for known in self._alike.get((word[0], length), ())
        ]
        distance, best = min(near, default=(allowed + 1, word))
        return best if distance <= allowed else word
