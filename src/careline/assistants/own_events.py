"""What an agent of somebody's own may yield and keep: everything is checked, and bounded."""

from typing import Any

import msgspec

from careline.domain.effects import (
    AnyEffect,
    Deliver,
    Outcome,
    RaiseAlert,
    RememberPerson,
    RememberProfile,
    RequestPerson,
)
from careline.domain.errors import CarelineError
from careline.domain.events import Citation, Emergency, Handoff, Status, Token, Tool
from careline.ports import AgentEvent, BeginFlow
from careline.safety.rules import LEVELS

LARGEST_STATE = 32_768
"""Bytes of JSON that an agent may keep in a conversation."""
LARGEST_RAW = 65_536
"""Bytes of JSON that explain one turn of it."""
_KINDS = (Status, Emergency, Citation, Tool, Handoff, BeginFlow, Outcome)
_EFFECTS = (RequestPerson, RaiseAlert, RememberProfile, Deliver)
_URGENT = LEVELS[-2:]


class AgentFailed(CarelineError):
    """The agent ended without an answer. `reason` is a word for the record, with nothing that anybody said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(AgentFailed):
    """The agent did what no assistant may do."""


def checked(event: object) -> AgentEvent:
    """The event, if it is one that an agent may yield, and all in it of the right kind. Raises Refused."""
    if type(event) is Token:
        if type(event.text) is not str:
            raise Refused("bad_event")
        _writable(event.text)
        return event
    for kind in _KINDS:
        if type(event) is kind:
            try:
                plain = msgspec.to_builtins(event)
                found: Any = msgspec.convert(plain, kind)
                msgspec.json.encode(plain)
            except (msgspec.ValidationError, TypeError, ValueError, RecursionError):
                raise Refused("bad_event") from None
            if kind is Emergency and (found.level not in _URGENT or not found.message.strip()):
                raise Refused("bad_emergency")
            return found  # type: ignore[no-any-return]
    raise Refused("bad_event")


def _writable(text: str) -> None:
    """Raises Refused for half a character, which can neither be sent nor stored."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Refused("bad_event") from None


def kept_state(state: dict[str, Any], before: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The state to keep, the one before when this one is too large, and whether it was."""
    if len(msgspec.json.encode(state)) <= LARGEST_STATE:
        return state, False
    return before, True


def kept_effects(effects: tuple[AnyEffect, ...], *, consented: bool) -> tuple[tuple[AnyEffect, ...], list[str]]:
    """The effects an agent may have, and the names of the others: consent is asked and recorded by the flows alone,
    and who somebody is is kept only with it."""
    kept = [one for one in effects if isinstance(one, _EFFECTS) or (consented and isinstance(one, RememberPerson))]
    return tuple(kept), [type(one).__name__ for one in effects if one not in kept]


def kept_raw(raw: tuple[dict[str, Any], ...]) -> tuple[tuple[dict[str, Any], ...], int]:
    """The first raw events that have room, and how many have none."""
    kept: list[dict[str, Any]] = []
    room = LARGEST_RAW
    for one in raw:
        room -= len(msgspec.json.encode(one))
        if room < 0:
            break
        kept.append(one)
    return tuple(kept), len(raw) - len(kept)


def added(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two records of what was used as one: counts are added, of anything else the second's stays."""
    both = {name: one[name] + other[name] for name in one.keys() & other.keys() if _counts(one[name], other[name])}
    return {**one, **other, **both}


def _counts(*values: Any) -> bool:
    return all(isinstance(value, int | float) for value in values)
