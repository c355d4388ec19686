"""What a model may propose that a message asks for, and reading such a proposal into commands.

A proposal is data from outside: it is decoded strictly, held against what is open now, and every value in it must be
words of the message that the deterministic readers read. Consent and confirmation are no slots that it can set.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from careline.dialogue import commands as c
from careline.dialogue.grounding import Grounds
from careline.dialogue.openings import Openings
from careline.dialogue.pack import Pack

MOST_COMMANDS = 4
MOST_OPTIONS = 3
LONGEST = 4_000
"""Characters of a proposal; four commands need far fewer."""


class _Proposed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag=str.lower):
    pass


class Start(_Proposed, frozen=True):
    flow: str


class Give(_Proposed, frozen=True):
    slot: str
    quote: str
    spelled: str


class Suggest(_Proposed, frozen=True):
    quote: str
    procedures: tuple[str, ...]


class Change(_Proposed, frozen=True):
    slot: str


class Answer(_Proposed, frozen=True):
    topic: str


class Stop(_Proposed, frozen=True):
    pass


class Skip(_Proposed, frozen=True):
    pass


class Repeat(_Proposed, frozen=True):
    pass


class Person(_Proposed, frozen=True):
    pass


class _Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    commands: tuple[Start | Give | Suggest | Change | Answer | Stop | Skip | Repeat | Person, ...]


class Rejected(msgspec.Struct, frozen=True):
    """A proposal that is not used. `reason` is one of few words, for the record: no text of anybody is in it."""

    reason: str


def schema(pack: Pack, openings: Openings) -> dict[str, Any]:
    """The JSON schema of a proposal, for `openings` of the pack at any time.

    Servers compile a schema at its first use, which takes longer than an answer: so it is that of the whole pack, and
    what is open now is checked when the proposal is read.
    """
    text = {"type": "string"}
    shapes = [
        _shape("give", slot=_one_of(openings.slots), quote=text, spelled=text),
        _shape("suggest", quote=text, procedures={"type": "array", "items": _one_of(p.id for p in pack.procedures)}),
        _shape("start", flow=_one_of(openings.flows)),
        _shape("answer", topic=_one_of(t.id for t in pack.topics)),
        _shape("change", slot=_one_of(openings.changes)),
        *(_shape(bare) for bare in ("stop", "skip", "repeat", "person")),
    ]
    usable = [shape for shape in shapes if shape is not None]
    commands = {"type": "array", "items": {"anyOf": usable}}
    return {
        "type": "object",
        "properties": {"commands": commands},
        "required": ["commands"],
        "additionalProperties": False,
    }


def _one_of(names: Any) -> dict[str, Any]:
    return {"type": "string", "enum": sorted(names)}


def _shape(do: str, **fields: dict[str, Any]) -> dict[str, Any] | None:
    """A command's object; None when one of its fields has nothing to choose from."""
    chosen_from = [field.get("items", field).get("enum") for field in fields.values()]
    if [] in chosen_from:
        return None
    return {
        "type": "object",
        "properties": {"do": {"type": "string", "enum": [do]}, **fields},
        "required": ["do", *fields],
        "additionalProperties": False,
    }


def read_proposal(text: str, openings: Openings, grounds: Grounds) -> tuple[c.Command, ...] | Rejected:
    """The commands of a proposal; none when it proposes nothing, or nothing that our readers can read.

    One command that is not possible makes the whole proposal worthless: whoever invents a value or answers for the
    person is not believed in the rest.
    """
    if len(text) > LONGEST:
        return Rejected("too_long")
    try:
        proposal = msgspec.json.decode(text, type=_Proposal)
    except msgspec.ValidationError:
        return Rejected("shape")
    except (msgspec.DecodeError, UnicodeEncodeError):
        return Rejected("not_json")
    if len(proposal.commands) > MOST_COMMANDS:
        return Rejected("too_many")
    found: list[c.Command] = []
    for proposed in proposal.commands:
        read = _read(proposed, openings, grounds)
        if isinstance(read, Rejected):
            return read
        found += [x for x in read if x not in found]
    return _agreeing(found)


def _agreeing(found: Sequence[c.Command]) -> tuple[c.Command, ...] | Rejected:
    """The commands, unless they say two things of one slot or begin two flows."""
    slots = [x.slot for x in found if isinstance(x, c.SetSlot | c.CorrectSlot | c.Clarify)]
    starts = [x for x in found if isinstance(x, c.StartFlow)]
    if len(set(slots)) < len(slots) or len(starts) > 1 or (starts and c.CancelFlow() in found):
        return Rejected("contradictory")
    return tuple(found)


def _read(proposed: _Proposed, openings: Openings, grounds: Grounds) -> Sequence[c.Command] | Rejected:
    match proposed:
        case Give(slot=slot, quote=quote, spelled=spelled):
            return _given(slot, quote, spelled, openings, grounds)
        case Suggest(quote=quote, procedures=procedures):
            return _suggested(quote, procedures, openings, grounds)
        case Start(flow=flow):
            return [c.StartFlow(flow)] if flow in openings.flows else Rejected("flow")
        case Answer(topic=topic):
            return [c.Knowledge(topic)] if topic in openings.topics else Rejected("topic")
        case Change(slot=slot):
            return [c.CorrectSlot(slot, None)] if slot in openings.changes else Rejected("slot")
        case Stop():
            return [c.CancelFlow()] if openings.stop else Rejected("stop")
        case Skip():
            return [c.Skip()]
        case Repeat():
            return [c.Repeat()]
    return [c.Handoff()]


def _given(slot: str, quote: str, spelled: str, openings: Openings, grounds: Grounds) -> Sequence[c.Command] | Rejected:
    if slot not in openings.slots:
        return Rejected("slot")
    words = grounds.quoted(quote)
    if words is None:
        return Rejected("invented")
    read = grounds.read(slot, words, spelled)
    return Rejected("against_message") if read is None else read


def _suggested(
    quote: str, procedures: Sequence[str], openings: Openings, grounds: Grounds
) -> Sequence[c.Command] | Rejected:
    """Never a value: the person is asked whether that is meant."""
    if "procedure" not in openings.slots or not set(procedures) <= openings.procedures:
        return Rejected("slot")
    options = tuple(dict.fromkeys(procedures))[:MOST_OPTIONS]
    if grounds.quoted(quote) is None:
        return Rejected("invented")
    if any(grounds.denies(option) for option in options):
        return Rejected("against_message")
    return [c.Clarify(options)] if options else []
