"""What a conversation remembers between turns. Plain JSON outside; a mutable working copy inside one step."""

from typing import Any

import msgspec

from careline.domain.errors import Invalid


class Frame(msgspec.Struct):
    """A flow that is under way, the step it stands at, and the version of the flow that step belongs to."""

    flow: str
    step: str
    version: str


class Utter(msgspec.Struct, frozen=True):
    """Something to say: a reply template, the values that are not in the slots, and slots emptied since it was said."""

    template: str
    values: dict[str, Any] = {}
    slots: dict[str, Any] = {}


class Result(msgspec.Struct, frozen=True):
    """What doing an action brought: its outcome, slots to set (None empties), things to say."""

    outcome: str
    slots: dict[str, Any] = {}
    says: tuple[Utter, ...] = ()


class Button(msgspec.Struct, frozen=True):
    """An answer that was offered: choosing it sets the slot."""

    title: str
    slot: str
    value: Any


class Question(msgspec.Struct, frozen=True):
    """Which of these values of the slot was meant."""

    slot: str
    options: tuple[str, ...]


class DialogueState(msgspec.Struct, omit_defaults=False):
    """`collecting` is the slot being asked for. `failures` counts messages in a row that were not understood.

    `paused` means an emergency stopped the flow and the person was asked whether to go on. `asked` is the question
    that was asked last, as `flow.step`. `skipped` are optional slots the person left out.
    """

    stack: list[Frame] = []
    slots: dict[str, Any] = {}
    collecting: str | None = None
    language: str | None = None
    disclosed: bool = False
    failures: int = 0
    clarify: Question | None = None
    paused: bool = False
    handed_over: bool = False
    skipped: list[str] = []
    asked: str | None = None
    last: list[Utter] = []
    buttons: list[Button] = []

    def copy(self) -> "DialogueState":
        """A deep copy: a step never changes the state it was given."""
        return msgspec.convert(msgspec.to_builtins(self), DialogueState)

    def known(self, slot: str) -> bool:
        return self.slots.get(slot) is not None


def load_state(raw: dict[str, Any]) -> DialogueState:
    """The state a conversation stored; empty for a new one. Raises Invalid on what is not a state."""
    try:
        return msgspec.convert(raw, DialogueState)
    except msgspec.ValidationError:
        raise Invalid("The stored state of the dialogue cannot be read.") from None


def dump_state(state: DialogueState) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(state)
    return built
