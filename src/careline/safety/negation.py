"""Whether a finding is said to be there.

"But", "just" and a comma end a negation; a list closed by "or" carries it on. A red flag is absent only by an explicit
negation right beside it; one further away makes it possible, to be asked.
"""

from careline.safety.findings import Status
from careline.safety.lexicon import NEGATED_ENDING, FindingEntry
from careline.safety.match import Match
from careline.safety.surroundings import Surroundings

_LOOSE = 3
_FURTHEST = 40
_LONGEST_LISTED = 4


def status(around: Surroundings, match: Match, entry: FindingEntry) -> Status:
    if entry.fact == "state":
        return "absent" if _denied_before(around, match, entry) == "absent" else "present"
    if _denied_inside_or_after(around, match):
        return "absent"
    return _denied_before(around, match, entry)


def _denied_inside_or_after(around: Surroundings, match: Match) -> bool:
    if any(NEGATED_ENDING in around.at[k] for k in range(match.first, match.last)):
        return True
    if around.any_from(("@denied_within",), match.first, match.last):
        return True
    _, last = around.topic(match)
    for name in ("@denied_after", NEGATED_ENDING):
        place = around.first_from(name, match.last, min(last, match.last + 4))
        if place is not None and around.reading.gap(match.last, place) <= 1 and not around.covered[place]:
            return True
    return False


def _denied_before(around: Surroundings, match: Match, entry: FindingEntry) -> Status:
    topic, _ = around.topic(match)
    place = _denial(around, match.first, max(topic, match.first - _FURTHEST))
    if place is None:
        return "present"
    reach = _reach(around, around.at[place]["@denial"], match, strict=entry.red_flag)
    if reach is None:
        return "present"
    if not entry.red_flag:
        return "absent" if reach <= _LOOSE else "present"
    return "absent" if reach == 0 else "possible"


def _denial(around: Surroundings, place: int, bound: int) -> int | None:
    """The nearest real negation that ends before `place`."""
    while (found := around.last_before("@denial", place, bound)) is not None:
        here = around.at[found]
        # One that is part of another finding denies nothing else: "not peed and vomiting".
        real = here.get("@no_denial", 0) < here["@denial"] and not _inside_no_denial(around, found)
        if real and not around.covered[found]:
            return found
        place = found
    return None


def _inside_no_denial(around: Surroundings, place: int) -> bool:
    return any(around.at[k].get("@no_denial", 0) > place for k in range(max(0, place - 3), place + 1))


def _reach(around: Surroundings, begin: int, match: Match, *, strict: bool) -> int | None:
    """How many words that matter lie between a negation and the finding; None when it does not reach it."""
    ending = min(around.sentence(match)[1], match.last + 4)
    if around.first_from("@never_like_this", match.last, ending) is not None:
        return None
    at, commas = around.at, around.words.commas
    first = begin
    if begin != match.first and commas[match.first] != commas[begin - 1]:
        if not _is_list(around, begin, match, strict=strict):
            return None
        if not strict:
            first = next(k for k in range(match.first, begin - 1, -1) if k == begin or commas[k] > commas[k - 1])
    distance = 0
    for k in range(first, match.first):
        if not strict and "@or" in at[k]:
            distance = 0  # each item of a list is denied in full
        elif around.filling(k):
            continue
        elif "@self" in at[k] or "@third" in at[k]:
            return None
        else:
            distance += 1
    return distance


def _is_list(around: Surroundings, begin: int, match: Match, *, strict: bool) -> bool:
    """Whether commas before the finding are those of a list closed by "or" ("no fever, cough or rash").

    For a red flag (`strict`) everything listed must be known findings; otherwise short items will do.
    """
    _, last = around.topic(match)
    closing = around.first_from("@or", begin, min(last, match.last + _FURTHEST))
    if closing is None:
        return False
    first = min(closing, match.first)
    if strict:
        return all(around.filling(k) for k in range(begin, first))
    commas = around.words.commas
    length = 0
    for k in range(begin, first):
        length = 1 if commas[k] > commas[k - 1] else length + 1
        if length > _LONGEST_LISTED and not around.filling(k):
            return False
    return True
