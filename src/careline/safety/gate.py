"""The gate in front of every assistant: does this message call for emergency help, and what does the person get."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from careline.safety.numbers import Numbers, Whereabouts, load_numbers
from careline.safety.phrases import clauses, compile_phrases

__all__ = ["Alarm", "Gate", "Whereabouts", "load_gate"]

_NEAR = 40  # characters around a phrase in which a negation counts
DATA = Path(__file__).parent / "data"


class Alarm(msgspec.Struct, frozen=True):
    """Help is needed now. `message` is the whole answer; `number` comes first in it. `rules` name what fired."""

    level: Literal["emergency_ambulance"]
    kind: str
    number: str
    country: str | None
    language: str
    message: str
    rules: tuple[str, ...]


class _Kind(msgspec.Struct, frozen=True):
    kind: str
    sets: list[list[str]]


class _Texts(msgspec.Struct, frozen=True):
    emergency: str
    self_harm: str
    crisis_line: str
    unknown_country: str
    apology: str


class LanguageRules(msgspec.Struct, frozen=True):
    """One language's data file."""

    language: str
    groups: dict[str, list[str]]
    kinds: list[_Kind]
    texts: _Texts
    negations: list[str] = []
    negations_after: list[str] = []
    elsewhen: list[str] = []


class _Scan:
    """The compiled rules of one language."""

    def __init__(self, rules: LanguageRules) -> None:
        self.rules = rules
        self._groups = {name: compile_phrases(phrases) for name, phrases in rules.groups.items()}
        self._before = _ending(rules.negations)
        self._after = re.compile(r"^(?: \w+){0,1} (?:" + _any(rules.negations_after) + r")\b")
        self._elsewhen = compile_phrases(rules.elsewhen)

    def kind(self, parts: list[str]) -> str | None:
        found = {name for name, pattern in self._groups.items() if any(self._asserted(pattern, p) for p in parts)}
        for kind in self.rules.kinds:
            if any(found.issuperset(wanted) for wanted in kind.sets):
                return kind.kind
        return None

    def _asserted(self, pattern: re.Pattern[str], clause: str) -> bool:
        matches = list(pattern.finditer(clause))
        if not matches or self._elsewhen.search(clause):
            return False
        return not all(self._negated(clause, match) for match in matches)

    def _negated(self, clause: str, match: re.Match[str]) -> bool:
        before = clause[max(0, match.start() - _NEAR) : match.start()]
        after = clause[match.end() : match.end() + _NEAR]
        return bool(self._before.search(before) or self._after.search(after))


class Gate:
    """Pure: no clock, no I/O. Emergencies in any of its languages are seen whatever language the talk is in."""

    def __init__(self, languages: Iterable[LanguageRules], numbers: Numbers) -> None:
        self._scans = {rules.language: _Scan(rules) for rules in languages}
        self._numbers = numbers

    def assess(self, text: str, where: Whereabouts) -> Alarm | None:
        """The alarm this message calls for, or None."""
        parts = clauses(text)
        for scan in self._scans.values():
            kind = scan.kind(parts)
            if kind is not None:
                return self._alarm(kind, scan.rules, where)
        return None

    def apology(self, language: str | None) -> str:
        """What a person reads when a turn failed. `language` is a BCP 47 tag; unknown ones get the first language."""
        scan = self._scans.get((language or "").split("-")[0].lower()) or next(iter(self._scans.values()))
        return scan.rules.texts.apology

    def _alarm(self, kind: str, rules: LanguageRules, where: Whereabouts) -> Alarm:
        texts = rules.texts
        country = self._numbers.country(where)
        number = self._numbers.emergency(country)
        shown = number if country else texts.unknown_country.format(number=number)
        line = self._numbers.crisis_line(country)
        crisis = texts.crisis_line.format(line=line) if line else ""
        template = texts.self_harm if kind == "self_harm" else texts.emergency
        message = template.format(number=shown, crisis=crisis)
        return Alarm("emergency_ambulance", kind, number, country, rules.language, message, (f"minimal.{kind}",))


def _any(phrases: list[str]) -> str:
    return "|".join(re.escape(phrase) for phrase in phrases) or r"(?!)"


def _ending(phrases: list[str]) -> re.Pattern[str]:
    """Matches a text that ends with one of the phrases and at most one more word: an adjacent negation."""
    return re.compile(r"\b(?:" + _any(phrases) + r")(?: \w+)? $")


def load_gate() -> Gate:
    """The shipped rules."""
    languages = [_decode(path) for path in sorted(DATA.glob("??.yaml"))]
    return Gate(languages, load_numbers(DATA / "numbers.yaml"))


def _decode(path: Path) -> LanguageRules:
    data: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return msgspec.convert(data, LanguageRules)
