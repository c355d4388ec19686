"""In which frame a finding is said: stated of somebody, supposed or feared or told in a story, or asked about.

A frame never outlasts its topic, and a new subject ends it: "will I be unconscious" asks, "will I be ok I can't
breathe" states.
"""

import re

from careline.safety.findings import Frame
from careline.safety.lexicon import FindingEntry
from careline.safety.match import Match
from careline.safety.surroundings import SUBJECTS, Surroundings

_NEAR = 9
_LOOSE = 3
_OPENING = 6


def frame(around: Surroundings, match: Match, entry: FindingEntry) -> Frame:
    if _told(around, match) or _supposed(around, match, entry):
        return "hypothetical"
    if _asked_about(around, match) or _asked_of_what_may_come(around, match, entry) or _general(around, match):
        return "question"
    return "stated"


# --- Stories, jokes, animals --------------------------------------------------------------------------------------


def _told(around: Surroundings, match: Match) -> bool:
    first, last = around.topic(match)
    if around.any_from(("@fiction",), first, last):
        return True
    sentence, ending = around.sentence(match)
    opening = around.first_from("@fiction", sentence, min(first, sentence + _OPENING))
    if opening is not None and around.last_before("@breaker", match.first + 1, opening) is None:
        return not around.any_from(("@family",), opening, match.last)
    figurative = around.last_before("@figurative", match.first, first)
    if figurative is not None or around.any_from(("@figurative",), match.last, min(ending, match.last + 4)):
        return True
    return _of_an_animal(around, match, first)


def _of_an_animal(around: Surroundings, match: Match, first: int) -> bool:
    place = around.last_before("@pet", match.first, max(first, match.first - _LOOSE - 2))
    return place is not None and around.reading.gap(around.at[place]["@pet"], match.first) == 0


# --- Suppositions and fears ---------------------------------------------------------------------------------------


def _supposed(around: Surroundings, match: Match, entry: FindingEntry) -> bool:
    ending = around.reading.lexicon.supposed_ending
    if ending and any(re.search(ending, around.words.keys[k]) for k in range(match.first, match.last)):
        return True
    topic, _ = around.topic(match)
    first = max(topic, match.first - 2 * _NEAR)
    place = around.last_before("@supposed", match.first, first)
    if place is not None and _near(around, "@supposed", place, match, _LOOSE) and not _ongoing(around, place, match):
        return True
    feared = around.last_before("@feared", match.first, first)
    if entry.condition and feared is not None and _near(around, "@feared", feared, match, _LOOSE):
        return not around.any_from(("@determined",), feared, match.first)
    if around.any_from(("@feared_after",), match.last - 1, min(around.sentence(match)[1], match.last + 2)):
        return True
    condition = around.last_before("@if", match.first, first)
    if condition is None or around.reading.gap(condition + 1, match.first) > 6 or _ongoing(around, condition, match):
        return False
    return not around.any_from(("@doing",), condition + 1, match.first + 1)


def _near(around: Surroundings, name: str, place: int, match: Match, most: int) -> bool:
    return around.reading.gap(around.at[place][name], match.first) <= most


def _ongoing(around: Surroundings, place: int, match: Match) -> bool:
    """ "What if I am having ...", "what do I do if my baby is not breathing": it is happening to somebody."""
    if not around.any_from(("@self", "@family"), place + 1, match.last):
        return False
    if around.any_from(("@how_to",), max(0, place - 4), match.first):
        return False
    return around.any_from(("@ongoing",), place, match.last) or around.any_from(
        ("@recent",), match.last, around.topic(match)[1] + 1
    )


# --- Questions ----------------------------------------------------------------------------------------------------


def _asked_about(around: Surroundings, match: Match) -> bool:
    topic, _ = around.topic(match)
    after = around.first_from("@asked_after", match.last, min(around.sentence(match)[1], match.last + 3))
    if after is not None and around.reading.gap(match.last, after) <= 1:
        return not around.any_from(("@having",), max(topic, match.first - 5), after)
    place = around.last_before("@asked_about", match.first, max(topic, match.first - _NEAR))
    if place is None or not _near(around, "@asked_about", place, match, _LOOSE):
        return False
    if around.any_from(("@self",), around.at[place]["@asked_about"], match.first):
        return False
    return around.last_before("@having", place, max(topic, place - 5)) is None


def _asked_of_what_may_come(around: Surroundings, match: Match, entry: FindingEntry) -> bool:
    """ "Will I be unconscious during ...", "can I fly after a stroke", "does it cause seizures"."""
    topic, last = around.topic(match)
    ending = around.reading.lexicon.may_ending
    may = ending is not None and re.search(ending, around.words.keys[match.last - 1]) is not None
    if may and around.any_from(("@particle",), match.last, match.last + 1):
        return True  # "bayılır mıyım", not "bayılıyor muyum"
    first = max(topic, match.first - 2 * _NEAR)
    names = ("@future_question", "@cause_question", *(("@illness_question",) if entry.condition else ()))
    for name in names:
        place = around.last_before(name, match.first, first)
        if place is not None:
            begin = around.at[place][name]
            return not around.any_from((*SUBJECTS, "@ongoing", "@determined"), begin, match.last)
    mine = around.last_before("@future_of_mine", match.first, first)
    return mine is not None and around.any_from(("@event",), match.last, last)


def _general(around: Surroundings, match: Match) -> bool:
    first, last = around.sentence(match)
    asked = around.words.sentence[match.first] in around.words.questions
    if "@question_start" in around.at[first]:
        # Right before a finding, "is" has lost its subject ("is unconscious"), but for "is chest pain dangerous".
        asked = asked or match.first > first + 1 or around.any_from(("@predicate",), match.last, match.last + 2)
    ending, keys = around.reading.lexicon.own_ending, around.words.keys
    if not asked or (ending and any(re.search(ending, keys[k]) for k in range(match.first, min(last, match.last + 2)))):
        return False  # nobody asks "nefes alamıyorum" of people at large
    return not around.any_from((*SUBJECTS, "@here_and_now"), first, last) or around.any_from(("@anybody",), first, last)
