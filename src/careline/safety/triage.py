"""How urgent it is: the maximum of what the rules say, sticky within an episode, never lowered by what is unknown."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import msgspec

from careline.safety.findings import Finding, Likeness, ProfileFacts, Scan, Vitals
from careline.safety.lexicon import EVERYTHING, Lexicon, load_lexicons
from careline.safety.likeness import Reader, load_reader
from careline.safety.rules import LEVELS, URGENT, Evidence, Fired, Level, Rules, load_rules
from careline.safety.scan import scan
from careline.safety.second_reading import (
    doubted,
    heard_as,
    in_doubt,
    of_an_ambulance,
    places_denied,
    possible_level,
    settled,
)


class Episode(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one course of illness has shown so far. The level only rises; a new episode starts with a new value."""

    level: Level | None = None
    findings: tuple[Finding, ...] = ()
    vitals: Vitals = Vitals()
    facts: ProfileFacts = ProfileFacts()


class Assessment(msgspec.Struct, frozen=True):
    """The level with everything that produced it. `level` None: the talk is not about a complaint.

    `alarm`: an emergency or crisis answer is due now. `crisis`: it is about self-harm or suicide. `kind` names the
    message (`cardiac`, `stroke`, `self_harm`, ...). `fired` is most urgent first. `ask`: red flags denied in a way that
    is not explicit, to be asked. `episode` is what to hand to the next assessment. `likeness` is that of the message.
    """

    level: Level | None
    alarm: bool
    crisis: bool
    kind: str | None
    language: str
    findings: tuple[Finding, ...]
    fired: tuple[Fired, ...]
    ask: tuple[str, ...]
    vitals: Vitals
    facts: ProfileFacts
    episode: Episode
    likeness: Likeness | None


class Triage:
    """Lexicons and rules, ready to be asked. Pure: no clock, no I/O."""

    def __init__(self, lexicons: Sequence[Lexicon], rules: Rules, reader: Reader | None = None) -> None:
        """Without a `reader` the rules alone decide."""
        self.reader = reader
        self.lexicons = lexicons
        self.rules = rules
        self._facts = frozenset(entry.id for entry in lexicons[0].findings if entry.fact)
        self._nothing_else = frozenset(entry.id for entry in lexicons[0].findings if EVERYTHING in entry.denies)

    def scan(self, text: str) -> Scan:
        """All that is heard in a message: its findings, and what it is like as a whole."""
        heard = scan(text, self.lexicons)
        if self.reader is None:
            return heard
        return msgspec.structs.replace(heard, likeness=self.reader.judge(text, heard))

    def read(self, text: str) -> Scan:
        """The findings alone, of a text that is no message."""
        return scan(text, self.lexicons)

    def assess(
        self, said: Scan | str, profile: ProfileFacts | None = None, episode: Episode | None = None
    ) -> Assessment:
        """`profile` is what was known before the message; what the message says goes before it.

        An alarm is for this message: an earlier one keeps the level, and is not raised again by "thank you".
        """
        heard = self.scan(said) if isinstance(said, str) else said
        before = episode or Episode()
        facts = heard.facts.over(before.facts).over(profile).without(self.taken_back(heard))
        vitals = _completed(heard.vitals, before.vitals)
        heard = self._spelled_out(heard, before, vitals, facts)
        most = possible_level(heard.likeness)
        alone = self._fire(heard.findings, heard.vitals, facts, most)
        by_words = alone if facts == heard.facts else self._fire(heard.findings, heard.vitals, heard.facts, most)
        if doubted(alone, by_words, heard.likeness):
            heard = msgspec.structs.replace(heard, findings=in_doubt(heard.findings, alone))
            alone = self._fire(heard.findings, heard.vitals, facts, most)
        findings = _later_wins(before.findings, heard.findings)
        like = heard_as(alone, heard.findings, heard.likeness, self.rules)
        fired = _ordered([*like, *(self._fire(findings, vitals, facts, most) if before.findings else alone)])
        new = _ordered([*like, *alone])
        level = self._level(fired, new, findings, before.level, heard)
        alarming = [one for one in fired if one.level in URGENT] if like or _says_something(heard) else []
        if before.level in URGENT:
            alarming = [one for one in new if one.level in URGENT]
        return Assessment(
            level=level,
            alarm=bool(alarming),
            crisis=any(one.crisis for one in alarming),
            kind=_kind(alarming or fired),
            language=heard.language,
            findings=heard.findings,
            fired=tuple(fired),
            ask=tuple(dict.fromkeys(f.id for f in findings if f.status == "possible")),
            vitals=vitals,
            facts=facts,
            episode=Episode(level, findings, vitals, facts),
            likeness=heard.likeness,
        )

    def taken_back(self, heard: Scan) -> frozenset[str]:
        """Facts of the person that a message says are not, or no longer, so ("I'm not pregnant any more")."""
        about = [one for one in heard.findings if one.id in self._facts and one.who == "self" and one.frame == "stated"]
        gone = frozenset(one.id for one in about if one.status == "absent" or one.when == "resolved")
        return gone - heard.facts.states if gone else gone

    def _spelled_out(self, heard: Scan, before: Episode, vitals: Vitals, facts: ProfileFacts) -> Scan:
        """ "No other symptoms" as a no to each red flag, not named, of what the message complains of."""
        said = tuple(one for one in heard.findings if one.id not in self._nothing_else)
        nothing_else = next((one for one in heard.findings if one.id in self._nothing_else and one.happening), None)
        if nothing_else is not None:
            known = {one.id for one in (*before.findings, *said)}
            flags = self.rules.red_flags(self._fire(_later_wins(before.findings, said), vitals, facts))
            absent = [flag for flag in flags if flag not in known]
            said += tuple(msgspec.structs.replace(nothing_else, id=flag, status="absent") for flag in absent)
        return msgspec.structs.replace(heard, findings=said)

    def _fire(
        self, findings: Iterable[Finding], vitals: Vitals, facts: ProfileFacts, most: Level | None = "consultation_24"
    ) -> list[Fired]:
        """`most` is the level of rules over findings that are only possible; None leaves them out."""
        listed = list(findings)
        sure = self.rules.fire(_evidence(listed, vitals, facts, self._facts))
        if most is not None and any(f.status == "possible" for f in listed):
            present = [msgspec.structs.replace(f, status="present") if f.status == "possible" else f for f in listed]
            known = {one.id for one in sure}
            possible = self.rules.fire(_evidence(present, vitals, facts, self._facts))
            sure += [_capped(one, most) for one in possible if one.id not in known]
        return _ordered(sure)

    def _level(
        self,
        fired: Iterable[Fired],
        new: Iterable[Fired],
        findings: Iterable[Finding],
        before: Level | None,
        heard: Scan,
    ) -> Level | None:
        by_rules = max((one.level for one in fired), key=LEVELS.index, default=None)
        urgent = [one for one in new if one.level in URGENT]
        if by_rules is not None and urgent:
            by_rules = of_an_ambulance(by_rules, urgent, heard.likeness)
        complaint = any(f.happening and f.id not in self._facts for f in findings)
        level = settled(by_rules, heard.likeness, complaint=complaint, denied=places_denied(heard.findings))
        return max((one for one in (level, before) if one is not None), key=LEVELS.index, default=None)


def _ordered(fired: Iterable[Fired]) -> list[Fired]:
    return sorted(fired, key=lambda one: (-one.crisis, -LEVELS.index(one.level)))


def _evidence(findings: Iterable[Finding], vitals: Vitals, facts: ProfileFacts, about: frozenset[str]) -> Evidence:
    happening: dict[str, list[Finding]] = {}
    resolved: dict[str, list[Finding]] = {}
    denied: set[str] = set()
    for finding in findings:
        if finding.happening or (finding.id in about and finding.status == "present" and finding.frame == "stated"):
            happening.setdefault(finding.id, []).append(finding)
        elif finding.status == "present" and finding.when == "resolved" and finding.frame == "stated":
            resolved.setdefault(finding.id, []).append(finding)
        elif finding.ruled_out:
            denied.add(finding.id)
    return Evidence(happening, resolved, frozenset(denied - happening.keys()), vitals, facts)


def _later_wins(before: tuple[Finding, ...], now: tuple[Finding, ...]) -> tuple[Finding, ...]:
    said = {finding.id for finding in now}
    return (*(finding for finding in before if finding.id not in said), *now)


def _completed(now: Vitals, before: Vitals) -> Vitals:
    return msgspec.convert({**msgspec.to_builtins(before), **msgspec.to_builtins(now)}, Vitals)


def _says_something(heard: Scan) -> bool:
    return bool(heard.findings) or heard.vitals != Vitals() or heard.facts != ProfileFacts()


def _capped(fired: Fired, most: Level) -> Fired:
    if LEVELS.index(fired.level) <= LEVELS.index(most):
        return fired
    return msgspec.structs.replace(fired, level=most, crisis=False)


def _kind(fired: Sequence[Fired]) -> str | None:
    return fired[0].kind if fired else None


class ShippedTriage(Triage):
    """The shipped lexicons and rules, read at their first use: a server answers its probes before that."""

    def __init__(self) -> None:
        """Reads nothing yet."""

    def __getattr__(self, name: str) -> Any:
        return getattr(load_triage(), name)


@cache
def load_triage() -> Triage:
    """The shipped lexicons and rules. Reads files once, which takes a few tenths of a second."""
    return Triage(load_lexicons(), load_rules(), load_reader())
