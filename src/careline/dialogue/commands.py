"""What a message asks of the dialogue: a closed, tagged union. Understanding proposes, the machine checks."""

import re
from typing import Any

import msgspec


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class _Command(msgspec.Struct, frozen=True, tag_field="type", tag=_snake):
    pass


class StartFlow(_Command, frozen=True):
    flow: str


class SetSlot(_Command, frozen=True):
    """An answer: `value` is plain JSON of the slot's type."""

    slot: str
    value: Any


class CorrectSlot(_Command, frozen=True):
    """A changed mind: replaces what was said before. With None the slot is emptied and asked for again."""

    slot: str
    value: Any


class CancelFlow(_Command, frozen=True):
    pass


class Skip(_Command, frozen=True):
    pass


class Repeat(_Command, frozen=True):
    pass


class Clarify(_Command, frozen=True):
    """Several values of `slot` are possible: ask which."""

    options: tuple[str, ...]
    slot: str = "procedure"


class Knowledge(_Command, frozen=True):
    topic: str


class Chitchat(_Command, frozen=True):
    """`kind` names the reply: `chitchat_<kind>`."""

    kind: str


class Handoff(_Command, frozen=True):
    reason: str = "asked"


class CannotHandle(_Command, frozen=True):
    """Nothing was understood. `question` when it was one, so that the reply can say nothing is invented."""

    question: bool = False


class ChangeLanguage(_Command, frozen=True):
    language: str


class Resume(_Command, frozen=True):
    """The person's word that an interrupted flow may go on."""


Command = (
    StartFlow
    | SetSlot
    | CorrectSlot
    | CancelFlow
    | Skip
    | Repeat
    | Clarify
    | Knowledge
    | Chitchat
    | Handoff
    | CannotHandle
    | ChangeLanguage
    | Resume
)
