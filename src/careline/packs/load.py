"""Reading a pack folder into a `Pack`, with every mistake found on the way, by file and line."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from careline.dialogue.flows import Flow, SlotKind, decode_flow
from careline.dialogue.pack import Agent, Clinic, Consent, ModelUse, Pack, Persona, Procedure, Topic
from careline.domain.errors import NotFound, PackInvalid
from careline.packs.source import Problem, Source, Where, place, read_source

T = TypeVar("T")
SHIPPED = Path(__file__).parent
_CLINIC = ("name", "country", "time_zone")


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """pack.yaml."""

    name: str
    version: str
    default_language: str
    languages: tuple[str, ...]
    persona: Persona
    clinic: dict[str, str | dict[str, str]]
    agents: tuple[Agent, ...]
    default_agent: str
    consent: Consent
    service: str
    model: ModelUse = ModelUse()


class Reading:
    """The files of one pack as they are read: sources by file, and the problems so far."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sources: dict[str, Source] = {}
        self.problems: list[Problem] = []

    def source(self, file: str) -> Source | None:
        found = read_source(self.root, file)
        if isinstance(found, Problem):
            self.problems.append(found)
            return None
        self.sources[file] = found
        return found

    def report(self, file: str, where: Where, message: str) -> None:
        source = self.sources.get(file)
        self.problems.append(source.problem(where, message) if source else Problem(file, 1, message))

    def decode(self, file: str, kind: Callable[[Any], T]) -> T | None:
        """The file through `kind`, whose errors may name a place; None after a reported problem."""
        source = self.source(file)
        if source is None:
            return None
        try:
            return kind(source.data)
        except (msgspec.ValidationError, PackInvalid) as e:
            self.report(file, *explain(str(e)))
            return None

    def files(self, folder: str) -> list[str]:
        return sorted(f"{folder}/{p.name}" for p in (self.root / folder).glob("*.yaml"))


def explain(message: str) -> tuple[Where, str]:
    """An error's place and what is left of its message: `... - at `$.a[0].b`` or `a[0].b: ...`."""
    if found := re.match(r"([\w.\[\]-]+): ", message):
        return _inner(place(found[1]), message)
    where: Where = ()
    if found := re.fullmatch(r"(.*) - at `(?:key in )?(.*)`", message, re.S):
        where, message = place(found[2].replace("[...]", "")), found[1]
    return _inner(where, message.rstrip(".") + ".")


def _inner(where: Where, message: str) -> tuple[Where, str]:
    """An unknown field has a line of its own."""
    unknown = re.search(r"unknown field `([^`]+)`", message)
    return ((*where, unknown[1]) if unknown else where), message


def _into(kind: Any) -> Callable[[Any], Any]:
    return lambda data: msgspec.convert(data, kind)


def read_pack(root: Path) -> tuple[Pack | None, Reading]:
    """The pack, if it can be put together at all, and what was found wrong. References are checked by `check`."""
    reading = Reading(root)
    head: _Head | None = reading.decode("pack.yaml", _into(_Head))
    procedures = reading.decode("procedures.yaml", _into(tuple[Procedure, ...]))
    topics = reading.decode("knowledge.yaml", _into(tuple[Topic, ...]))
    slots = reading.decode("slots.yaml", _into(dict[str, SlotKind]))
    flows = _flows(reading)
    replies = _replies(reading, head.languages if head else ())
    if head is None or procedures is None or topics is None or slots is None or reading.problems:
        return None, reading
    missing = [k for k in _CLINIC if not isinstance(head.clinic.get(k), str)]
    for key in missing:
        reading.report("pack.yaml", ("clinic",), f"The clinic has no {key}.")
    if missing:
        return None, reading
    return _pack(head, procedures, topics, slots, flows, replies), reading


def _pack(
    head: _Head,
    procedures: tuple[Procedure, ...],
    topics: tuple[Topic, ...],
    slots: dict[str, SlotKind],
    flows: dict[str, Flow],
    replies: dict[str, dict[str, str]],
) -> Pack:
    facts = {k: v for k, v in head.clinic.items() if k not in _CLINIC}
    name, country, zone = (str(head.clinic[k]) for k in _CLINIC)
    return Pack(
        name=head.name,
        version=head.version,
        default_language=head.default_language,
        languages=head.languages,
        persona=head.persona,
        clinic=Clinic(name, country, zone, facts),
        agents=head.agents,
        default_agent=head.default_agent,
        consent=head.consent,
        service=head.service,
        procedures=procedures,
        topics=topics,
        flows=flows,
        slots=slots,
        replies=replies,
        model=head.model,
    )


def _flows(reading: Reading) -> dict[str, Flow]:
    flows: dict[str, Flow] = {}
    files = reading.files("flows")
    if not files:
        reading.report("flows", (), "The pack has no flows.")
    for file in files:
        flow = reading.decode(file, decode_flow)
        if flow is None:
            continue
        if flow.id in flows:
            reading.report(file, ("id",), f"There is another flow {flow.id!r}.")
        flows[flow.id] = flow
    return flows


def _replies(reading: Reading, languages: Iterable[str]) -> dict[str, dict[str, str]]:
    found = {language: reading.decode(f"replies/{language}.yaml", _into(dict[str, str])) for language in languages}
    return {language: texts for language, texts in found.items() if texts is not None}


def load_pack(root: Path) -> Pack:
    """The pack in a folder. Raises PackInvalid, one line for each problem, when it is not a valid one."""
    from careline.packs.check import check_reading

    pack, reading = read_pack(root)
    problems = check_reading(pack, reading)
    if pack is None or problems:
        raise PackInvalid("\n".join(f"{root.name}/{p}" for p in problems))
    return pack


def find_pack(name: str, packs_dir: Path | None) -> Path:
    """The folder of a pack: in `packs_dir` first, then among the shipped ones. Raises NotFound."""
    for folder in (packs_dir, SHIPPED):
        if folder is not None and (folder / name / "pack.yaml").is_file():
            return folder / name
    raise NotFound(f"There is no pack {name!r}.")
