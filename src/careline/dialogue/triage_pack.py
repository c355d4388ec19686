"""The health assistant's data: complaints, the questions that matter for each, medicines and their rules, texts."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
import yaml

from careline.dialogue.pack import ModelUse
from careline.domain.errors import PackInvalid
from careline.safety.rules import Level

T = TypeVar("T")
Verdict = Literal["avoid", "ask_first"]
_MARK = re.compile(r"\s*\[([a-z_]+\.[a-z0-9_]+)\]")


class Source(msgspec.Struct, frozen=True):
    """A public page that a sentence rests on."""

    title: str
    url: str
    publisher: str


class Cited(msgspec.Struct, frozen=True):
    """A sentence and what it rests on."""

    text: str
    sources: tuple[Source, ...] = ()


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What triage asks. A yes calls for `level`. A finding of `findings` that is there answers it with yes; one of
    `denied_by` that is denied, or all of `findings`, with no."""

    id: str
    level: Level
    text: dict[str, str]
    why: dict[str, str]
    cites: tuple[str, ...]
    kind: str = "general"
    findings: tuple[str, ...] = ()
    denied_by: tuple[str, ...] = ()
    crisis: bool = False

    def answered_by(self, findings: Mapping[str, str]) -> Literal["yes", "no"] | None:
        """The answer in what was said, ids with "present" or "absent"; None when it is not there."""
        statuses = [findings.get(one) for one in self.findings]
        if "present" in statuses:
            return "yes"
        denied = any(findings.get(one) == "absent" for one in self.denied_by)
        return "no" if denied or (statuses and all(status == "absent" for status in statuses)) else None


class Turkish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    causes: str
    care: tuple[str, ...] = ()


class Complaint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people come with. `least` is a level it never goes below; `child` is for whom it is, None for everybody."""

    id: str
    article: str
    name: dict[str, str]
    findings: tuple[str, ...]
    words: dict[str, tuple[str, ...]]
    ask: tuple[str, ...]
    then: tuple[str, ...] = ()
    weight: int = 1
    child: bool | None = None
    least: Level | None = None
    painkiller: bool = False
    tr: Turkish | None = None


class Medicine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`note` is what everybody should know who asks about it, with its marks."""

    id: str
    group: str
    name: dict[str, str]
    source: str
    words: tuple[str, ...]
    note: dict[str, str] = {}


class MedicineRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What speaks against medicines: of a group, or these, for a person in one of `states`."""

    id: str
    states: tuple[str, ...]
    verdict: Verdict
    cites: tuple[str, ...]
    group: str | None = None
    medicines: tuple[str, ...] = ()


class Medicines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`states` are the words for each; `lexicon` the facts and `symptoms` the findings of the safety lexicon that are
    one."""

    states: dict[str, tuple[str, ...]]
    lexicon: dict[str, str]
    symptoms: dict[str, str]
    names: dict[str, dict[str, str]]
    medicines: tuple[Medicine, ...]
    rules: tuple[MedicineRule, ...]
    version: int
    reviewed_on: date


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    version: str
    default_language: str
    languages: tuple[str, ...]
    persona: dict[str, dict[str, str]]
    model: ModelUse = ModelUse()


class HealthPack(msgspec.Struct, frozen=True):
    """All of it, with every reference checked."""

    head: Head
    complaints: tuple[Complaint, ...]
    questions: dict[str, Question]
    medicines: Medicines
    replies: dict[str, dict[str, str]]
    sources: dict[str, Source]

    def language(self, code: str | None) -> str:
        """The pack's language nearest to a BCP 47 tag."""
        short = (code or "").split("-")[0].lower()
        return short if short in self.head.languages else self.head.default_language

    def of(self, complaint_id: str) -> Complaint:
        """The complaint; the general one, which is the last, when the pack no longer has it."""
        return next((one for one in self.complaints if one.id == complaint_id), self.complaints[-1])

    def cited(self, keys: Iterable[str]) -> tuple[Source, ...]:
        return tuple(self.sources[key] for key in keys)

    def marked(self, text: str) -> Cited:
        """A sentence of the pack with its marks ("... [headache.s1]") taken for what they name."""
        return Cited(_MARK.sub("", text), self.cited(_MARK.findall(text)))


def load_health_pack(root: Path) -> HealthPack:
    """The pack in a folder. Raises PackInvalid."""
    head = _read(root / "assistant.yaml", Head)
    pack = HealthPack(
        head=head,
        complaints=_read(root / "complaints.yaml", tuple[Complaint, ...]),
        questions={one.id: one for one in _read(root / "questions.yaml", tuple[Question, ...])},
        medicines=_read(root / "medicines.yaml", Medicines),
        replies=_read(root / "replies.yaml", dict[str, dict[str, str]]),
        sources=_read(root / "sources.yaml", dict[str, Source]),
    )
    _check(pack)
    return pack


def _read(path: Path, kind: type[T]) -> T:
    try:
        data: Any = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        return msgspec.convert(data, kind)
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise PackInvalid(f"{path.name}: {error}") from None


def _check(pack: HealthPack) -> None:
    if not pack.complaints or pack.complaints[-1].id != "general":
        raise PackInvalid("complaints.yaml: the last complaint has to be the general one.")
    for complaint in pack.complaints:
        for question in (*complaint.ask, *complaint.then):
            if question not in pack.questions:
                raise PackInvalid(f"complaints.yaml: {complaint.id} asks {question}, which is no question.")
    for key in cited_keys(pack):
        if key not in pack.sources:
            raise PackInvalid(f"sources.yaml: {key} is cited and not listed.")
    missing = {state for rule in pack.medicines.rules for state in rule.states} - pack.medicines.names.keys()
    if missing:
        raise PackInvalid(f"medicines.yaml: no name for {', '.join(sorted(missing))}.")


def cited_keys(pack: HealthPack) -> set[str]:
    """Every source key the pack's sentences, questions and rules name."""
    keys = {key for question in pack.questions.values() for key in question.cites}
    keys |= {key for rule in pack.medicines.rules for key in rule.cites}
    keys |= {medicine.source for medicine in pack.medicines.medicines}
    keys |= {key for one in pack.medicines.medicines for text in one.note.values() for key in _MARK.findall(text)}
    for complaint in pack.complaints:
        if complaint.tr is not None:
            keys |= {key for text in (complaint.tr.causes, *complaint.tr.care) for key in _MARK.findall(text)}
    return keys
