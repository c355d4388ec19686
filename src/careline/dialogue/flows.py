"""Flow definitions: what a flow asks, says and does, decoded strictly from plain data.

A flow is written so that running it again from its first step does only what is still missing: a `collect` passes when
its slot is known, and any step can carry an `if`. That is how corrections work: empty what depends on the corrected
slot, and run again from the top.
"""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec

from careline.domain.errors import PackInvalid

Texts = dict[str, str]


class Condition(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={"is_": "is", "any_": "any", "all_": "all", "not_": "not"},
):
    """`{slot: x, is: value}`, `{slot: x, known: true}`, or `any`, `all`, `not` over conditions."""

    slot: str | None = None
    is_: Any = msgspec.UNSET
    known: bool = True
    any_: "tuple[Condition, ...]" = ()
    all_: "tuple[Condition, ...]" = ()
    not_: "Condition | None" = None

    def holds(self, slots: Mapping[str, Any]) -> bool:
        if self.not_ is not None:
            return not self.not_.holds(slots)
        if self.any_:
            return any(c.holds(slots) for c in self.any_)
        if self.all_:
            return all(c.holds(slots) for c in self.all_)
        value = slots.get(self.slot or "")
        return bool(value == self.is_) if self.is_ is not msgspec.UNSET else (value is not None) == self.known

    def names(self) -> set[str]:
        """The slots it looks at."""
        inner = (*self.any_, *self.all_, *((self.not_,) if self.not_ else ()))
        return {s for c in inner for s in c.names()} | ({self.slot} if self.slot else set())


class _Step(
    msgspec.Struct, frozen=True, tag_field="kind", tag=str.lower, forbid_unknown_fields=True, rename={"if_": "if"}
):
    """`id` is unique in its flow; `if_` passes the step when it does not hold."""

    id: str
    if_: Condition | None = None


class Collect(_Step, frozen=True):
    """Asks for a slot: `ask` at first, `again` when coming back to the question, `reprompt` when not understood."""

    collect: str = ""
    ask: str = ""
    again: str | None = None
    reprompt: str | None = None
    optional: bool = False


class Say(_Step, frozen=True):
    say: str = ""


class Action(_Step, frozen=True):
    """Done by the driver; its outcome picks the next step from `on`, or the following one."""

    action: str = ""
    on: dict[str, str] = {}


class Set(_Step, frozen=True):
    set: dict[str, Any] = {}


class Go(_Step, frozen=True):
    go: str = ""


class Call(_Step, frozen=True):
    """Runs another flow and comes back."""

    call: str = ""


class Link(_Step, frozen=True):
    """Leaves this flow for another."""

    link: str = ""


class End(_Step, frozen=True):
    end: bool = True


Step = Collect | Say | Action | Set | Go | Call | Link | End
_KINDS = ("collect", "say", "action", "set", "go", "call", "link", "end")


class SlotKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A slot: `type` picks its validation, `resets` are emptied when it changes, `got` and `corrected` acknowledge it.

    `why` is said to somebody who would rather not tell. A `personal` one is dropped when consent is refused. `words`
    are how people name it ("the time").
    """

    type: str = "text"
    personal: bool = False
    resets: tuple[str, ...] = ()
    got: str | None = None
    corrected: str | None = None
    why: str | None = None
    words: dict[str, tuple[str, ...]] = {}


class Flow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """`version` changes with anything in the definition. `forget` is emptied when the flow ends in whatever way;
    `on_cancel` is the step to go on with when the person calls it off; `intents` and `examples` start it; `words` are
    what it is about: without one of them no likeness to an example starts it ("when is Christmas?");
    `instead_of` are the flows that it ends when it starts."""

    id: str
    title: Texts
    steps: tuple[Step, ...]
    version: str = ""
    intents: tuple[str, ...] = ()
    examples: dict[str, tuple[str, ...]] = {}
    words: dict[str, tuple[str, ...]] = {}
    needs_consent: bool = False
    on_cancel: str | None = None
    forget: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()

    @cached_property
    def positions(self) -> dict[str, int]:
        return {step.id: n for n, step in enumerate(self.steps)}

    def step(self, step_id: str) -> Step:
        return self.steps[self.positions[step_id]]

    def after(self, step_id: str) -> str | None:
        """The id of the step that follows, None at the end."""
        n = self.positions[step_id] + 1
        return self.steps[n].id if n < len(self.steps) else None


def decode_step(raw: Any) -> Step:
    """One step from plain data; its id defaults to its kind and what it names. Raises PackInvalid."""
    kinds = [k for k in _KINDS if isinstance(raw, dict) and k in raw]
    if len(kinds) != 1:
        raise PackInvalid(f"A step has exactly one of: {', '.join(_KINDS)}.")
    kind = kinds[0]
    default = f"{kind}_{raw[kind]}" if isinstance(raw[kind], str) else kind
    try:
        return msgspec.convert({"id": default, **raw, "kind": kind}, Step)  # type: ignore[no-any-return]
    except msgspec.ValidationError as e:
        raise PackInvalid(str(e)) from None


def _numbered(n: int, raw: Any) -> Step:
    try:
        return decode_step(raw)
    except PackInvalid as e:
        raise PackInvalid(f"steps[{n}]: {e}") from None


def decode_flow(raw: Any) -> Flow:
    """A flow from plain data, with its version. Raises PackInvalid."""
    if not isinstance(raw, dict) or not isinstance(raw.get("steps"), list):
        raise PackInvalid("A flow is a mapping with an id, a title and a list of steps.")
    steps = [_numbered(n, s) for n, s in enumerate(raw["steps"])]
    version = hashlib.sha256(msgspec.json.encode(raw, order="sorted")).hexdigest()[:12]
    rest = {k: v for k, v in raw.items() if k != "steps"}
    try:
        flow = msgspec.convert({**rest, "steps": [], "version": version}, Flow)
    except msgspec.ValidationError as e:
        raise PackInvalid(str(e)) from None
    if not steps or len({s.id for s in steps}) != len(steps):
        raise PackInvalid(
            "A flow has at least one step, and the ids of its steps differ; give an id to each that repeats."
        )
    return msgspec.structs.replace(flow, steps=tuple(steps))
