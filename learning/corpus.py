"""The labelled messages: one a line in `messages/<language>/*.txt`, as `[X]LEVEL:kind text`."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent / "messages"
LEVELS = {"A": "emergency_ambulance", "E": "emergency", "D": "consultation_24", "C": "consultation", "S": "self_care",
          "N": "none"}  # fmt: skip


class Labelled(msgspec.Struct, frozen=True):
    """A message, its level, what it is about, whether it is a crisis (suicide, self-harm), and its language.

    `known_to_rules`: the rules were written with it at hand. Only its words are learnt from: what the engine makes of
    it says nothing of how far the engine can be trusted with a new message.
    """

    text: str
    level: str
    kind: str
    crisis: bool
    language: str
    known_to_rules: bool = False

    @property
    def alarm(self) -> bool:
        return self.crisis or self.level in ("emergency_ambulance", "emergency")


class CorpusError(ValueError):
    """A line that cannot be read; the text names file and line."""


def read(folder: Path = FOLDER) -> Iterator[Labelled]:
    """All messages, files in order. Raises CorpusError."""
    for path in sorted(folder.glob("*/*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                place = f"{path.parent.name}/{path.name}:{number}"
                yield _labelled(line, place, path.parent.name, path.stem == "known_to_rules")


def fingerprint(messages: Sequence[Labelled]) -> str:
    """Of the messages, to see whether weights were learnt from them."""
    lines = "\n".join(f"{one.crisis}{one.level}:{one.kind} {one.text}" for one in messages)
    return hashlib.sha256(lines.encode()).hexdigest()


def _labelled(line: str, place: str, language: str, known_to_rules: bool) -> Labelled:
    label, _, text = line.strip().partition(" ")
    level, _, kind = label.removeprefix("X").partition(":")
    if level not in LEVELS or not kind or not text.strip():
        raise CorpusError(f"{place}: expected `[X]LEVEL:kind text` with a level of {', '.join(LEVELS)}")
    return Labelled(text.strip(), LEVELS[level], kind, label.startswith("X"), language, known_to_rules)
