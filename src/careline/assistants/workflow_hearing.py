"""One message as the health assistant hears it, together with what it knows: language, findings, facts, answers."""

import re
from functools import cached_property
from typing import Any

import msgspec

from careline.dialogue.triage_answers import read_answers
from careline.dialogue.triage_complaints import Complaints
from careline.dialogue.triage_pack import Complaint, HealthPack, Question
from careline.dialogue.triage_person import (
    by_age,
    profile_facts,
    profile_states,
    speaks_of_child,
    states_denied,
    states_said,
)
from careline.dialogue.triage_state import Answer, Episode, HealthState
from careline.language import Languages, Reference, Said, understand
from careline.language.text import fold
from careline.ports import TurnContext
from careline.safety import triage as safety
from careline.safety.findings import Finding
from careline.safety.rules import URGENT, Level

PROFILE = "profile"
_GENERAL = re.compile(
    r"^\W*(?:what|how|why|is|are|can|does|do|tell me about|which|when|should)\b"
    r"|\b(?:nedir|neden olur|nasil gecer|ne iyi gelir)\b"
)
_HOW_TO = re.compile(
    r"^\W*(?:how (?:do|can|should|to) ?(?:i|you|we)? ?(?:treat|get rid|cure|relieve|prevent|avoid)"
    r"|what (?:helps|is good for))\b"
)
_OWN = re.compile(r"\b(?:i|ive|im|my|we|our|he|she|benim|bende|cocugum|bebegim)\b|\w+(?:im|um)\b")


class Heard(msgspec.Struct, frozen=True):
    """`findings` are ids with "present" or "absent"; `complaints` the most important first. `alarmed` are the
    findings for which the gate has called for help in this talk, with the level they called for. `told_of_self`: what
    the person takes or has was said or taken back. `asks_how`: it asks what helps, and tells of nothing.
    """

    text: str
    said: Said
    findings: dict[str, str]
    complaints: list[Complaint]
    child: bool
    assessment: safety.Assessment
    alarmed: dict[str, Level] = {}
    told_of_self: bool = False
    asks_how: bool = False


class Ear:
    """What is needed to hear."""

    def __init__(self, pack: HealthPack, languages: Languages, triage: safety.Triage) -> None:
        self.pack = pack
        self.languages = languages
        self.triage = triage
        self.complaints = Complaints(pack, languages)

    # The triage reads its files at first use: nothing here asks it for anything before a message does.

    @cached_property
    def names(self) -> dict[str, str]:
        return {entry.id: entry.name for entry in self.triage.lexicons[0].findings if entry.name}

    @cached_property
    def facts(self) -> frozenset[str]:
        return frozenset(entry.id for entry in self.triage.lexicons[0].findings if entry.fact)

    @cached_property
    def defaults(self) -> frozenset[str]:
        return frozenset(rule.id for rule in self.triage.rules.rules if rule.ruled_out)

    def hear(self, context: TurnContext, state: HealthState) -> Heard:
        """Takes in language, facts and states as well: they are the person's, whatever the turn makes of the rest."""
        text = context.message.body
        known = state.language or context.conversation.language or context.hints.locale
        said = understand(text, self.languages, Reference(now=context.now), expected_language=known)
        state.language = self.pack.language(said.language if said.language_sure or known is None else known)
        scan = self.triage.scan(text)
        profile: dict[str, Any] | None = getattr(context.hints, "profile", None)
        medicines = self.pack.medicines
        denied = states_denied(text, medicines)
        gone = self.triage.taken_back(scan) | denied
        state.facts = scan.facts.over(state.facts).over(profile_facts(profile)).without(gone)
        said_states = states_said(text, medicines)
        states = said_states | profile_states(profile, medicines) | set(state.states)
        states -= denied
        states |= {medicines.lexicon.get(one, one) for one in state.facts.states} & medicines.names.keys()
        state.states = sorted(states)
        child = self._child(text, state)
        assessment = self.triage.assess(scan, state.facts, _episode(state))
        findings = _statuses(assessment.findings)
        complaints = self.complaints.find(text, findings, child=child)
        if "present" not in findings.values() and _GENERAL.search(fold(text)) and not _OWN.search(fold(text)):
            complaints = []
        asks_how = _HOW_TO.search(fold(text)) is not None and assessment.level not in URGENT
        if asks_how:
            complaints, findings = [], {}
        if state.resumed and state.episode and complaints and state.episode.complaint not in {c.id for c in complaints}:
            assessment = self.triage.assess(scan, state.facts)  # something new: what has passed does not count for it
        return Heard(
            text, said, findings, complaints, child, assessment, self._alarmed(context), bool(said_states | denied)
        )

    def _alarmed(self, context: TurnContext) -> dict[str, Level]:
        """Of the conversation as the gate knows it: the level stays, so does what it is about."""
        try:
            known = msgspec.convert(context.conversation.safety or {}, safety.Episode)
        except msgspec.ValidationError:
            return {}  # of an older program
        if known.level not in URGENT:
            return {}
        urgent = [one for one in self.triage.assess("", None, known).fired if one.level in URGENT]
        return {finding: one.level for one in reversed(urgent) for finding in one.findings}

    def person_states(self, state: HealthState, heard: Heard) -> frozenset[str]:
        """What speaks for or against medicines: of the person, and of what they have now."""
        episode = state.episode
        child = heard.child or (episode is not None and episode.child)
        findings = {**(episode.findings if episode is not None else {}), **heard.findings}
        having = {state for one, state in self.pack.medicines.symptoms.items() if findings.get(one) == "present"}
        return frozenset(state.states) | having | by_age(state.facts, child=child)

    def answers(self, heard: Heard, pending: list[str]) -> dict[str, Answer]:
        """The answers to what was asked; the question for medicines and illnesses takes any."""
        questions: list[Question] = [self.pack.questions[one] for one in pending if one != PROFILE]
        answers = read_answers(heard.text, heard.said, heard.findings, questions, len(pending))
        if PROFILE in pending and (answers or not questions):
            answers[PROFILE] = "no"
        return answers

    def _child(self, text: str, state: HealthState) -> bool:
        if state.facts.age is not None:
            return state.facts.age < 16
        return speaks_of_child(text) or (state.episode is not None and state.episode.child)


def _statuses(findings: tuple[Finding, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for finding in findings:
        if finding.happening:
            found[finding.id] = "present"
        elif finding.ruled_out:
            found.setdefault(finding.id, "absent")
    return found


def _episode(state: HealthState) -> safety.Episode | None:
    """The episode as the safety rules know it, without a level: that one is kept here."""
    episode: Episode | None = state.episode
    if episode is None:
        return None
    found = (Finding(one, "present" if status == "present" else "absent") for one, status in episode.findings.items())
    return safety.Episode(None, tuple(found), episode.vitals, state.facts)
