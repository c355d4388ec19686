"""What a person in an emergency reads: per language, composed from data."""

from pathlib import Path

import msgspec
import yaml

from careline.safety.rules import Level

TEXTS = Path(__file__).parent / "data" / "texts"


class Waiting(msgspec.Struct, frozen=True):
    """What to do until help is there, for these kinds of emergency, from a public source."""

    kinds: list[str]
    text: str
    source: str


class EmergencyTexts(msgspec.Struct, frozen=True):
    """One language. `{number}` and `{line}` are filled in; the number comes first in every message."""

    language: str
    emergency_ambulance: str
    emergency: str
    elsewhere: str
    alone: str
    self_harm: str
    crisis_line: str
    self_harm_end: str
    unknown_country: str
    apology: str
    while_waiting: list[Waiting]

    def message(self, level: Level, kind: str, number: str, country: str | None) -> str:
        """The whole answer to an emergency that is not about self-harm."""
        lead = self.emergency_ambulance if level == "emergency_ambulance" else self.emergency
        waiting = next((each.text for each in self.while_waiting if kind in each.kinds), "")
        parts = [lead.format(number=self._shown(number, country)), waiting, self.elsewhere, self.alone]
        return " ".join(part for part in parts if part)

    def crisis(self, number: str, line: str | None, country: str | None) -> str:
        """The whole answer to somebody who may harm themself."""
        talk = self.crisis_line.format(line=line) if line else ""
        parts = [self.self_harm.format(number=self._shown(number, country)), talk, self.self_harm_end]
        return " ".join(part for part in parts if part)

    def _shown(self, number: str, country: str | None) -> str:
        return number if country else self.unknown_country.format(number=number)


def load_texts() -> dict[str, EmergencyTexts]:
    """The shipped languages, by code. Reads files: for start-up."""
    loaded = [
        msgspec.convert(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader), EmergencyTexts)
        for path in sorted(TEXTS.glob("*.yaml"))
    ]
    return {texts.language: texts for texts in loaded}
