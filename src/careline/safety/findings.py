"""What a message says of somebody's health. Plain values; nothing here decides anything."""

from typing import Literal

import msgspec

Status = Literal["present", "absent", "possible"]
When = Literal["now", "past", "resolved"]
Frame = Literal["stated", "hypothetical", "question"]
Who = Literal["self", "other"]
Severity = Literal["mild", "moderate", "severe", "worst"]
Onset = Literal["sudden", "gradual"]
Side = Literal["left", "right", "both", "one"]


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something said about a person's health, with its context.

    `status` is `possible` when a red flag is denied in a way that is not explicit. `relation` is the family word of
    somebody else. `duration_hours` is how long it has lasted. `start` and `end` are its characters in the message.
    """

    id: str
    status: Status = "present"
    when: When = "now"
    frame: Frame = "stated"
    who: Who = "self"
    relation: str | None = None
    severity: Severity | None = None
    onset: Onset | None = None
    duration_hours: float | None = None
    side: Side | None = None
    text: str = ""
    start: int = 0
    end: int = 0

    @property
    def happening(self) -> bool:
        """Present, now, and stated of a real person."""
        return self.status == "present" and self.when == "now" and self.frame == "stated"

    @property
    def ruled_out(self) -> bool:
        return self.status == "absent" and self.frame == "stated"


class Vitals(msgspec.Struct, frozen=True, omit_defaults=True):
    """Measured values as said. Celsius, per cent, mmHg, per minute, mmol/L, score 0 to 10."""

    temperature: float | None = None
    oxygen: float | None = None
    systolic: float | None = None
    diastolic: float | None = None
    heart_rate: float | None = None
    breathing_rate: float | None = None
    glucose: float | None = None
    pain: float | None = None


class ProfileFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of the person the message is about. Ages in years (fractions for infants).

    `states` holds ids of fact findings: conditions, medication classes, pregnancy, recent surgery and so on.
    """

    age: float | None = None
    sex: Literal["female", "male"] | None = None
    pregnancy_weeks: float | None = None
    states: frozenset[str] = frozenset()

    def over(self, earlier: "ProfileFacts | None") -> "ProfileFacts":
        """These facts, completed by what was known before."""
        if earlier is None:
            return self
        return ProfileFacts(
            age=self.age if self.age is not None else earlier.age,
            sex=self.sex or earlier.sex,
            pregnancy_weeks=self.pregnancy_weeks if self.pregnancy_weeks is not None else earlier.pregnancy_weeks,
            states=self.states | earlier.states,
        )

    def without(self, states: frozenset[str]) -> "ProfileFacts":
        """These facts without what is no longer so."""
        if self.states.isdisjoint(states):
            return self
        weeks = None if "pregnant" in states else self.pregnancy_weeks
        return ProfileFacts(self.age, self.sex, weeks, self.states - states)


class Likeness(msgspec.Struct, frozen=True):
    """What a message as a whole is like, after messages whose level is known.

    `alarm` and `crisis` are probabilities; `levels` those of the calm levels, `none` among them, which add up to 1.
    `words` is how many it has, `known` the share of them that was seen before. `kinds` are the emergencies
    that it would most likely be, `because` the words that spoke most for one, and `ambulance` is the probability that
    such an emergency needs one; these three only where an emergency is likely.
    """

    alarm: float
    crisis: float
    levels: dict[str, float]
    words: int
    known: float
    kinds: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    ambulance: float | None = None


class Scan(msgspec.Struct, frozen=True):
    """All that was understood of one message. `language` is the one most of its known words are in."""

    language: str
    findings: tuple[Finding, ...]
    vitals: Vitals = Vitals()
    facts: ProfileFacts = ProfileFacts()
    likeness: Likeness | None = None
