"""How well the context of given concepts is told, against a reference standard as of NegEx and ConText. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from careline.safety.context import Circumstances, context
from careline.safety.lexicon import FindingEntry, Lexicon
from careline.safety.match import Match, Reading
from careline.safety.surroundings import Surroundings
from careline.safety.text import Words

_ANY_FINDING = FindingEntry(id="concept", any=[])


class Asserted(msgspec.Struct, frozen=True):
    """One sentence, a concept in it (in capitals or not), and what the annotators said of it.

    `temporality` other than recent and historical ("not particular", "hypothetical") counts as hypothetical.
    """

    text: str
    concept: str
    negation: str = "Affirmed"
    temporality: str = "Recent"
    experiencer: str = "Patient"
    lang: str = "en"

    @property
    def gold(self) -> dict[str, bool]:
        temporality = self.temporality.lower()
        return {
            "negated": self.negation.lower() == "negated",
            "historical": temporality == "historical",
            "hypothetical": temporality not in ("recent", "historical"),
            "other": self.experiencer.lower() != "patient",
        }


def circumstances(asserted: Asserted, lexicon: Lexicon) -> Circumstances | None:
    """What the context rules make of the concept; None where the text does not hold it."""
    words = Words(asserted.text)
    begin = words.text.find(asserted.concept.upper())
    if begin < 0:
        begin = words.text.lower().find(asserted.concept.lower())
    end = begin + len(asserted.concept)
    places = [k for k in range(len(words)) if words.starts[k] < end and words.ends[k] > begin]
    if begin < 0 or not places:
        return None
    match = Match(0, places[0], places[-1] + 1)
    return context(Surroundings(Reading(words, lexicon), [match]), match, _ANY_FINDING)


def classes(told: Circumstances) -> dict[str, bool]:
    """The four classes. Somebody else is one who is named: in a clinical note "she" is the patient."""
    return {
        "negated": told.status == "absent",
        "historical": told.when != "now",
        "hypothetical": told.frame != "stated",
        "other": told.relation is not None,
    }


def agreement(sentences: Sequence[Asserted], lexicons: Iterable[Lexicon]) -> dict[str, Any]:
    """For each class: precision, recall, F1, accuracy and the counts they come from."""
    by_language = {lexicon.language: lexicon for lexicon in lexicons}
    judged: list[tuple[dict[str, bool], dict[str, bool]]] = []
    for one in sentences:
        lexicon = by_language.get(one.lang)
        told = circumstances(one, lexicon) if lexicon else None
        if told is not None:
            judged.append((one.gold, classes(told)))
    report: dict[str, Any] = {"sentences": len(sentences), "not_located": len(sentences) - len(judged)}
    for name in ("negated", "historical", "hypothetical", "other"):
        report[name] = _scores([(gold[name], told[name]) for gold, told in judged])
    return report


def _scores(pairs: Sequence[tuple[bool, bool]]) -> dict[str, float | int | None]:
    hits = sum(gold and told for gold, told in pairs)
    missed = sum(gold and not told for gold, told in pairs)
    wrong = sum(told and not gold for gold, told in pairs)
    right = len(pairs) - missed - wrong
    return {
        "precision": _ratio(hits, hits + wrong),
        "recall": _ratio(hits, hits + missed),
        "f1": _ratio(2 * hits, 2 * hits + wrong + missed),
        "accuracy": _ratio(right, len(pairs)),
        "in_gold": hits + missed,
        "hits": hits,
        "missed": missed,
        "wrong": wrong,
    }


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
