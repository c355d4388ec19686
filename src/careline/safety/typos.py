"""Misspelt words: one edit from five letters, two from nine. Ordinary words are never taken for a misspelling."""

from collections.abc import Iterable

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

ONE_EDIT_FROM = 5
TWO_EDITS_FROM = 9
BEGINNING_FROM = 6
_LONGEST = 18
_MOST_EDITS = 2


class Speller:
    """Finds the known words a typed word may stand for.

    The first letter must be right: people rarely miss that one, and other words differ there.
    """

    def __init__(self, known: Iterable[str], ordinary: frozenset[str], beginnings: Iterable[str] = ()) -> None:
        self._ordinary = ordinary
        self._beginnings: dict[str, list[str]] = {}
        for start in sorted(set(beginnings)):
            if BEGINNING_FROM <= len(start) <= _LONGEST:
                for cut in _cuts(start):
                    self._beginnings.setdefault(cut, []).append(start)
        self._by_letter: dict[str, list[str]] = {}
        for word in sorted(set(known)):
            if ONE_EDIT_FROM <= len(word) <= _LONGEST:
                self._by_letter.setdefault(word[0], []).append(word)

    def nearest(self, word: str) -> list[str]:
        """The known words at the least distance; none for ordinary, short and very long words."""
        if not ONE_EDIT_FROM <= len(word) <= _LONGEST or word in self._ordinary:
            return []
        known = self._by_letter.get(word[0], ())
        most = _MOST_EDITS if len(word) >= TWO_EDITS_FROM else 1
        found = [
            (candidate, distance)
            for candidate, distance, _ in extract(word, known, scorer=OSA.distance, score_cutoff=most, limit=None)
            if distance <= 1 or len(candidate) >= TWO_EDITS_FROM
        ]
        least = min((distance for _, distance in found), default=0)
        return [candidate for candidate, distance in found if distance == least]

    def mended_beginning(self, word: str) -> str | None:
        """The word with its beginning as the lexicon has it, where one edit is enough ("konusmiyor", "bayilmis")."""
        if len(word) < BEGINNING_FROM or word in self._ordinary:
            return None
        for length in range(min(len(word), _LONGEST), BEGINNING_FROM - 2, -1):
            piece = word[:length]
            found = {start for cut in _cuts(piece) for start in self._beginnings.get(cut, ())}
            for start in sorted(found):
                if start[0] == word[0] and OSA.distance(piece, start, score_cutoff=1) <= 1:
                    return start + word[length:]
        return None


def _cuts(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(1, len(word)))}
