"""Which common medicines a message or a piece of advice speaks of, and what speaks against them for this person."""

import re
from collections.abc import Collection, Iterable

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
    return [one for one in medicines.medicines if any(re.search(rf"\b{re.escape(fold(w))}", folded) for w in one.words)]


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
