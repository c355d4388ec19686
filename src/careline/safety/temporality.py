"""When a finding was: now, in the past, or there and gone.

Hours and days ago are now: what was taken last night still acts. A time of the past holds for its clause; a history
("history of ...", "family history of ...") for the illnesses listed after it, and no further than its clause for what
a person may be feeling now.
"""

import re

from careline.safety.attributes import number
from careline.safety.findings import When
from careline.safety.lexicon import FindingEntry
from careline.safety.match import Match
from careline.safety.surroundings import SUBJECTS, Surroundings

_YEARS = range(1920, 2100)
_FURTHEST = 40
_ADVERBIAL = 5
_SHORT_UNITS = frozenset({"@minutes", "@hours", "@days"})
_TIMES = frozenset({"@past", "@beside_time", "@filler", *SUBJECTS})
_UNITS_OF_TIME = _SHORT_UNITS | {"@weeks", "@months"}


def when(around: Surroundings, match: Match, entry: FindingEntry) -> When:
    if entry.fact == "state":
        return "now"
    if around.any_from(("@recent",), match.first, match.last):
        return "now"
    if entry.condition and _alike_now(around, match):
        return "now"
    first, last = around.clause(match)
    if _of_the_family(around, match):
        return "past"
    if around.last_before("@no_longer", match.first, max(first, match.first - 4)) is not None:
        return "past"
    if _resolved(around, match, last):
        return "resolved"
    if around.any_from(("@in_care",), *around.sentence(match)) and around.any_from(("@yesterday",), first, last):
        return "past"
    if around.any_from(("@recent",), first, last):
        return "now"
    if _history(around, match, entry) or _past_time(around, match, first, last) or _told_as_past(around, match, last):
        return "past"
    if not entry.condition or around.any_from(("@urgent",), 0, len(around.words)):
        return "now"
    return "past" if around.last_before("@had", match.first, max(first, match.first - 3)) is not None else "now"


def _alike_now(around: Surroundings, match: Match) -> bool:
    """ "It feels like the one I had", "... and is having another one": the past event is told for what happens now."""
    before = around.any_from(("@resembles",), around.topic(match)[0], match.first)
    return before or around.any_from(("@again",), match.last, len(around.words))


def _of_the_family(around: Surroundings, match: Match) -> bool:
    return around.any_from(("@family_history",), *around.topic(match))


def _resolved(around: Surroundings, match: Match, last: int) -> bool:
    after = around.first_from("@resolved", match.last, min(last, match.last + 6))
    return after is not None and not around.covered[after]


def _history(around: Surroundings, match: Match, entry: FindingEntry) -> bool:
    """After "history of" in the same clause, or listed further on if it is an illness; right after "previous"."""
    first, last = around.clause(match)
    adjective = around.last_before("@past_adjective", match.first, max(first, match.first - 4))
    if adjective is not None and around.reading.gap(around.at[adjective]["@past_adjective"], match.first) == 0:
        return True
    if entry.condition or not entry.red_flag:
        first = around.topic(match)[0]
    place = around.last_before("@history", match.first, first)
    while place is not None:
        if _is_history(around, place):
            return True
        place = around.last_before("@history", place, max(first, place - _ADVERBIAL))
    after = around.first_from("@history", match.last, min(last, match.last + 1))
    return after is not None and _is_history(around, after)


def _is_history(around: Surroundings, place: int) -> bool:
    """Not so: "3 day history of", "history of present illness"."""
    return not any("@no_history" in around.at[k] for k in range(max(0, place - 2), place + 1))


def _past_time(around: Surroundings, match: Match, first: int, last: int) -> bool:
    """Whether a time of the past is in the clause, or alone in the one before or after it."""
    if _past_in(around, match, first, last):
        return True
    sentence, ending = around.sentence(match)
    before, after = around.clause_before(first), around.clause_after(last)
    opening = before == sentence and 0 < first - before <= _ADVERBIAL and not _said(around, before, first)
    opening = opening and _past_in(around, match, before, first)
    opening = opening or (_in_past_tense(around, first, match) and _past_in(around, match, sentence, first))
    trailing = last < ending and after - last <= _ADVERBIAL and not around.any_from(SUBJECTS, last, after)
    return opening or (trailing and _past_in(around, match, last, after))


def _past_in(around: Surroundings, match: Match, first: int, last: int) -> bool:
    place = around.first_from("@past", first, last)
    while place is not None:
        if _is_past(around, place) and _reaches(around, place, around.at[place]["@past"], match, first):
            return True
        place = around.first_from("@past", place + 1, last)
    if _at_an_age(around, first, last):
        return True
    reach = range(max(first, match.first - _FURTHEST), min(last, match.last + _FURTHEST))
    return any(_is_year(around, k) and _reaches(around, k, k + 1, match, first) for k in reach)


def _is_year(around: Surroundings, place: int) -> bool:
    """ "In 2015", "(2015)", "stroke 2015"; not a price."""
    key, at, commas = around.words.keys[place], around.at, around.words.commas
    if len(key) != 4 or not key.isdecimal() or int(key) not in _YEARS:
        return False
    if place and ("@year_before" in at[place - 1] or around.covered[place - 1] or commas[place] > commas[place - 1]):
        return True
    return place + 1 < len(at) and "@year_after" in at[place + 1]


def _at_an_age(around: Surroundings, first: int, last: int) -> bool:
    """ "When I was 12"; not "when I was 12 weeks pregnant"."""
    place = around.first_from("@at_age", first, last)
    age = len(around.at) if place is None else around.at[place]["@at_age"]
    if age >= last or number(around.words.keys[age], around.reading) is None:
        return False
    return age + 1 >= len(around.at) or _UNITS_OF_TIME.isdisjoint(around.at[age + 1])


def _is_past(around: Surroundings, place: int) -> bool:
    """Not so: "since last year" (it lasts), "in the past two hours"."""
    at = around.at
    if place and "@since" in at[place - 1]:
        return False
    following = at[place]["@past"]
    if following >= len(at):
        return True
    return not around.words.keys[following][0].isdigit() and _SHORT_UNITS.isdisjoint(at[following])


def _reaches(around: Surroundings, place: int, end: int, match: Match, first: int) -> bool:
    """A time at the end of a clause part belongs to what comes before it: "surgery in 2015 and crushing pain"."""
    if place < match.first and _verb_between(around, end, match.first):
        return False
    if place >= match.first or not _said(around, first, place):
        return True
    return not around.any_from(("@and", *SUBJECTS), end, match.first) or _in_past_tense(around, end, match)


def _verb_between(around: Surroundings, end: int, first: int) -> bool:
    """A finite verb closes its clause without a comma too ("geçen yıl öldü kendimi ...")."""
    ending, keys = around.reading.lexicon.clause_ending, around.words.keys
    return ending is not None and any(re.search(ending, keys[k]) for k in range(end, min(first, end + 2 * _ADVERBIAL)))


def _said(around: Surroundings, first: int, last: int) -> bool:
    """Whether words stand there that are no part of a time ("surgery", not "about two years ago")."""
    keys, light = around.words.keys, around.reading.lexicon.light
    return any(
        keys[k] not in light
        and _TIMES.isdisjoint(around.at[k])
        and number(keys[k], around.reading) is None
        and not any("@past" in around.at[j] and around.at[j]["@past"] > k for j in range(max(first, k - 4), k))
        for k in range(first, min(last, first + 2 * _ADVERBIAL))
    )


def _in_past_tense(around: Surroundings, first: int, match: Match) -> bool:
    return around.any_from(("@past_tense",), first, match.last) and not around.any_from(
        ("@present_tense",), first, match.last
    )


def _told_as_past(around: Surroundings, match: Match, last: int) -> bool:
    """Verb forms that only tell of the past ("geçirmişti"), and "-den öldü": somebody died of it."""
    lexicon, keys = around.reading.lexicon, around.words.keys
    if lexicon.past_ending and any(
        re.search(lexicon.past_ending, keys[k]) for k in range(match.first, min(last, match.last + 2))
    ):
        return True
    died = around.first_from("@died", match.last, min(last, match.last + 2))
    return died is not None and bool(re.search(lexicon.cause_ending or "$^", keys[died - 1]))
