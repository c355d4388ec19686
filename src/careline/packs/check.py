"""Checking a pack: every reference, every language, and what no pack may say. Problems name file and line."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from careline.dialogue import disclosure
from careline.dialogue.flows import Action, Call, Collect, Flow, Go, Link, Say, Set
from careline.dialogue.locked_replies import why_locked
from careline.dialogue.pack import Pack
from careline.dialogue.vocabulary import ACTIONS, ALWAYS_SAID, FIELDS, SLOT_TYPES, VALUES_OF
from careline.domain.errors import PackInvalid
from careline.packs.code import code_problems
from careline.packs.load import Reading, explain, read_pack
from careline.packs.source import Problem, Where

_FIELD = re.compile(r"\{([^{}]*)\}")
Decoder = Callable[[Any], object]


def check_pack(path: Path, read_calendar: Decoder | None = None) -> list[Problem]:
    """Everything wrong with the pack in a folder, in order of file and line; empty when it can be used.

    `read_calendar` decodes the parsed calendar.yaml and raises PackInvalid; without it only the YAML is checked.
    """
    pack, reading = read_pack(path)
    return check_reading(pack, reading, read_calendar)


def check_reading(pack: Pack | None, reading: Reading, read_calendar: Decoder | None = None) -> list[Problem]:
    """The problems found while reading, and those of what was read."""
    _calendar(pack, reading, read_calendar)
    if pack is not None:
        every = (*_head(pack), *code_problems(pack, reading.root), *_lists(pack))
        for file, where, message in (*every, *_flows(pack, reading), *_texts(pack, reading)):
            reading.report(file, where, message)
    return sorted(set(reading.problems))


Found = Iterator[tuple[str, Where, str]]


def _calendar(pack: Pack | None, reading: Reading, read_calendar: Decoder | None) -> None:
    source = reading.source("calendar.yaml")
    if source is None:
        return
    try:
        if read_calendar is not None:
            read_calendar(source.data)
    except PackInvalid as e:
        reading.report("calendar.yaml", *explain(str(e)))
    services = source.data.get("services") if isinstance(source.data, dict) else None
    ids = [s.get("id") for s in services or [] if isinstance(s, dict)]
    if pack is not None and pack.service not in ids:
        reading.report("pack.yaml", ("service",), f"calendar.yaml has no service {pack.service!r}.")


def _head(pack: Pack) -> Found:
    if pack.default_language not in pack.languages:
        yield "pack.yaml", ("default_language",), f"{pack.default_language!r} is not among the languages."
    if pack.default_agent not in [a.name for a in pack.agents]:
        yield "pack.yaml", ("default_agent",), f"There is no agent {pack.default_agent!r}."
    for n, agent in enumerate(pack.agents):
        if agent.flow not in pack.flows:
            yield "pack.yaml", ("agents", n, "flow"), f"There is no flow {agent.flow!r}."
    try:
        ZoneInfo(pack.clinic.time_zone)
    except (KeyError, ValueError, OSError):
        yield "pack.yaml", ("clinic", "time_zone"), "There is no such time zone; write it like Europe/Istanbul."
    if not re.fullmatch(r"[A-Z]{2}", pack.clinic.country):
        yield "pack.yaml", ("clinic", "country"), "The country is two capital letters (ISO 3166), such as TR."
    for n, name in enumerate(pack.model.rephrase):
        if why := why_locked(pack, name):
            yield "pack.yaml", ("model", "rephrase", n), f"{name!r} is never put into other words: {why}."
    for key, texts in (("persona", pack.persona.role), ("consent", pack.consent.text)):
        yield from _languages("pack.yaml", (key, "role" if key == "persona" else "text"), texts, pack)


def _languages(file: str, where: Where, texts: dict[str, Any], pack: Pack) -> Found:
    """Every language of the pack has its text."""
    for language in pack.languages:
        if not texts.get(language):
            yield file, where, f"There is no text in {language!r}."


def _unique(file: str, ids: list[str]) -> Found:
    for n, this in enumerate(ids):
        if this in ids[:n]:
            yield file, (n, "id"), f"The id {this!r} is used twice."


def _lists(pack: Pack) -> Found:
    yield from _unique("procedures.yaml", [p.id for p in pack.procedures])
    yield from _unique("knowledge.yaml", [t.id for t in pack.topics])
    for n, procedure in enumerate(pack.procedures):
        yield from _languages("procedures.yaml", (n, "name"), procedure.name, pack)
    for n, topic in enumerate(pack.topics):
        yield from _languages("knowledge.yaml", (n, "answer"), topic.answer, pack)
        if not any(topic.examples.values()):
            yield "knowledge.yaml", (n, "examples"), "A topic needs examples of how it is asked."
    for name, kind in pack.slots.items():
        if kind.type not in SLOT_TYPES:
            yield (
                "slots.yaml",
                (name, "type"),
                f"There is no slot type {kind.type!r}; known are {', '.join(SLOT_TYPES)}.",
            )
        for other in kind.resets:
            if other not in pack.slots:
                yield "slots.yaml", (name, "resets"), f"There is no slot {other!r}."
        for template in filter(None, (kind.got, kind.corrected, kind.why)):
            yield from _template("slots.yaml", (name,), template, pack)


def _flows(pack: Pack, reading: Reading) -> Found:
    files = {
        s.data.get("id"): f for f, s in reading.sources.items() if f.startswith("flows/") and isinstance(s.data, dict)
    }
    for flow in pack.flows.values():
        file = files.get(flow.id, "flows")
        yield from _languages(file, ("title",), flow.title, pack)
        for slot in flow.forget:
            if slot not in pack.slots:
                yield file, ("forget",), f"There is no slot {slot!r}."
        if flow.on_cancel is not None and flow.on_cancel not in flow.positions:
            yield file, ("on_cancel",), f"The flow has no step {flow.on_cancel!r}."
        for n in range(len(flow.steps)):
            yield from _step(file, n, flow, pack)


def _step(file: str, n: int, flow: Flow, pack: Pack) -> Found:
    step, where = flow.steps[n], ("steps", n)
    for slot in step.if_.names() if step.if_ is not None else ():
        if slot not in pack.slots:
            yield file, (*where, "if"), f"There is no slot {slot!r}."
    match step:
        case Collect(collect=slot):
            if slot not in pack.slots:
                yield file, where, f"There is no slot {slot!r}."
            for template in filter(None, (step.ask, step.again, step.reprompt)):
                yield from _template(file, where, template, pack)
        case Say(say=template):
            yield from _template(file, where, template, pack)
        case Set(set=values):
            for slot in values:
                if slot not in pack.slots:
                    yield file, where, f"There is no slot {slot!r}."
        case Action(action=action, on=on):
            if action not in ACTIONS:
                yield file, where, f"There is no action {action!r}; known are {', '.join(ACTIONS)}."
            for outcome, target in on.items():
                if target not in flow.positions:
                    yield file, (*where, "on", outcome), f"The flow has no step {target!r}."
        case Go(go=target):
            if target not in flow.positions:
                yield file, where, f"The flow has no step {target!r}."
        case Call(call=target) | Link(link=target):
            if target not in pack.flows:
                yield file, where, f"There is no flow {target!r}."


def _template(file: str, where: Where, name: str, pack: Pack) -> Found:
    """A template that is named is there; that the languages agree is checked with the texts."""
    if not any(name in texts for texts in pack.replies.values()):
        yield file, where, f"No language has the reply {name!r}."


def _texts(pack: Pack, reading: Reading) -> Found:
    default = pack.replies.get(pack.default_language, {})
    every = {name: None for texts in (default, *pack.replies.values()) for name in texts}
    for language, texts in pack.replies.items():
        file = f"replies/{language}.yaml"
        for name in (*every, *(n for n in ALWAYS_SAID if n not in every)):
            if not texts.get(name):
                yield file, (), f"The reply {name!r} is missing."
        for name, text in texts.items():
            yield from _fields(file, (name,), text, VALUES_OF.get(name.removesuffix("_another"), frozenset()), pack)
            if name in default and set(_FIELD.findall(text)) != set(_FIELD.findall(default[name])):
                yield file, (name,), f"The reply has other {{fields}} than in {pack.default_language!r}."
    for n, topic in enumerate(pack.topics):
        for language, text in topic.answer.items():
            yield from _fields("knowledge.yaml", (n, "answer", language), text, frozenset(), pack)
    for file in sorted(reading.sources):
        yield from _claims(file, (), reading.sources[file].data)


def _fields(file: str, where: Where, text: str, values: frozenset[str], pack: Pack) -> Found:
    for field in sorted(set(_FIELD.findall(text))):
        known = field in FIELDS or field in values or field == "clinic.name"
        if not known and not (field.startswith("clinic.") and field.removeprefix("clinic.") in pack.clinic.facts):
            yield file, where, f"Nothing fills {{{field}}} here."


def _claims(file: str, where: Where, data: Any) -> Found:
    """No text says that a human, a doctor or somebody licensed is speaking. Examples are what visitors say."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key not in ("examples", "words"):
                yield from _claims(file, (*where, key), value)
    elif isinstance(data, list):
        for n, value in enumerate(data):
            yield from _claims(file, (*where, n), value)
    elif isinstance(data, str) and (words := disclosure.claims(data)):
        yield file, where, f"An assistant may not claim this: {words!r}."
