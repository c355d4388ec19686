"""What a person says of themself that is worth remembering, and what they take back, as facts of a profile."""

import re

from careline.domain.patient import Fact, KnownProfile, Topic
from careline.safety.findings import Finding, ProfileFacts
from careline.safety.text import fold
from careline.safety.triage import Triage

_AGE = re.compile(r"\bi ?a?m (\d{1,3}) ?(?:years? old|yrs? old|yo|y o|year old)\b|\b(\d{1,3}) yasindayim\b")
_ALLERGY = re.compile(r"\b(?:i am|im|ive always been|i m) (not )?allergic to ([a-z]{3,30})\b")
_STOPPED = re.compile(r"\b(?:stopped|quit|came off|gave up|no longer|used to|biraktim|kestim|artik)\b")
_CLAIMED = re.compile(
    r"\b(?:i have|i ?a?m|ive|(?<!can )(?<!could )(?<!should )(?<!may )(?<!if )i (?:take|use)|i got|i was"
    r"|kullan\w*|aliyor\w*|\w+(?:im|um) var)\b"
)
_SENTENCE = re.compile(r"[^.!?\n]*[.!?\n]?")
_TOPICS: dict[str, Topic] = {"condition": "condition", "medication": "medication"}
_GENERAL = frozenset({"severe_allergy_known", "hormones"})
_LONGEST_NAME = 3  # words: beyond that it is a sentence rather than a name
_OPENINGS = re.compile(r"^(?:takes (?:an? )?|known )")


def facts_said(text: str, findings: tuple[Finding, ...], facts: ProfileFacts, triage: Triage) -> tuple[Fact, ...]:
    """The facts of a message about who writes it; nothing that was asked, supposed or said of somebody else."""
    entries = {entry.id: entry for entry in triage.lexicons[0].findings if entry.fact}
    found: list[Fact] = []
    for one in findings:
        entry = entries.get(one.id)
        if entry is None or not _is_own(one) or one.status != "present" or one.when != "now" or not _claimed(text, one):
            continue
        if one.id == "pregnant":
            found.append(Fact("pregnancy", "said", number=facts.pregnancy_weeks))
        elif entry.fact in _TOPICS and one.id not in _GENERAL:
            found.append(Fact(_TOPICS[entry.fact], "said", _name(one, entry.fact, entry.name)))
    return (*found, *_age_and_allergies(text))


def facts_taken_back(text: str, findings: tuple[Finding, ...], known: KnownProfile, triage: Triage) -> tuple[Fact, ...]:
    """Corrections: what is known and, as the person says, is not or no longer so."""
    gone = {one.id for one in findings if _is_own(one) and (_is_gone(one) or _stopped(text, one))}
    gone -= {one.id for one in findings if one.happening and not _stopped(text, one)}
    found = [Fact("pregnancy", "said", withdrawn=True)] if "pregnant" in gone else []
    for fact in known.facts if gone else ():
        named = f"I {'take' if fact.topic == 'medication' else 'have'} {fact.name}."
        if fact.topic in _TOPICS and not fact.withdrawn and triage.scan(named).facts.states & gone:
            found.append(Fact(fact.topic, "said", fact.name, withdrawn=True))
    return tuple(found)


def _is_own(finding: Finding) -> bool:
    return finding.who == "self" and finding.frame == "stated"


def _stopped(text: str, finding: Finding) -> bool:
    return _STOPPED.search(fold(_sentence(text, finding))) is not None


def _claimed(text: str, finding: Finding) -> bool:
    """Whether the person says that it is so: a question about a medicine does not, nor one that they have stopped."""
    sentence = _sentence(text, finding)
    asked = sentence.rstrip().endswith("?") and not _CLAIMED.search(fold(sentence))
    return not asked and not _stopped(text, finding)


def _sentence(text: str, finding: Finding) -> str:
    return next((m[0] for m in _SENTENCE.finditer(text) if m.start() <= finding.start < m.end()), text)


def _is_gone(finding: Finding) -> bool:
    return finding.status == "absent" or finding.when == "resolved"


def _name(finding: Finding, kind: str | None, name: str) -> str:
    said = finding.text.strip()
    return said if kind == "medication" and len(said.split()) <= _LONGEST_NAME else _OPENINGS.sub("", name)


def _age_and_allergies(text: str) -> list[Fact]:
    folded = fold(text)
    found = [Fact("allergy", "said", name, "other", withdrawn=bool(no)) for no, name in _ALLERGY.findall(folded)]
    age = _AGE.search(folded)
    years = float(age[1] or age[2]) if age else None
    return [*found, Fact("age", "said", number=years)] if years is not None and years <= 120 else found
