"""A closed vocabulary (procedures, say) found in a text: as written, inflected, split or joined, and misspelt."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from careline.language.lexicon import Languages
from careline.language.phrases import Endings, Phrases
from careline.language.text import Token, keys, tokens

_INFLECTED = 0.97
_JOINED = 0.95
_LONGEST_WORD = 32
_MOST_REPAIRS = 40


class TermMatch(NamedTuple):
    """A term at text[start:end]. `score` is 1 for a word as listed, less for what had to be assumed."""

    id: str
    score: float
    start: int
    end: int


class _Way(NamedTuple):
    id: str
    phrases: int


class Vocabulary:
    """Terms by id, each with all the words people use for it, of any language."""

    def __init__(self, terms: Mapping[str, Iterable[str]], languages: Languages | None = None) -> None:
        self._exact: Phrases[str] = Phrases()
        self._ended: list[Phrases[str]] = []
        every = list(languages.all()) if languages else []
        self._ordinary = frozenset().union(*(one.ordinary for one in every))
        self._endings: tuple[Endings, ...] = tuple(one.endings for one in every)
        self._alone: set[str] = set()
        listed = [(keys(word), term) for term, words in terms.items() for word in words]
        for words, term in listed:
            self._exact.add(words, term)
            if len(words) == 1:
                self._alone.add(words[0])
        for words, term in listed:
            joined = "".join(words)
            if len(words) > 1 and len(joined) >= 6 and self._exact.get((joined,)) is None:
                self._exact.add((joined,), term)
                self._alone.add(joined)
        self._words = self._exact.words()
        self._repairable = sorted(word for word in self._words if len(word) >= 4)
        self._repair = lru_cache(maxsize=8192)(self._find_repair)
        self._terms = lru_cache(maxsize=32)(self._find_terms)  # several questions are asked of one message

    def find(self, text: str) -> list[TermMatch]:
        """The terms in the text, from left to right, not overlapping; of several readings the longest."""
        return list(self._terms(text))

    def _find_terms(self, text: str) -> tuple[TermMatch, ...]:
        spoken = tokens(text)
        repaired, scores = self._understood(spoken)
        found: list[TermMatch] = []
        for one in self._exact.find(repaired):
            score = min(scores[one.first : one.last])
            found.append(TermMatch(one.value, score, repaired[one.first].start, repaired[one.last - 1].end))
        return tuple(found)

    def _understood(self, spoken: Sequence[Token]) -> tuple[list[Token], list[float]]:
        """The tokens with words of the vocabulary put in for their inflected, split and misspelt forms."""
        out: list[Token] = []
        scores: list[float] = []
        at = repairs = 0
        while at < len(spoken):
            token = spoken[at]
            pair = token.key + spoken[at + 1].key if at + 1 < len(spoken) else ""
            if token.key in self._words or token.kind != "word" or len(token.key) > _LONGEST_WORD:
                word, score = token.key, 1.0
            elif pair in self._alone:
                word, score = pair, _JOINED
                token = token._replace(end=spoken[at + 1].end)
                at += 1
            else:
                word, score = self._stemmed(token)
                if not score and repairs < _MOST_REPAIRS:
                    repairs += 1
                    word, score = self._repair(token.key)
            if token.kind == "sign" and token.key == "-":
                at += 1
                continue
            out.append(token._replace(key=word, stem=word))
            scores.append(score)
            at += 1
        return out, scores

    def _stemmed(self, token: Token) -> tuple[str, float]:
        if token.stem in self._words:
            return token.stem, _INFLECTED
        if token.key in self._ordinary:
            return token.key, 1.0
        for endings in self._endings:
            for stem, _ in endings.stems(token.key):
                if stem in self._words and len(stem) > 2:
                    return stem, _INFLECTED
        return token.key, 0.0

    def _find_repair(self, word: str) -> tuple[str, float]:
        """The word of the vocabulary that was meant, with its likeness; the word itself if there is none."""
        if len(word) < 4:
            return word, 0.0
        candidates = [word] + [stem for e in self._endings for stem, _ in e.stems(word) if len(stem) > 4]
        best, likeness = word, 0.0
        for rank, candidate in enumerate(dict.fromkeys(candidates)):
            hit = process.extractOne(
                candidate, self._repairable, scorer=OSA.distance, score_cutoff=_typos(candidate), processor=None
            )
            if hit is None:
                continue
            target, distance = hit[0], hit[1]
            if distance > _typos(target) or candidate[0] != target[0] or (target in self._alone and len(target) < 5):
                continue
            score = (1 - distance / len(target)) * (_INFLECTED if rank else 1.0)
            if score > likeness:
                best, likeness = target, score
        return best, likeness


def _typos(word: str) -> int:
    """How many slips a word of this length may have and still be taken for itself."""
    return 1 if len(word) < 7 else 2 if len(word) < 11 else 3
