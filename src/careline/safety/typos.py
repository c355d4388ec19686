"""Misspelt words: one edit from five letters, two from nine. Ordinary words are never taken for a misspelling."""

from collections.abc import Iterable
from itertools import combinations

from rapidfuzz.distance import OSA

ONE_EDIT_FROM = 5
TWO_EDITS_FROM = 9
_LONGEST = 18


class Speller:
    """Finds the known words a typed word may stand for, through the words both become when letters are left out."""

    def __init__(self, known: Iterable[str], ordinary: frozenset[str]) -> None:
        self._ordinary = ordinary
        self._index: dict[str, list[str]] = {}
        for word in set(known):
            if ONE_EDIT_FROM <= len(word) <= _LONGEST:
                for cut in _cuts(word):
                    self._index.setdefault(cut, []).append(word)

    def nearest(self, word: str) -> list[str]:
        """The known words at the least distance; none for ordinary, short and very long words."""
        if not ONE_EDIT_FROM <= len(word) <= _LONGEST or word in self._ordinary:
            return []
        candidates = {known for cut in _cuts(word) for known in self._index.get(cut, ())}
        best: list[str] = []
        least = 3
        for known in candidates:
            distance = OSA.distance(word, known, score_cutoff=2)
            if distance <= min(least, _allowed(word, known)):
                best = [*best, known] if distance == least else [known]
                least = distance
        return best


def _allowed(typed: str, known: str) -> int:
    """Typed words must keep the first letter: people rarely miss that one, and other words differ there."""
    if typed[0] != known[0]:
        return 0
    return 2 if min(len(typed), len(known)) >= TWO_EDITS_FROM else 1


def _cuts(word: str) -> set[str]:
    cuts = {word}
    cuts.update(word[:i] + word[i + 1 :] for i in range(len(word)))
    if len(word) >= TWO_EDITS_FROM:
        cuts.update(word[:i] + word[i + 1 : j] + word[j + 1 :] for i, j in combinations(range(len(word)), 2))
    return cuts
