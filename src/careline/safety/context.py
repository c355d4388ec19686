"""Whether a finding is there, when, in which frame and whose, from the words around it.

A comma, "but" and "just" end a negation, "or" and "nor" carry it on; a red flag is absent only by an explicit negation
right beside it. Family history, the past, suppositions and questions about an illness are told from what happens now.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from careline.safety.findings import Frame, Status, When, Who
from careline.safety.lexicon import NEGATED_ENDING, FindingEntry
from careline.safety.match import Match, Reading

_NEAR = 9
_LOOSE = 3
_RECENT_YEARS = range(1900, 2100)
_ADVERBIAL = 5


class Circumstances(NamedTuple):
    status: Status
    when: When
    frame: Frame
    who: Who
    relation: str | None


class Surroundings:
    """The context words of one reading, ready to be asked about its matches."""

    def __init__(self, reading: Reading, matches: Sequence[Match]) -> None:
        self._reading = reading
        self._words = reading.words
        self._covered = bytearray(len(reading.words))
        for match in matches:
            self._covered[match.first : match.last] = b"\1" * (match.last - match.first)

    def of(self, match: Match, entry: FindingEntry) -> Circumstances:
        who, relation = self._whose(match)
        return Circumstances(
            self._status(match, entry), self._when(match, entry), self._frame(match, entry), who, relation
        )

    # --- Places ---------------------------------------------------------------------------------------------------

    def _last_before(self, name: str, place: int, bound: int) -> int | None:
        """The last place of a context word in [bound, place)."""
        places = self._reading.where.get(name, ())
        k = bisect_left(places, place) - 1
        return places[k] if k >= 0 and places[k] >= bound else None

    def _first_from(self, name: str, place: int, bound: int) -> int | None:
        """The first place of a context word in [place, bound)."""
        places = self._reading.where.get(name, ())
        k = bisect_left(places, place)
        return places[k] if k < len(places) and places[k] < bound else None

    def _sentence(self, match: Match) -> tuple[int, int]:
        return self._words.bounds[self._words.sentence[match.first]]

    def _segment(self, match: Match) -> tuple[int, int]:
        """The part of the sentence between "but", "just", "now" and the like."""
        first, last = self._sentence(match)
        before = self._last_before("@breaker", match.first + 1, first)
        after = self._first_from("@breaker", match.last, last)
        return (first if before is None else before), (last if after is None else after)

    def _clause(self, match: Match) -> tuple[int, int]:
        """The part of the segment between commas, and between "and" with a new subject after it."""
        first, last = self._segment(match)
        begin = next((k for k in range(match.first, max(first, match.first - 40), -1) if self._starts_clause(k)), first)
        end = next((k for k in range(match.last, min(last, match.last + 40)) if self._starts_clause(k)), last)
        return begin, end

    def _starts_clause(self, place: int) -> bool:
        commas = self._words.commas
        if place and commas[place] > commas[place - 1]:
            return True
        at = self._reading.at
        following = at[place + 1] if place + 1 < len(at) else {}
        return "@and" in at[place] and any(name in following for name in ("@self", "@third", "@family", "@recent"))

    # --- Status ---------------------------------------------------------------------------------------------------

    def _status(self, match: Match, entry: FindingEntry) -> Status:
        if entry.fact == "state":
            return "absent" if self._denied_before(match, entry) == "absent" else "present"
        if self._denied_inside_or_after(match):
            return "absent"
        return self._denied_before(match, entry)

    def _denied_inside_or_after(self, match: Match) -> bool:
        if any(NEGATED_ENDING in self._reading.at[k] for k in range(match.first, match.last)):
            return True
        _, last = self._segment(match)
        for name in ("@denied_after", NEGATED_ENDING):
            place = self._first_from(name, match.last, min(last, match.last + 4))
            if place is not None and self._reading.gap(match.last, place) <= 1 and not self._covered[place]:
                return True
        return False

    def _denied_before(self, match: Match, entry: FindingEntry) -> Status:
        segment, _ = self._segment(match)
        place = self._denial(match.first, max(segment, match.first - 3 * _NEAR))
        if place is None:
            return "present"
        begin = self._reading.at[place]["@denial"]
        reach = self._reach(begin, match)
        if reach is None:
            return "present"
        if not entry.red_flag:
            return "absent" if reach <= _LOOSE else "present"
        return "absent" if reach == 0 else "possible"

    def _denial(self, place: int, bound: int) -> int | None:
        """The nearest real negation that ends before `place`."""
        while (found := self._last_before("@denial", place, bound)) is not None:
            here = self._reading.at[found]
            if self._covered[found]:  # it is part of another finding: "not peed and vomiting"
                place = found
                continue
            if here.get("@no_denial", 0) < here["@denial"] and not self._inside_no_denial(found):
                return found
            place = found
        return None

    def _inside_no_denial(self, place: int) -> bool:
        return any(self._reading.at[k].get("@no_denial", 0) > place for k in range(max(0, place - 3), place + 1))

    def _reach(self, begin: int, match: Match) -> int | None:
        """How many words that matter lie between a negation and the finding; None when it does not reach it."""
        if self._first_from("@never_like_this", match.last, min(self._sentence(match)[1], match.last + 4)) is not None:
            return None
        at, commas = self._reading.at, self._words.commas
        distance = 0
        joined = begin == match.first or commas[match.first] == commas[begin - 1]
        if not joined and not self._is_list(begin, match):
            return None
        for k in range(begin, match.first):
            if self._covered[k] or "@filler" in at[k] or "@or" in at[k]:
                continue
            if "@self" in at[k] or "@third" in at[k]:
                return None
            distance += 1
        return distance

    def _is_list(self, begin: int, match: Match) -> bool:
        """Whether commas before the finding are those of a list closed by "or" ("no fever, cough or rash")."""
        _, last = self._segment(match)
        closing = self._first_from("@or", begin, min(last, match.last + _NEAR))
        if closing is None:
            return False
        first = min(closing, match.first)
        return all(
            self._covered[k] or self._reading.at[k].keys() & {"@filler", "@or", "@and"} for k in range(begin, first)
        )

    # --- Time -----------------------------------------------------------------------------------------------------

    def _when(self, match: Match, entry: FindingEntry) -> When:
        if entry.fact == "state":
            return "now"
        first, last = self._sentence(match)
        clause_first, clause_last = self._clause(match)
        if self._first_from("@family_history", first, last) is not None:
            return "past"
        if self._last_before("@no_longer", match.first, max(clause_first, match.first - 4)) is not None:
            return "past"
        if self._resolved(match, clause_last):
            return "resolved"
        if self._first_from("@recent", clause_first, clause_last) is not None:
            return "now"
        if self._past_time(clause_first, clause_last) or self._opening_adverbial(clause_first, first):
            return "past"
        had = self._last_before("@had", match.first, max(clause_first, match.first - 3))
        return "past" if entry.condition and had is not None else "now"

    def _resolved(self, match: Match, last: int) -> bool:
        after = self._first_from("@resolved", match.last, min(last, match.last + 6))
        return after is not None and not self._covered[after]

    def _past_time(self, first: int, last: int) -> bool:
        place = self._first_from("@past", first, last)
        while place is not None:
            if "@since" not in self._reading.at[place - 1 if place else 0]:
                return True
            place = self._first_from("@past", place + 1, last)
        return self._year(first, last)

    def _year(self, first: int, last: int) -> bool:
        """Whether "in 2010" or "(2010)" is in the clause."""
        keys = self._words.keys
        return any(
            len(keys[k]) == 4 and keys[k].isdigit() and int(keys[k]) in _RECENT_YEARS
            for k in range(first, min(last, first + 40))
        )

    def _opening_adverbial(self, clause: int, sentence: int) -> bool:
        """Whether a short time clause comes right before ("two years ago, I had ...")."""
        return 0 < clause - sentence <= _ADVERBIAL and self._past_time(sentence, clause)

    # --- Frame ----------------------------------------------------------------------------------------------------

    def _frame(self, match: Match, entry: FindingEntry) -> Frame:
        first, last = self._sentence(match)
        if self._first_from("@fiction", first, last) is not None:
            return "hypothetical"
        if self._supposed(match):
            return "hypothetical"
        if self._asked_about(match):
            return "question"
        if self._general_question(match, first, last):
            return "question"
        return "stated"

    def _supposed(self, match: Match) -> bool:
        segment, _ = self._segment(match)
        first = max(segment, match.first - 2 * _NEAR)
        place = self._last_before("@supposed", match.first, first)
        if place is not None and self._reading.gap(self._reading.at[place]["@supposed"], match.first) <= 3:
            return True
        condition = self._last_before("@if", match.first, first)
        if condition is None or self._reading.gap(condition + 1, match.first) > 6:
            return False
        return self._first_from("@doing", condition + 1, match.first + 1) is None

    def _asked_about(self, match: Match) -> bool:
        segment, _ = self._segment(match)
        after = self._first_from("@asked_after", match.last, min(self._sentence(match)[1], match.last + 3))
        if after is not None and self._reading.gap(match.last, after) <= 1:
            return self._first_from("@having", max(segment, match.first - 5), after) is None
        place = self._last_before("@asked_about", match.first, max(segment, match.first - _NEAR))
        if place is None:
            return False
        begin = self._reading.at[place]["@asked_about"]
        if self._reading.gap(begin, match.first) > _LOOSE:
            return False
        if self._first_from("@self", begin, match.first) is not None:
            return False
        return self._last_before("@having", place, max(segment, place - 5)) is None

    def _general_question(self, match: Match, first: int, last: int) -> bool:
        if (
            "@question_start" not in self._reading.at[first]
            and self._words.sentence[first] not in self._words.questions
        ):
            return False
        names = ("@self", "@third", "@family", "@here_and_now")
        return all(self._first_from(name, first, last) is None for name in names)

    # --- Person ---------------------------------------------------------------------------------------------------

    def _whose(self, match: Match) -> tuple[Who, str | None]:
        """The nearest person named up to the end of the finding, else the one the message spoke of before."""
        place, name = self._nearest_person(match.last, self._sentence(match)[0])
        if place is None:
            place, name = self._nearest_person(match.last, 0)
        if place is None or name == "@self":
            return "self", None
        key = self._words.keys[place]
        return "other", self._reading.lexicon.relation(key) if name == "@family" else None

    def _nearest_person(self, place: int, bound: int) -> tuple[int | None, str]:
        best: tuple[int | None, str] = (None, "")
        for name in ("@self", "@third", "@family"):
            found = self._last_before(name, place, bound)
            while found is not None and name == "@self" and self._of_family(found):
                found = self._last_before(name, found, bound)
            if found is not None and (best[0] is None or found > best[0]):
                best = (found, name)
        return best

    def _of_family(self, place: int) -> bool:
        """ "my" before "dad", "little brother": the possessive is not the person."""
        at = self._reading.at
        if "@possessive" not in at[place]:
            return False
        return any("@family" in at[k] for k in range(place + 1, min(place + 4, len(at))))
