"""Which concepts occur where, and which patterns they complete."""

import re
from bisect import insort
from itertools import pairwise
from typing import NamedTuple

from careline.safety.lexicon import NEGATED_ENDING, Lexicon, Pattern
from careline.safety.patterns import LIGHT_MOST
from careline.safety.text import Words

MASK = "@mask"
_LASTING = "@lasting"
"""Verbs whose negation says that it goes on ("geçmiyor"): they deny nothing."""
_COMMA_COST = 1


class Match(NamedTuple):
    """Words [first, last) of the text complete a pattern of this finding."""

    finding: int
    first: int
    last: int


class Reading:
    """A text in one language: `at[i]` maps every name that begins at word i to where it ends (exclusive)."""

    def __init__(self, words: Words, lexicon: Lexicon) -> None:
        self.words = words
        self.lexicon = lexicon
        self.at: list[dict[str, int]] = []
        self.known = 0
        self.where: dict[str, list[int]] = {}
        self._listed_negations: list[int] = []
        self._look_up()
        self._mask()
        self._cost = self._costs()

    def _look_up(self) -> None:
        lookup = self.lexicon.lookup
        looked = [lookup(key) for key in self.words.keys]
        ending = re.compile(self.lexicon.negated_ending) if self.lexicon.negated_ending else None
        for i, (names, spelling) in enumerate(looked):
            here = dict.fromkeys(names, i + 1)
            self.known += bool(names)
            negation = ending.search(spelling) if ending and _LASTING not in names else None
            if negation and not self.lexicon.lists_negated(spelling, negation.start()):
                here[NEGATED_ENDING] = i + 1
            elif negation and not self.lexicon.unable(spelling, negation.start()):
                self._listed_negations.append(i)
            self.at.append(here)
        spellings = [spelling for _, spelling in looked]
        for i, (spelling, following) in enumerate(pairwise(spellings)):
            for phrase, name in self.lexicon.phrases_from(spelling, following):
                last = i + len(phrase)
                if self.at[i].get(name, 0) < last and self._phrase_here(phrase, spellings, i):
                    self.at[i][name] = last
                    if ending:
                        self._own_negation(phrase, i, ending)

    def _own_negation(self, phrase: tuple[str, ...], i: int, ending: re.Pattern[str]) -> None:
        """A negated verb that the phrase itself lists denies nothing."""
        for k, part in enumerate(phrase):
            if ending.search(part):
                self.at[i + k].pop(NEGATED_ENDING, None)

    def _phrase_here(self, phrase: tuple[str, ...], spellings: list[str], i: int) -> bool:
        if i + len(phrase) > len(spellings) or self.words.sentence[i] != self.words.sentence[i + len(phrase) - 1]:
            return False
        for k, part in enumerate(phrase):
            spelling = spellings[i + k]
            if not (spelling.startswith(part[:-1]) if part.endswith("*") else spelling == part):
                return False
        return True

    def _mask(self) -> None:
        """Figures of speech ("killing me", "my phone died") take no part in anything."""
        for i, here in enumerate(self.at):
            last = here.get(MASK)
            if last:
                for k in range(i, last):
                    self.at[k] = {}
        for i, here in enumerate(self.at):
            for name in here:
                self.where.setdefault(name, []).append(i)

    def _costs(self) -> list[int]:
        costs = [0]
        light = self.lexicon.light
        for key in self.words.keys:
            costs.append(costs[-1] + (key not in light))
        return costs

    def gap(self, last: int, first: int) -> int:
        """How many words that matter stand between the word before `last` and word `first`; a comma counts as one."""
        commas = self.words.commas
        return self._cost[first] - self._cost[last] + _COMMA_COST * (commas[first] - commas[max(0, last - 1)])

    def matches(self) -> list[Match]:
        """The longest match of each finding at each place, in order."""
        found: dict[tuple[int, int], int] = {}
        excluded: dict[int, set[int]] = {}
        for name, places in self.where.items():
            for pattern in self.lexicon.by_anchor.get(name, ()):
                if any(self.where.keys().isdisjoint(item) for item in pattern.items):
                    continue
                for place in places:
                    span = self._complete(pattern, place, name)
                    if span is None:
                        continue
                    if pattern.unless:
                        excluded.setdefault(pattern.finding, set()).add(self.words.sentence[place])
                    else:
                        key = (pattern.finding, span[0])
                        found[key] = max(found.get(key, 0), span[1])
        matches = (
            Match(finding, first, last)
            for (finding, first), last in found.items()
            if self.words.sentence[first] not in excluded.get(finding, ())
        )
        kept = _longest(sorted(matches, key=lambda match: (match.first, -match.last)))
        self._free_negations(kept)
        return kept

    def _free_negations(self, matches: list[Match]) -> None:
        """A negated verb the lexicon lists ("almıyor") is itself the finding only where it completed a pattern."""
        for place in self._listed_negations:
            if not any(match.first <= place < match.last for match in matches):
                self.at[place][NEGATED_ENDING] = place + 1
                insort(self.where.setdefault(NEGATED_ENDING, []), place)

    def _complete(self, pattern: Pattern, place: int, name: str) -> tuple[int, int] | None:
        first_bound, last_bound = self.words.bounds[self.words.sentence[place]]
        last = self._right(pattern, pattern.anchor + 1, self.at[place][name], last_bound)
        if last is None:
            return None
        first = self._left(pattern, pattern.anchor - 1, place, first_bound)
        return None if first is None else (first, last)

    def _right(self, pattern: Pattern, k: int, last: int, bound: int) -> int | None:
        if k == len(pattern.items):
            return last
        gap = pattern.gaps[k]
        for place in range(last, min(bound, last + gap + LIGHT_MOST + 1)):
            if self.gap(last, place) > gap:
                return None
            here = self.at[place]
            for name in pattern.items[k] & here.keys():
                end = self._right(pattern, k + 1, here[name], bound)
                if end is not None:
                    return end
            if not pattern.unless and self._barrier(here):
                return None
        return None

    def _barrier(self, here: dict[str, int]) -> bool:
        """Whether a "no" stands here: what comes after it is not part of what was said before it ("eye, no pain")."""
        return "@barrier" in here and "@no_denial" not in here

    def _begins_before(self, place: int, item: frozenset[str]) -> bool:
        """Whether the word here is the "not" of a phrase of the pattern itself ("can not")."""
        before = self.at[place - 1] if place else {}
        return any(before[name] > place for name in item & before.keys())

    def _left(self, pattern: Pattern, k: int, first: int, bound: int) -> int | None:
        if k < 0:
            return first
        gap = pattern.gaps[k + 1]
        for place in range(first - 1, max(bound - 1, first - gap - 2 * LIGHT_MOST - 2), -1):
            here = self.at[place]
            for name in pattern.items[k] & here.keys():
                end = here[name]
                if end <= first and self.gap(end, first) <= gap and first - end <= gap + LIGHT_MOST:
                    start = self._left(pattern, k - 1, place, bound)
                    if start is not None:
                        return start
            if not pattern.unless and self._barrier(here) and not self._begins_before(place, pattern.items[k]):
                return None
            if self.gap(place, first) > gap + LIGHT_MOST:
                return None
        return None


def _longest(matches: list[Match]) -> list[Match]:
    """Matches without those that lie inside another one of the same finding."""
    reached: dict[int, int] = {}
    kept: list[Match] = []
    for match in matches:
        if match.last > reached.get(match.finding, 0):
            reached[match.finding] = match.last
            kept.append(match)
    return kept
