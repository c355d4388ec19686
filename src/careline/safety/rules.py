"""Triage rules as data: which findings together call for which level, each with the public source it paraphrases."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from careline.safety.findings import Finding, Onset, ProfileFacts, Severity, Vitals
from careline.safety.lexicon import DATA, read_yaml

Level = Literal["self_care", "consultation", "consultation_24", "emergency", "emergency_ambulance"]
LEVELS: tuple[Level, ...] = ("self_care", "consultation", "consultation_24", "emergency", "emergency_ambulance")
URGENT: frozenset[str] = frozenset({"emergency", "emergency_ambulance"})
_VITALS = "vitals"


class Citation(msgspec.Struct, frozen=True):
    """A public clinical source. `seen` says how its text was read: at the address, as a copy elsewhere, or not yet."""

    title: str
    url: str
    seen: Literal["confirmed", "syndicated", "unconfirmed"] = "unconfirmed"


class With(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What at least one of the rule's findings must be like. Lists are alternatives; durations in hours.

    An unknown duration fulfils no minimum, and a maximum always.
    """

    severity: list[Severity] = []
    onset: list[Onset] = []
    duration_hours_min: float | None = None
    duration_hours_max: float | None = None


class ProfileWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ages in years, `age_min` inclusive, `age_max` exclusive. An unknown value fulfils nothing."""

    age_min: float | None = None
    age_max: float | None = None
    sex: Literal["female", "male"] | None = None
    weeks_min: float | None = None


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule fires when each of `all` (a finding id or alternatives) and `min_count` of `any` are happening.

    `without`: none of these is happening. `vitals`: inclusive limits by name, `temperature_min: 38`.
    `any_vitals`: one limit is enough, and stands for one of `any`. `resolved`: findings that have passed count too.
    `ruled_out`: on a complaint's rule, what has to be ruled out for self-care: groups of red flags that are asked in
    one breath. Of every group one must be explicitly denied and none be there.
    `certain`: people feel and sound well at first, so a calm message is no reason to doubt it.
    `citations` are keys of sources.yaml. `learnt`: no findings make it fire, but what the message as a whole is like.
    """

    id: str
    level: Level
    citations: list[str]
    kind: str = "general"
    all: list[str | list[str]] = []
    any: list[str] = []
    min_count: int = 1
    without: list[str] = []
    with_: With | None = msgspec.field(default=None, name="with")
    profile: ProfileWanted | None = None
    vitals: dict[str, float] = {}
    any_vitals: dict[str, float] = {}
    resolved: bool = False
    crisis: bool = False
    ruled_out: list[list[str]] = []
    message_key: str | None = None
    learnt: bool = False
    certain: bool = False
    version: int = 1


class RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reviewed_on: date
    rules: list[Rule]


class Fired(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule that applied, and the ids of the findings that made it.

    `measured`: vital signs were among them, or the rule is `certain`.
    """

    id: str
    level: Level
    kind: str
    crisis: bool
    findings: tuple[str, ...]
    citations: tuple[Citation, ...]
    reviewed_on: date
    version: int
    message_key: str | None = None
    measured: bool = False


class Evidence(msgspec.Struct, frozen=True):
    """What rules look at: happening findings by id, passed ones, and everything explicitly denied."""

    happening: Mapping[str, list[Finding]]
    resolved: Mapping[str, list[Finding]]
    denied: frozenset[str]
    vitals: Vitals
    profile: ProfileFacts


class Rules:
    """All rules, indexed by a finding each cannot do without."""

    def __init__(self, files: Iterable[RuleFile], sources: Mapping[str, Citation]) -> None:
        self.reviewed = {rule.id: file.reviewed_on for file in files for rule in file.rules}
        self.rules = tuple(rule for file in files for rule in file.rules)
        self.sources = sources
        self._by_id = {rule.id: rule for rule in self.rules}
        self.crisis_findings = frozenset(key for rule in self.rules if rule.crisis for key in _keys(rule))
        self._by_finding: dict[str, list[Rule]] = {}
        self._by_vitals: list[Rule] = []
        for rule in self.rules:
            for key in _keys(rule):
                if key == _VITALS:
                    self._by_vitals.append(rule)
                else:
                    self._by_finding.setdefault(key, []).append(rule)

    def fire(self, evidence: Evidence) -> list[Fired]:
        """Every rule that applies, in file order within a finding."""
        candidates: dict[str, Rule] = {}
        for ids in (evidence.happening, evidence.resolved, evidence.profile.states):
            for finding in ids:
                for rule in self._by_finding.get(finding, ()):
                    candidates[rule.id] = rule
        if evidence.vitals != Vitals():
            candidates.update((rule.id, rule) for rule in self._by_vitals)
        return [fired for rule in candidates.values() if (fired := self._apply(rule, evidence)) is not None]

    def named(self, rule_id: str) -> Fired:
        """A rule that something other than findings calls for (`learnt` rules). Raises KeyError."""
        rule = self._by_id[rule_id]
        return self._fired(rule, rule.level, ())

    def red_flags(self, fired: Iterable[Fired]) -> list[str]:
        """What would have to be ruled out for the complaints of these rules."""
        flags = {one.id: one.ruled_out for one in self.rules}
        return list(dict.fromkeys(flag for one in fired for group in flags[one.id] for flag in group))

    def _apply(self, rule: Rule, evidence: Evidence) -> Fired | None:
        support = _support(rule, evidence)
        if support is None or not _profile_fits(rule.profile, evidence.profile):
            return None
        if any(finding in evidence.happening or finding in evidence.profile.states for finding in rule.without):
            return None
        if rule.with_ and not any(_fits(rule.with_, one) for one in _found(support, rule, evidence)):
            return None
        level: Level = "self_care" if rule.ruled_out and _all_denied(rule, evidence) else rule.level
        measured = rule.certain or bool(rule.vitals) or not rule.any_vitals.keys().isdisjoint(support)
        return self._fired(rule, level, support, measured=measured)

    def _fired(self, rule: Rule, level: Level, support: Sequence[str], *, measured: bool = False) -> Fired:
        citations = tuple(self.sources[key] for key in rule.citations)
        return Fired(
            rule.id, level, rule.kind, rule.crisis, tuple(support), citations, self.reviewed[rule.id], rule.version,
            rule.message_key, measured,
        )  # fmt: skip


def _keys(rule: Rule) -> list[str]:
    if rule.all:
        first = rule.all[0]
        return [first] if isinstance(first, str) else list(first)
    return [*rule.any, *([_VITALS] if rule.any_vitals or rule.vitals else [])]


def _support(rule: Rule, evidence: Evidence) -> list[str] | None:
    """The ids that fulfil the rule, or None."""
    support: list[str] = []
    for wanted in rule.all:
        here = [one for one in ([wanted] if isinstance(wanted, str) else wanted) if _there(one, rule, evidence)]
        if not here:
            return None
        support += here
    if rule.vitals and not all(_within(name, limit, evidence.vitals) for name, limit in rule.vitals.items()):
        return None
    if rule.any or rule.any_vitals:
        some = [one for one in rule.any if _there(one, rule, evidence)]
        some += [name for name, limit in rule.any_vitals.items() if _within(name, limit, evidence.vitals)]
        if len(some) < rule.min_count:
            return None
        support += some
    return list(dict.fromkeys(support))


def _there(finding: str, rule: Rule, evidence: Evidence) -> bool:
    if finding in evidence.happening or finding in evidence.profile.states:
        return True
    return rule.resolved and finding in evidence.resolved


def _found(support: list[str], rule: Rule, evidence: Evidence) -> Iterable[Finding]:
    for finding in support:
        yield from evidence.happening.get(finding, ())
        if rule.resolved:
            yield from evidence.resolved.get(finding, ())


def _within(limit_name: str, limit: float, vitals: Vitals) -> bool:
    name, _, bound = limit_name.rpartition("_")
    value: float | None = getattr(vitals, name)
    if value is None:
        return False
    return value >= limit if bound == "min" else value <= limit


def _profile_fits(wanted: ProfileWanted | None, profile: ProfileFacts) -> bool:
    if wanted is None:
        return True
    age, weeks = profile.age, profile.pregnancy_weeks
    return (
        (wanted.age_min is None or (age is not None and age >= wanted.age_min))
        and (wanted.age_max is None or (age is not None and age < wanted.age_max))
        and (wanted.weeks_min is None or (weeks is not None and weeks >= wanted.weeks_min))
        and (wanted.sex is None or profile.sex == wanted.sex)
    )


def _fits(wanted: With, finding: Finding) -> bool:
    hours = finding.duration_hours
    return (
        (not wanted.severity or finding.severity in wanted.severity)
        and (not wanted.onset or finding.onset in wanted.onset)
        and (wanted.duration_hours_min is None or (hours is not None and hours >= wanted.duration_hours_min))
        and (wanted.duration_hours_max is None or hours is None or hours <= wanted.duration_hours_max)
    )


def _all_denied(rule: Rule, evidence: Evidence) -> bool:
    there = evidence.happening.keys() | evidence.profile.states
    return all(there.isdisjoint(group) and not evidence.denied.isdisjoint(group) for group in rule.ruled_out)


def load_rules() -> Rules:
    """The shipped rules. Reads files: for start-up."""
    sources = msgspec.convert(read_yaml(DATA / "sources.yaml"), dict[str, Citation], strict=False)
    return Rules([_read(path) for path in sorted((DATA / "rules").glob("*.yaml"))], sources)


def _read(path: Path) -> RuleFile:
    return msgspec.convert(read_yaml(path), RuleFile, strict=False)
