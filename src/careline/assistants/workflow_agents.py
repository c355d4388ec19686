"""The three agents, each adding its part to the reply: how urgent, what is commonly behind it, what can be done."""

import re
from collections.abc import Collection, Iterable, Sequence
from urllib.parse import urlsplit

import msgspec

from careline.assistants.workflow_reply import Reply, cited
from careline.assistants.workflow_words import Words
from careline.dialogue.triage_medicines import Warned, medicines_in, warnings
from careline.dialogue.triage_pack import Cited, Complaint, HealthPack, Medicine, Medicines, Question, Source
from careline.dialogue.triage_state import Episode
from careline.ports import KnowledgeSection, Passage
from careline.safety.rules import URGENT, Fired, Level

_FORBIDS = re.compile(
    r"\b(?:do not|never|not for|no ibuprofen|ask (?:first|before)|asla|almayın|vermeyin|kullanmayın)\b", re.I
)
MOST_CAUSES, MOST_CARE, MOST_CLINICIAN, MOST_SIGNS, MOST_SOONER = 2, 4, 1, 4, 3


class Case(msgspec.Struct, frozen=True):
    """All the agents know: the complaint, what was found of it, the person's states, and the article about it."""

    pack: HealthPack
    words: Words
    complaint: Complaint
    episode: Episode
    level: Level
    fired: tuple[Fired, ...]
    names: dict[str, str]
    facts: frozenset[str]
    states: frozenset[str]
    passages: tuple[Passage, ...] = ()

    @property
    def own_language(self) -> bool:
        """Whether the article is in the language of the talk."""
        return bool(self.passages) and self.passages[0].language == self.words.language

    def section(self, name: KnowledgeSection) -> list[Cited]:
        found = next((one for one in self.passages if one.section == name), None)
        return [cited(sentence, found) for sentence in found.sentences] if found is not None else []

    def questions(self) -> list[Question]:
        return [self.pack.questions[one] for one in (*self.complaint.ask, *self.complaint.then)]


# --- Triage -----------------------------------------------------------------------------------------------------------


def triage(case: Case, reply: Reply) -> None:
    """How urgent it is, and why."""
    words, reasons = case.words, reasons_of(case)
    level = Cited(words(f"level_{case.level}"), _asked_sources(case))
    if case.level == "self_care":
        reply.say(level)
    elif reasons:
        reply.say(Cited(level.text, reasons[0].sources), words("why", why=reasons[0].text))
    elif not _unsure(case):
        reply.say(level, words("reason_complaint"))
    else:
        reply.say(level, words("reason_unsure"))


def reasons_of(case: Case) -> list[Cited]:
    """What called for the level, in the words of the questions and rules, the most urgent first."""
    questions = [case.pack.questions[one] for one in case.episode.reasons]
    found = [Cited(case.words.of(q.why), case.pack.cited(q.cites)) for q in questions if q.level == case.level]
    for fired in case.fired:
        if fired.level == case.level != "consultation" and not found:
            found.append(_rule_reason(case, fired))
    return found


def _rule_reason(case: Case, fired: Fired) -> Cited:
    words = case.words
    felt = [case.names[one] for one in fired.findings if one in case.names and one not in case.facts]
    known = [case.names[one] for one in fired.findings if one in case.facts]
    text = words.listing(felt) if felt and words.language == "en" else words.of(case.complaint.name)
    if known and words.language == "en":
        text = words("why_facts", why=text, facts=", ".join(known))
    return Cited(text, tuple(Source(one.title, one.url, _host(one.url)) for one in fired.citations))


def _host(url: str) -> str:
    """What names a source whose publisher is not on record."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def _unsure(case: Case) -> bool:
    return any(case.episode.answers.get(one) != "no" for one in case.complaint.ask)


def _asked_sources(case: Case) -> tuple[Source, ...]:
    return _sources(Cited("", case.pack.cited(q.cites)) for q in case.questions()[:3])


def _sources(sentences: Iterable[Cited]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(source for one in sentences for source in one.sources))


# --- Diagnostic -------------------------------------------------------------------------------------------------------


def diagnostic(case: Case, reply: Reply) -> None:
    """What is commonly behind such a complaint, never what it is for this person."""
    words = case.words
    causes = case.section("causes")[:MOST_CAUSES] if case.own_language else _turkish_causes(case)
    if causes:
        reply.say(words("causes", complaint=words.of(case.complaint.name)), *causes)


def _turkish_causes(case: Case) -> list[Cited]:
    return [case.pack.marked(case.complaint.tr.causes)] if case.complaint.tr and case.words.language == "tr" else []


# --- Treatment --------------------------------------------------------------------------------------------------------


def treatment(case: Case, reply: Reply) -> list[Warned]:
    """Self-care and what a clinician may do, without what this person should not take; the warnings that applied."""
    words = case.words
    care, spoken = _care(case)
    warned = warnings(spoken, case.states, case.pack.medicines)
    reply.bullets(words("self_care" if case.level == "self_care" else "meanwhile"), care[:MOST_CARE])
    warn(case.pack, words, warned, reply)
    if case.complaint.painkiller and not warned and not case.episode.child:
        reply.say(Cited(words("painkiller"), case.pack.cited(["paracetamol.s1"])))
    clinician = case.section("clinician")[:MOST_CLINICIAN] if case.own_language else []
    reply.say(*clinician)
    worsening(case, reply)
    return warned


def _care(case: Case) -> tuple[list[Cited], list[Medicine]]:
    """What can be advised, and the medicines that this kind of advice speaks of."""
    if case.own_language:
        items = case.section("self_care")
    elif case.complaint.tr and case.words.language == "tr":
        items = [case.pack.marked(text) for text in case.complaint.tr.care]
    else:
        items = []
    medicines = case.pack.medicines
    spoken = [one for item in items if not _FORBIDS.search(item.text) for one in medicines_in(item.text, medicines)]
    if case.complaint.painkiller:
        spoken += [one for one in medicines.medicines if one.id in ("ibuprofen", "paracetamol")]
    advised = [item for item in items if is_safe(item.text, case.states, medicines)]
    return advised, list({one.id: one for one in spoken}.values())


def is_safe(text: str, states: Collection[str], medicines: Medicines) -> bool:
    """Whether nothing speaks against a piece of advice for this person. Advice not to take something always is."""
    return _FORBIDS.search(text) is not None or not warnings(medicines_in(text, medicines), states, medicines)


def warn(pack: HealthPack, words: Words, warned: Sequence[Warned], reply: Reply) -> None:
    """One sentence for each medicine and rule."""
    of_each: dict[str, list[Warned]] = {}
    for one in warned:
        of_each.setdefault(one.medicine.id, []).append(one)
    reply.say(*(_warning(pack, words, all_of_it) for all_of_it in of_each.values()))


def _warning(pack: HealthPack, words: Words, warned: Sequence[Warned]) -> Cited:
    """All that speaks against one medicine; only what forbids it when something does."""
    counting = [one for one in warned if one.verdict == warned[0].verdict]
    states = list(dict.fromkeys(state for one in counting for state in one.states))
    if "warfarin" in states and "anticoagulant" in states:
        states.remove("anticoagulant")
    name = words.of(warned[0].medicine.name)
    key = "avoid" if warned[0].verdict == "avoid" else "ask_before"
    if states == ["child"]:
        key += "_child"
    reason = words.listing([words.of(pack.medicines.names[state]) for state in states])
    text = words(key, medicine=name, Medicine=words.capital(name), reason=reason)
    return Cited(text, tuple(dict.fromkeys(source for one in counting for source in pack.cited(one.rule.cites))))


def worsening(case: Case, reply: Reply) -> None:
    """What would make it more urgent: always said. By the article, else by the questions that triage asks."""
    words = case.words
    if case.own_language and case.section("emergency"):
        reply.bullets(words("emergency_if"), case.section("emergency")[:MOST_SIGNS])
        reply.bullets(words("sooner"), case.section("sooner")[:MOST_SOONER])
        return
    urgent = [q for q in case.questions() if q.level in URGENT]
    later = [q for q in case.questions() if q.level not in URGENT and case.level == "self_care"]
    reply.bullets(words("emergency_if"), [_sign(case, q) for q in urgent])
    reply.bullets(words("sooner"), [_sign(case, q) for q in later])


def _sign(case: Case, question: Question) -> Cited:
    return Cited(f"{case.words.capital(case.words.of(question.why))}.", case.pack.cited(question.cites))
