"""From a message to commands. Deterministic, no I/O."""

import msgspec

from careline.dialogue import commands as c
from careline.dialogue.hearing import Hearing
from careline.dialogue.matchers import Matchers
from careline.dialogue.pack import Pack
from careline.dialogue.state import DialogueState
from careline.language import Languages, Reference, Said, understand
from careline.language.signatures import without_signature


class Heard(msgspec.Struct, frozen=True):
    """A message understood: what it says, and what it asks of the dialogue.

    `pressed`: an offered answer was chosen. `weak`: all of it is a question that only resembles one the pack answers.
    `by_default`: the agent's flow begins because every first message begins it.
    """

    said: Said
    commands: tuple[c.Command, ...]
    pressed: bool = False
    weak: bool = False
    by_default: bool = False


class Understanding:
    """What one pack's assistant understands. Built once: its matchers hold the pack's words."""

    def __init__(self, pack: Pack, languages: Languages) -> None:
        self.pack = pack
        self.languages = languages
        self.matchers = Matchers(pack, languages)

    def hear(self, text: str, state: DialogueState, reference: Reference, agent: str, *, new: bool) -> Heard:
        """The message and its commands; at least one. `new` for the first message that is answered.

        A signature below it is left out, but for who was asked how to be reached.
        """
        expecting = self._expecting(state)
        text = text if expecting == "contact" else without_signature(text)
        said = understand(text, self.languages, reference, state.language, expecting, first=new)
        hearing = Hearing(self.matchers, said, state, reference, self.pack.agent(agent).flow, new)
        commands = tuple(hearing.commands())
        return Heard(said, commands, hearing.by_button, hearing.weak, hearing.by_default)

    def _expecting(self, state: DialogueState) -> str | None:
        """The type that was asked for. A summary with a time is also answered with another time ("what about 11?")."""
        kind = self.pack.slots.get(state.collecting or "")
        if state.collecting == "confirmed" and state.known("slot"):
            return "slot"
        return kind.type if kind is not None else None
