"""The gate in front of every assistant: does this message call for emergency help, and what does the person get."""

from collections.abc import Mapping
from typing import Any

import msgspec

from careline.safety.findings import Scan
from careline.safety.numbers import Numbers, Whereabouts, load_numbers
from careline.safety.profile import profile_facts
from careline.safety.rules import Citation, Level
from careline.safety.texts import EmergencyTexts, load_texts
from careline.safety.triage import Assessment, Episode, ShippedTriage, Triage

__all__ = ["Alarm", "Gate", "Screening", "Whereabouts", "load_gate"]


CRISIS = "self_harm"


class Alarm(msgspec.Struct, frozen=True):
    """Help is needed now. `message` is the whole answer; `number` comes first in it. `rules` name what fired."""

    level: Level
    kind: str
    number: str
    country: str | None
    language: str
    message: str
    rules: tuple[str, ...]
    citations: tuple[Citation, ...]


class Screening(msgspec.Struct, frozen=True):
    """What the gate made of a message. `episode` is plain JSON, for the gate's next look at this conversation."""

    assessment: Assessment
    alarm: Alarm | None
    episode: dict[str, Any]


class Gate:
    """Pure: no clock, no I/O. Emergencies in any of its languages are seen whatever language the talk is in."""

    def __init__(self, triage: Triage, texts: Mapping[str, EmergencyTexts], numbers: Numbers) -> None:
        self.triage = triage
        self._texts = dict(texts)
        self._numbers = numbers

    def screen(
        self,
        text: str | Scan,
        where: Whereabouts,
        profile: Mapping[str, Any] | None = None,
        episode: Mapping[str, Any] | None = None,
    ) -> Screening:
        """`text` may have been scanned before. `profile` is a patient profile as plain JSON. `episode` is what the last
        look at this conversation gave; anything that is not one counts as none."""
        assessment = self.triage.assess(text, profile_facts(profile, self.triage), _episode(episode))
        alarm = self._alarm(assessment, where) if assessment.alarm else None
        return Screening(assessment, alarm, msgspec.to_builtins(assessment.episode))

    def scan(self, text: str) -> Scan:
        """What `screen` reads of a text: the slow half of it, and the same whoever says it."""
        return self.triage.scan(text)

    def raised(self, level: Level, kind: str, where: Whereabouts, language: str) -> Alarm:
        """The alarm for an emergency that somebody else has seen, such as an assistant. `kind` as the rules have them;
        `self_harm` is answered as a crisis."""
        country = self._numbers.country(where)
        number = self._numbers.emergency(country)
        texts = self._in(language)
        if kind == CRISIS:
            message = texts.crisis(number, self._numbers.crisis_line(country), country)
        else:
            message = texts.message(level, kind, number, country)
        return Alarm(level, kind, number, country, texts.language, message, (), ())

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every emergency number and crisis line that is known."""
        known = self._numbers
        emergency, crisis = (g.number for g in known.groups), (line.number for line in known.crisis_lines)
        return (known.unknown, *emergency, *crisis)

    def apology(self, language: str | None) -> str:
        """What a person reads when a turn failed. `language` is a BCP 47 tag; unknown ones get English."""
        return self._in(language).apology

    def _alarm(self, assessment: Assessment, where: Whereabouts) -> Alarm:
        country = self._numbers.country(where)
        number = self._numbers.emergency(country)
        texts = self._in(assessment.language)
        kind = assessment.kind or "general"
        level = assessment.level or "emergency_ambulance"
        if assessment.crisis:
            message = texts.crisis(number, self._numbers.crisis_line(country), country)
        else:
            message = texts.message(level, kind, number, country)
        fired = [one for one in assessment.fired if one.level in ("emergency", "emergency_ambulance")]
        cited = tuple(dict.fromkeys(citation for one in fired for citation in one.citations))
        return Alarm(level, kind, number, country, texts.language, message, tuple(one.id for one in fired), cited)

    def _in(self, language: str | None) -> EmergencyTexts:
        return self._texts.get((language or "").split("-")[0].lower()) or self._texts["en"]


def _episode(stored: Mapping[str, Any] | None) -> Episode | None:
    if not stored:
        return None
    try:
        return msgspec.convert(stored, Episode)
    except msgspec.ValidationError:
        return None  # of an older program: the message is looked at afresh


def load_gate() -> Gate:
    """The shipped texts and numbers, and the rules, which are read at their first use. For start-up."""
    return Gate(ShippedTriage(), load_texts(), load_numbers())
