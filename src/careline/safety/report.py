"""Assessments as plain records, and how well they agree with gold levels. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from careline.safety.findings import ProfileFacts, Vitals
from careline.safety.rules import LEVELS, URGENT
from careline.safety.triage import Assessment, Episode

_FINDING_KEYS = ("id", "status", "when", "frame", "who", "relation", "severity", "onset", "duration_hours", "side",
                 "text", "start", "end")  # fmt: skip
CRISIS_GOLD = frozenset({"crisis", "self_harm", "suicide"})
EMERGENCY_GOLD = frozenset({*URGENT, *CRISIS_GOLD, "alarm"})


def record(identity: Any, found: Assessment, microseconds: float) -> dict[str, Any]:
    """One line of `careline assess`."""
    citations = {(c.title, c.url): {"title": c.title, "url": c.url} for one in found.fired for c in one.citations}
    return {
        "id": identity,
        "level": found.level or "none",
        "alarm": found.alarm,
        "crisis": found.crisis,
        "kind": found.kind,
        "language": found.language,
        "findings": [{key: getattr(one, key) for key in _FINDING_KEYS} for one in found.findings],
        "rules": [{"id": one.id, "level": one.level, "version": one.version} for one in found.fired],
        "likeness": _likeness(found),
        "citations": list(citations.values()),
        "vitals": msgspec.to_builtins(found.vitals),
        "ask": list(found.ask),
        "microseconds": round(microseconds, 1),
    }


def _likeness(found: Assessment) -> dict[str, Any] | None:
    if found.likeness is None:
        return None
    like = found.likeness
    return {"alarm": round(like.alarm, 3), "crisis": round(like.crisis, 3), "because": list(like.because)}


_ED_VITALS = {"SBP": "systolic", "DBP": "diastolic", "HR": "heart_rate", "RR": "breathing_rate", "BT": "temperature",
              "Saturation": "oxygen"}  # fmt: skip


def measured(vitals: Mapping[str, Any]) -> Episode:
    """Vital signs given beside the text, under our own names or those of emergency records, with age and sex."""
    names = {**_ED_VITALS, **{name: name for name in Vitals.__struct_fields__}}
    values = {ours: value for theirs, ours in names.items() if (value := _float(vitals.get(theirs))) is not None}
    sex = {"1": "female", "2": "male"}.get(str(vitals.get("Sex")))
    facts = msgspec.convert({"age": _float(vitals.get("Age")), "sex": sex}, ProfileFacts)
    return Episode(vitals=msgspec.convert(values, Vitals), facts=facts)


def _float(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


class Judged(msgspec.Struct, frozen=True):
    """One gold record with what the gate made of it. Where `gold` is no level, only the alarm is judged."""

    identity: Any
    text: str
    gold: str | None
    gold_alarm: bool
    assessed: Assessment
    microseconds: float

    @property
    def level(self) -> str:
        return self.assessed.level or "none"


def summary(judged: Sequence[Judged]) -> dict[str, Any]:
    """Sensitivity and specificity of the alarm, accuracy of the levels, time, and every miss and false alarm."""
    urgent = [one for one in judged if one.gold_alarm]
    calm = [one for one in judged if not one.gold_alarm]
    levelled = [one for one in judged if one.gold in (*LEVELS, "none")]
    times = sorted(one.microseconds for one in judged)
    return {
        "messages": len(judged),
        "emergencies": len(urgent),
        "sensitivity": _share(one.assessed.alarm for one in urgent),
        "specificity": _share(not one.assessed.alarm for one in calm),
        "alarm_rate": _share(one.assessed.alarm for one in judged),
        "level_accuracy": _share(one.level == one.gold for one in levelled),
        "microseconds_median": times[len(times) // 2] if times else None,
        "microseconds_max": times[-1] if times else None,
        "missed": [_line(one) for one in urgent if not one.assessed.alarm],
        "false_alarms": [_line(one) for one in calm if one.assessed.alarm],
        "other_levels": [_line(one) for one in levelled if one.level != one.gold],
    }


def _share(hits: Iterable[bool]) -> float | None:
    listed = list(hits)
    return round(sum(listed) / len(listed), 4) if listed else None


def _line(one: Judged) -> dict[str, Any]:
    rules = [fired.id for fired in one.assessed.fired[:3]]
    return {"id": one.identity, "gold": one.gold, "level": one.level, "rules": rules, "text": one.text[:200]}
