"""The context words around the findings of a text, and which stretch of it one topic or clause fills."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from careline.safety.match import Match, Reading

SUBJECTS = ("@self", "@third", "@family")
_RESUMING = frozenset({*SUBJECTS, "@recent", "@resumes"})
_FILLING = frozenset({"@filler", "@or", "@and"})


class Surroundings:
    """One reading, ready to be asked about its matches.

    A topic ends with its sentence, at "but", "just", "now" and the like, and where a comma or an "and" brings a new
    subject ("..., my chest") or goes on with what is felt ("and can't breathe"). A clause also ends at every comma.
    """

    def __init__(self, reading: Reading, matches: Sequence[Match]) -> None:
        self.reading = reading
        self.words = reading.words
        self.at = reading.at
        self.covered = bytearray(len(reading.words))
        for match in matches:
            self.covered[match.first : match.last] = b"\1" * (match.last - match.first)
        self._topics = [0]
        self._clauses = [0]
        self._divide()

    def _divide(self) -> None:
        words = self.words
        for i in range(1, len(words)):
            comma = words.commas[i] > words.commas[i - 1]
            topic = words.sentence[i] != words.sentence[i - 1] or "@breaker" in self.at[i] or self._resumes(i, comma)
            if topic:
                self._topics.append(i)
            if topic or comma:
                self._clauses.append(i)
        self._topics.append(len(words))
        self._clauses.append(len(words))

    def _resumes(self, i: int, comma: bool) -> bool:
        """Whether a comma or "and" before word i joins a new statement rather than one more item."""
        if comma:
            joined = self.at[i]
        elif "@and" in self.at[i] and i + 1 < len(self.at):
            joined = self.at[i + 1]
        else:
            return False
        ending = self.reading.lexicon.clause_ending
        return not _RESUMING.isdisjoint(joined) or bool(ending and re.search(ending, self.words.keys[i - 1]))

    # --- Stretches ------------------------------------------------------------------------------------------------

    def sentence(self, match: Match) -> tuple[int, int]:
        return self.words.bounds[self.words.sentence[match.first]]

    def topic(self, match: Match) -> tuple[int, int]:
        return _around(self._topics, match)

    def clause(self, match: Match) -> tuple[int, int]:
        return _around(self._clauses, match)

    def latest(self, match: Match) -> Match:
        """The part of a match in the topic it ends in: of "heart attack, and I have pain" the pain."""
        first = self._topics[bisect_left(self._topics, match.last) - 1]
        return match if first <= match.first else Match(match.finding, first, match.last)

    def clause_before(self, first: int) -> int:
        """Where the clause before the one that begins at `first` begins."""
        k = bisect_left(self._clauses, first)
        return self._clauses[max(0, k - 1)]

    def clause_after(self, last: int) -> int:
        """Where the clause that begins at `last` ends."""
        k = bisect_left(self._clauses, last)
        return self._clauses[min(len(self._clauses) - 1, k + 1)]

    # --- Places ---------------------------------------------------------------------------------------------------

    def last_before(self, name: str, place: int, bound: int) -> int | None:
        """The last place of a context word in [bound, place)."""
        places = self.reading.where.get(name)
        if not places:
            return None
        k = bisect_left(places, place) - 1
        return places[k] if k >= 0 and places[k] >= bound else None

    def first_from(self, name: str, place: int, bound: int) -> int | None:
        """The first place of a context word in [place, bound)."""
        places = self.reading.where.get(name)
        if not places:
            return None
        k = bisect_left(places, place)
        return places[k] if k < len(places) and places[k] < bound else None

    def any_from(self, names: Iterable[str], place: int, bound: int) -> bool:
        return place < bound and any(self.first_from(name, place, bound) is not None for name in names)

    def filling(self, place: int) -> bool:
        """Whether the word carries no weight of its own in a list of findings."""
        return bool(self.covered[place]) or not _FILLING.isdisjoint(self.at[place])


def _around(starts: Sequence[int], match: Match) -> tuple[int, int]:
    """The stretch from where the match begins to where the one it ends in ends."""
    first = starts[bisect_left(starts, match.first + 1) - 1]
    return first, starts[bisect_left(starts, match.last)]
