"""What can be asked of the dialogue as it stands: the flows that may begin, the slots that may be given or changed."""

from collections.abc import Iterator

import msgspec

from careline.dialogue.flows import Collect
from careline.dialogue.pack import Pack
from careline.dialogue.state import DialogueState

GIVEN = ("name", "procedure", "country", "time_zone", "contact", "time", "slot", "booking")
"""Slot types whose values are words. A yes or no commits a person to something: it is read by rule alone."""


class Openings(msgspec.Struct, frozen=True):
    """`changes` are slots that may be asked for again; `stop`: what is under way may be called off."""

    flows: frozenset[str]
    slots: frozenset[str]
    changes: frozenset[str]
    topics: frozenset[str]
    procedures: frozenset[str]
    stop: bool


def all_openings(pack: Pack) -> Openings:
    """Of the pack at any time."""
    return Openings(
        flows=frozenset(f.id for f in pack.flows.values() if f.examples or f.intents),
        slots=frozenset(slot for flow in pack.flows for slot in _collected(pack, flow)),
        changes=frozenset(name for name, kind in pack.slots.items() if kind.words),
        topics=frozenset(t.id for t in pack.topics),
        procedures=frozenset(p.id for p in pack.procedures),
        stop=True,
    )


def openings(pack: Pack, state: DialogueState, main_flow: str) -> Openings:
    """As the dialogue stands. Only who was asked for it gives a bare name: any word can look like one."""
    every = all_openings(pack)
    running = [frame.flow for frame in state.stack if frame.flow in pack.flows] or [main_flow]
    refused = {n for n, kind in pack.slots.items() if kind.personal and state.slots.get("consent") is False}
    shut = refused | {n for n in every.slots if not _open(n, pack, state)}
    asked = pack.slots.get(state.collecting or "")
    return msgspec.structs.replace(
        every,
        flows=every.flows - {state.stack[-1].flow} if state.stack else every.flows,
        slots=frozenset(slot for flow in running for slot in _collected(pack, flow)) - shut,
        changes=frozenset(name for name in every.changes if state.known(name)),
        stop=bool(state.stack) and (asked is None or asked.type != "yes_no"),
    )


def _collected(pack: Pack, flow: str) -> Iterator[str]:
    for step in pack.flows[flow].steps:
        if isinstance(step, Collect) and step.collect in pack.slots and pack.slots[step.collect].type in GIVEN:
            yield step.collect


def _open(slot: str, pack: Pack, state: DialogueState) -> bool:
    match pack.slots[slot].type:
        case "name":
            return state.collecting == slot
        case "slot":
            return bool(state.slots.get("offered"))
        case "booking":
            return bool(state.slots.get("bookings"))
    return True
