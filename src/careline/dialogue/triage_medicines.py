"""Which common medicines a message or a piece of advice speaks of, and what speaks against them for this person."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

import msgspec

from careline.dialogue.triage_pack import Medicine, MedicineRule, Medicines, Verdict
from careline.language.text import fold


class Warned(msgspec.Struct, frozen=True):
    """A rule that applies to a medicine, and the states of the person that made it."""

    medicine: Medicine
    rule: MedicineRule
    states: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        return self.rule.verdict


def medicines_in(text: str, medicines: Medicines) -> list[Medicine]:
    """The medicines a text names, in the order of the pack."""
    folded = fold(text)
    if not beginning(tuple(word for one in medicines.medicines for word in one.words)).search(folded):
        return []
    return [one for one in medicines.medicines if beginning(one.words).search(folded)]


@lru_cache(maxsize=256)
def beginning(words: tuple[str, ...]) -> re.Pattern[str]:
    """Finds where a word begins like one of these."""
    return re.compile(rf"\b(?:{'|'.join(re.escape(fold(word)) for word in words)})")


def warnings(of: Iterable[Medicine], states: Collection[str], medicines: Medicines) -> list[Warned]:
    """Everything that speaks against these medicines, what is to be avoided first."""
    found = [
        Warned(medicine, rule, here)
        for medicine in of
        for rule in medicines.rules
        if (rule.group == medicine.group or medicine.id in rule.medicines)
        and (here := tuple(state for state in rule.states if state in states))
    ]
    return sorted(found, key=lambda one: one.verdict != "avoid")
