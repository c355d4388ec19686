"""What the health assistant keeps of a conversation: the running episode and what was said of the person."""

from typing import Any, Literal

import msgspec

from careline.safety.findings import ProfileFacts, Vitals
from careline.safety.rules import LEVELS, Level

Answer = Literal["yes", "no", "unsure"]
VERSION = 1


class Episode(msgspec.Struct, omit_defaults=True):
    """One course of illness. `floor` is the level that answers and rules call for; it only rises, as `told` does, the
    level the person was told. `findings` are ids with "present" or "absent"; `pending` waits for answers."""

    complaint: str
    floor: Level | None = None
    told: Level | None = None
    reasons: list[str] = []
    rules: list[str] = []
    findings: dict[str, str] = {}
    answers: dict[str, Answer] = {}
    asked: list[str] = []
    pending: list[str] = []
    repeated: bool = False
    child: bool = False
    vitals: Vitals = Vitals()

    def raise_to(self, level: Level | None) -> None:
        self.floor = highest(self.floor, level)


class HealthState(msgspec.Struct, omit_defaults=True):
    """The whole of a conversation's state. `states` are what speaks for or against medicines; `resumed` that the person
    has gone on after an emergency, `asked_to_go_on` that they were asked to. `urgent` are
    the complaints for which help was called, which stay what they were."""

    version: int = VERSION
    language: str | None = None
    disclosed: bool = False
    episode: Episode | None = None
    facts: ProfileFacts = ProfileFacts()
    states: list[str] = []
    resumed: bool = False
    asked_to_go_on: bool = False
    urgent: dict[str, Level] = {}
    turns: int = 0


def load_health_state(data: dict[str, Any]) -> HealthState:
    """The stored state; a new one for another assistant's or an older one's."""
    try:
        state = msgspec.convert(data, HealthState)
    except msgspec.ValidationError:
        return HealthState()
    return state if data.get("assistant") == "health" and state.version == VERSION else HealthState()


def dump_health_state(state: HealthState) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(state)
    return {**data, "assistant": "health", "version": VERSION}


def highest(*levels: Level | None) -> Level | None:
    known = [level for level in levels if level is not None]
    return max(known, key=LEVELS.index) if known else None
