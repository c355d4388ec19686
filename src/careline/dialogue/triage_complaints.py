"""What a message complains of, from its findings and from the words people use for each complaint."""

from collections.abc import Mapping

from careline.dialogue.triage_pack import Complaint, HealthPack
from careline.language import Languages, Vocabulary

_SURE = 0.9


class Complaints:
    """The pack's complaints, ready to be found in messages."""

    def __init__(self, pack: HealthPack, languages: Languages) -> None:
        self._pack = pack
        terms: dict[str, list[str]] = {}
        self._sharing: dict[str, list[Complaint]] = {}
        for complaint in pack.complaints:
            for words in complaint.words.values():
                for word in words:
                    if word not in self._sharing:
                        terms[word] = [word]
                    self._sharing.setdefault(word, []).append(complaint)
        self._vocabulary = Vocabulary(terms, languages)

    def find(self, text: str, findings: Mapping[str, str], *, child: bool) -> list[Complaint]:
        """The complaints of a message, the one that matters most first.

        `findings` are the message's finding ids with "present" or "absent"; a denied finding is no complaint.
        """
        denied = {one for one, status in findings.items() if status == "absent"}
        present = {one for one, status in findings.items() if status == "present"}
        found: dict[str, tuple[int, int, Complaint]] = {}
        for complaint in self._pack.complaints:
            if present & set(complaint.findings) and complaint.child in (None, child):
                found[complaint.id] = (-complaint.weight, 0, complaint)
        for match in self._vocabulary.find(text):
            for complaint in self._sharing[match.id] if match.score >= _SURE else ():
                if complaint.child in (None, child) and not set(complaint.findings) & denied:
                    found.setdefault(complaint.id, (-complaint.weight, match.start, complaint))
        return [complaint for *_, complaint in sorted(found.values(), key=lambda one: one[:2])]
