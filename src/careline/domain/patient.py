"""What is known of the person a conversation is about: a partial profile, each of its facts with where it comes from.

Layers are merged in the order in which they came to be known: stored, said in the talk, sent with the message. Nothing
absent counts as denied. Errors name the field and never repeat what was in it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypeVar

import msgspec

from careline.domain.errors import Invalid

T = TypeVar("T")
Origin = Literal["message", "said", "stored", "clinician"]
Sex = Literal["female", "male", "other"]
Topic = Literal["age", "sex", "pregnancy", "condition", "medication", "allergy"]

OLDEST = 130
MOST_ITEMS = 50
MOST_KINDS = 10
LONGEST_NAME = 120
MOST_FACTS = 200
"""Facts kept of one person; beyond that the ones known longest go, except a clinician's."""

_LONGEST_PREGNANCY = 44.0
_DAYS_OF_A_YEAR = 365.25
_SEXES: dict[str, Sex] = {"female": "female", "f": "female", "male": "male", "m": "male", "other": "other"}
_PREGNANT = {"yes": True, "true": True, "pregnant": True, "no": False, "false": False, "not pregnant": False}
_WEEKS = re.compile(r"(\d{1,2}(?:\.\d)?) ?(?:w|wks?|weeks?)?(?: pregnant)?", re.ASCII)
_LISTED = frozenset({"condition", "medication", "allergy"})


class Medication(msgspec.Struct, frozen=True, omit_defaults=True):
    """A medicine as the person or a clinician wrote it. `dose` is free text."""

    name: str
    dose: str | None = None


class Pregnancy(msgspec.Struct, frozen=True, omit_defaults=True):
    """`weeks` of gestation, where known."""

    pregnant: bool
    weeks: float | None = None


class PatientProfile(msgspec.Struct, frozen=True, omit_defaults=True):
    """The facts without their origins. `age` in years (fractions for infants); `allergies` by kind (`drug`, `food`...).

    None and empty mean unknown.
    """

    age: float | None = None
    sex: Sex | None = None
    pregnancy: Pregnancy | None = None
    chronic_conditions: tuple[str, ...] = ()
    current_medications: tuple[Medication, ...] = ()
    allergies: Mapping[str, tuple[str, ...]] = {}

    def facts(self, origin: Origin, noted_on: date | None = None) -> "KnownProfile":
        """The same with an origin. `noted_on` is the day it was true on."""
        found: list[Fact] = []
        if self.age is not None:
            found.append(Fact("age", origin, number=self.age, noted_on=noted_on))
        if self.sex is not None:
            found.append(Fact("sex", origin, detail=self.sex, noted_on=noted_on))
        if self.pregnancy is not None:
            expecting = self.pregnancy
            found.append(
                Fact("pregnancy", origin, number=expecting.weeks, noted_on=noted_on, withdrawn=not expecting.pregnant)
            )
        found += [Fact("condition", origin, name, noted_on=noted_on) for name in self.chronic_conditions]
        found += [Fact("medication", origin, one.name, one.dose, noted_on=noted_on) for one in self.current_medications]
        for kind, names in self.allergies.items():
            found += [Fact("allergy", origin, name, kind, noted_on=noted_on) for name in names]
        return merge(KnownProfile(tuple(found)))


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing known of the person.

    `name` is that of the condition, medicine or allergen; `detail` the sex, the dose, or the kind of allergy; `number`
    the age in years or the weeks of a pregnancy. `withdrawn`: known not, or no longer, to be so.
    """

    topic: Topic
    origin: Origin
    name: str = ""
    detail: str | None = None
    number: float | None = None
    withdrawn: bool = False
    noted_on: date | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What a later fact about the same thing has in common with this one."""
        return self.topic, self.name.casefold()


class KnownProfile(msgspec.Struct, frozen=True, omit_defaults=True):
    """Facts with their origins, at most one about each thing, the latest known last."""

    facts: tuple[Fact, ...] = ()

    @property
    def profile(self) -> PatientProfile:
        """The plain profile: what is held to be so."""
        held = [fact for fact in self.facts if not fact.withdrawn]
        single = {fact.topic: fact for fact in self.facts if fact.topic not in _LISTED}
        age, sex, expecting = single.get("age"), single.get("sex"), single.get("pregnancy")
        allergies: dict[str, tuple[str, ...]] = {}
        for fact in held:
            if fact.topic == "allergy":
                kind = fact.detail or "other"
                allergies[kind] = (*allergies.get(kind, ()), fact.name)
        return PatientProfile(
            age=age.number if age and not age.withdrawn else None,
            sex=_SEXES.get(sex.detail or "") if sex and not sex.withdrawn else None,
            pregnancy=Pregnancy(not expecting.withdrawn, expecting.number) if expecting else None,
            chronic_conditions=tuple(fact.name for fact in held if fact.topic == "condition"),
            current_medications=tuple(Medication(f.name, f.detail) for f in held if f.topic == "medication"),
            allergies=allergies,
        )

    def from_storage(self) -> "KnownProfile":
        """The same as it counts when it is read again: a clinician's word stays one, the rest is `stored`."""
        return KnownProfile(tuple(f if f.origin == "clinician" else _with(f, origin="stored") for f in self.facts))

    def noted(self, today: date) -> "KnownProfile":
        """The same, with today on every fact that has no day yet."""
        return KnownProfile(tuple(f if f.noted_on else _with(f, noted_on=today) for f in self.facts))

    def as_of(self, today: date) -> "KnownProfile":
        """The same, today: years have been added to the age and weeks to a pregnancy, which ends after 44 of them.

        A pregnancy without weeks is taken to have been at its beginning.
        """
        moved = (_moved(fact, today) for fact in self.facts)
        return KnownProfile(tuple(fact for fact in moved if fact is not None))

    def without(self, topic: Topic, name: str, origin: Origin) -> "KnownProfile":
        """A correction: this is not, or no longer, so. A clinician's listed fact stands unless a clinician says it."""
        return merge(self, KnownProfile((Fact(topic, origin, name, withdrawn=True),)))


def merge(*layers: KnownProfile) -> KnownProfile:
    """All layers, first known first. Of two facts about the same thing the later counts.

    Only a clinician changes a condition, medicine or allergy that a clinician has recorded.
    """
    known: dict[tuple[str, str], Fact] = {}
    for layer in layers:
        for fact in layer.facts:
            known[fact.key] = _later(known.pop(fact.key, None), fact)
    return KnownProfile(_bounded(tuple(known.values())))


def read_profile(data: object) -> PatientProfile:
    """A profile as clients send it (JSON as Python values); unknown keys are ignored, null is unknown.

    `sex` may also be `f` or `m`; `pregnancy` is true, false, a number of weeks, either as a text, or
    `{"pregnant", "weeks"}`; a medicine may be just its name. Raises Invalid, whose text starts with the field's path.
    """
    fields = _mapping(data, "patient_profile")
    return PatientProfile(
        age=_optional(fields.get("age"), "patient_profile.age", _age),
        sex=_optional(fields.get("sex"), "patient_profile.sex", _sex),
        pregnancy=_optional(fields.get("pregnancy"), "patient_profile.pregnancy", _pregnancy),
        chronic_conditions=_names(fields.get("chronic_conditions"), "patient_profile.chronic_conditions"),
        current_medications=_medications(fields.get("current_medications"), "patient_profile.current_medications"),
        allergies=_allergies(fields.get("allergies"), "patient_profile.allergies"),
    )


def _with(fact: Fact, **changes: Any) -> Fact:
    return msgspec.structs.replace(fact, **changes)


def _later(before: Fact | None, fact: Fact) -> Fact:
    if before is None:
        return fact
    recorded = before.origin == "clinician" and before.topic in _LISTED and not before.withdrawn
    if recorded and fact.origin != "clinician":
        return before
    if before.withdrawn or fact.withdrawn or fact.topic == "pregnancy":
        return fact
    return _with(fact, detail=fact.detail if fact.detail is not None else before.detail)


def _bounded(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    surplus = len(facts) - MOST_FACTS
    if surplus <= 0:
        return facts
    going = {fact.key for fact in [f for f in facts if f.topic in _LISTED and f.origin != "clinician"][:surplus]}
    return tuple(fact for fact in facts if fact.key not in going)


def _moved(fact: Fact, today: date) -> Fact | None:
    if fact.noted_on is None or fact.topic not in {"age", "pregnancy"} or fact.withdrawn:
        return fact
    days = max((today - fact.noted_on).days, 0)
    if fact.topic == "age":
        years = (fact.number or 0.0) + days / _DAYS_OF_A_YEAR
        return _with(fact, number=min(round(years, 3), OLDEST), noted_on=max(today, fact.noted_on)) if days else fact
    if (fact.number or 0.0) + days / 7 > _LONGEST_PREGNANCY:
        return None
    if fact.number is None or not days:
        return fact
    return _with(fact, number=round(fact.number + days / 7, 1), noted_on=today)


def _optional(value: object, path: str, read: Callable[[object, str], T]) -> T | None:
    return None if value is None else read(value, path)


def _mapping(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise Invalid(f"{path} must be an object.")
    return value


def _sequence(value: object, path: str) -> Sequence[object]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise Invalid(f"{path} must be a list.")
    if len(value) > MOST_ITEMS:
        raise Invalid(f"{path} must have at most {MOST_ITEMS} entries.")
    return value


def _number(value: object, low: float, high: float, path: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
        return float(value)
    raise Invalid(f"{path} must be a number from {low:g} to {high:g}.")


def _age(value: object, path: str) -> float:
    return _number(value, 0, OLDEST, path)


def _sex(value: object, path: str) -> Sex:
    found = _SEXES.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise Invalid(f"{path} must be female, male or other.")
    return found


def _pregnancy(value: object, path: str) -> Pregnancy:
    value = _spelled(value) if isinstance(value, str) else value
    if isinstance(value, bool):
        return Pregnancy(value)
    if isinstance(value, int | float):
        return Pregnancy(True, _number(value, 0, _LONGEST_PREGNANCY, path))
    if not isinstance(value, Mapping):
        raise Invalid(f"{path} must be true, false, a number of weeks, or an object.")
    weeks, pregnant = value.get("weeks"), value.get("pregnant", True)
    if not isinstance(pregnant, bool):
        raise Invalid(f"{path}.pregnant must be true or false.")
    if not pregnant:
        return Pregnancy(False)
    return Pregnancy(True, None if weeks is None else _number(weeks, 0, _LONGEST_PREGNANCY, f"{path}.weeks"))


def _spelled(text: str) -> bool | float | None:
    """A pregnancy in a word (`yes`, `not pregnant`) or in weeks (`30 weeks`); None when it is neither."""
    words = " ".join(text.lower().split())
    weeks = _WEEKS.fullmatch(words)
    return float(weeks[1]) if weeks else _PREGNANT.get(words)


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise Invalid(f"{path} must be a text.")
    text = " ".join("".join(c if c.isprintable() else " " if c.isspace() else "" for c in value).split())
    if not 1 <= len(text) <= LONGEST_NAME:
        raise Invalid(f"{path} must have 1 to {LONGEST_NAME} characters.")
    return text


def _names(value: object, path: str) -> tuple[str, ...]:
    names = [_text(one, f"{path}[{index}]") for index, one in enumerate(_sequence(value, path))]
    return _once(names, str.casefold)


def _once(items: Iterable[T], key: Callable[[T], str]) -> tuple[T, ...]:
    found: dict[str, T] = {}
    for item in items:
        found.setdefault(key(item), item)
    return tuple(found.values())


def _medications(value: object, path: str) -> tuple[Medication, ...]:
    found = [_medication(one, f"{path}[{index}]") for index, one in enumerate(_sequence(value, path))]
    return _once(found, lambda one: one.name.casefold())


def _medication(value: object, path: str) -> Medication:
    if isinstance(value, str):
        return Medication(_text(value, path))
    if not isinstance(value, Mapping):
        raise Invalid(f"{path} must be an object with name and dose.")
    return Medication(_text(value.get("name"), f"{path}.name"), _optional(value.get("dose"), f"{path}.dose", _text))


def _allergies(value: object, path: str) -> dict[str, tuple[str, ...]]:
    if value is None:
        return {}
    kinds = _mapping(value, path)
    if len(kinds) > MOST_KINDS:
        raise Invalid(f"{path} must have at most {MOST_KINDS} kinds.")
    found: dict[str, tuple[str, ...]] = {}
    known: set[str] = set()
    for kind, names in kinds.items():
        new = [name for name in _names(names, f"{path}.{_shown(kind)}") if name.casefold() not in known]
        known.update(name.casefold() for name in new)
        if new:
            shelf = _text(kind, f"{path} kind")
            found[shelf] = (*found.get(shelf, ()), *new)
    return found


def _shown(kind: str) -> str:
    """A kind as part of a path: what could be somebody's own words is left out."""
    return kind if kind.isascii() and kind.isidentifier() and len(kind) <= 20 else "*"
