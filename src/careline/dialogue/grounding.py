"""Whether words that are said to be in a message are there, and what the deterministic readers read in them."""

import re
from collections.abc import Sequence
from typing import Any

from rapidfuzz.distance import OSA

from careline.dialogue import commands as c
from careline.dialogue import times
from careline.dialogue.state import DialogueState
from careline.dialogue.understanding import Heard, Understanding
from careline.language import Reference, Said
from careline.language.text import Token, tokens

RESPELLED = ("procedure", "country", "time_zone", "time", "slot", "booking")
"""Slot types of a closed vocabulary: a slip of the pen in them can be put right. A name or an address is as it is."""
_WITH = {"slot": ("time",), "country": ("time_zone",), "contact": ("phone",)}
"""What is read in the same words as a slot of this type: a city says the country and the time zone."""
_CHOSEN = ("time", "slot", "booking")
_LONGEST_QUOTE = 300
_SHORTEST_BEGINNING = 4
_UNCUT = re.compile(r"[\d@]")
_BETWEEN_SPACES = re.compile(r"\S+")
_EDGES = " \t\n.,;:!?…\"'“”«»()"


class Grounds:
    """A message, the state it meets, and how it was understood: what a value must be found in."""

    def __init__(
        self, understanding: Understanding, heard: Heard, state: DialogueState, reference: Reference, agent: str
    ) -> None:
        self._understanding = understanding
        self._heard = heard
        self._state = state
        self._reference = reference
        self._agent = agent
        self._spoken = tokens(heard.said.text)

    def quoted(self, quote: str) -> str | None:
        """The words of the message that the quote copies, whole words as the person wrote them; None if there are none.

        Upper and lower case, accents and spaces are not compared; a quote may leave out the ending of its last word.
        """
        wanted = tokens(quote[:_LONGEST_QUOTE])
        if not any(token.kind != "sign" for token in wanted):
            return None
        for first in range(len(self._spoken) - len(wanted) + 1):
            spoken = self._spoken[first : first + len(wanted)]
            if all(_same(a, b) for a, b in zip(spoken[:-1], wanted[:-1], strict=True)) and _begins(
                spoken[-1], wanted[-1]
            ):
                return self._whole(spoken[0].start, spoken[-1].end)
        return None

    def read(self, slot: str, words: str, spelled: str = "") -> Sequence[c.Command] | None:
        """The commands that give this slot, read from words of the message; none when nothing can be read in them.

        `spelled` are the same words spelled right: read where the words as written cannot be, and only if no word of
        it is another. None when the message as a whole says otherwise: a denial, or another value.
        """
        found = self._heard_alone(slot, words)
        kind = self._understanding.pack.slots[slot].type
        if not found and kind in RESPELLED and self._respelled(words, spelled):
            found = self._heard_alone(slot, spelled)
        return None if any(self._denied(command) for command in found) else found

    def denies(self, procedure: str) -> bool:
        """Whether the message says that this procedure is not meant."""
        return procedure in self._understanding.matchers.procedures.denied(self._heard.said.text)

    # --- parts

    def _whole(self, start: int, end: int) -> str:
        """Out to the spaces around where there is a number or an address: neither is ever cut in the middle."""
        text = self._heard.said.text
        for word in _BETWEEN_SPACES.finditer(text):
            if _UNCUT.search(word.group()):
                start = word.start() if word.start() < start < word.end() else start
                end = word.end() if word.start() < end < word.end() else end
        return text[start:end].strip(_EDGES)

    def _heard_alone(self, slot: str, words: str) -> list[c.Command]:
        """What the words say about the slot. Bare answers count for the slot that is asked for, or picked from."""
        pack = self._understanding.pack
        state = self._state.copy()
        picked = pack.slots[slot].type in ("slot", "booking")
        state.collecting = slot if picked or slot == state.collecting else None
        state.buttons, state.paused = [], False
        heard = self._understanding.hear(words, state, self._reference, self._agent, new=False)
        if slot != self._state.collecting and pack.slots[slot].type in _CHOSEN and not _names_one(heard.said):
            return []
        meant = (slot, *_WITH.get(pack.slots[slot].type, ()))
        return [x for x in heard.commands if _about(x) in meant and getattr(x, "value", x) is not None]

    def _respelled(self, words: str, spelled: str) -> bool:
        """Whether it is the same words with slips put right: words of any language we know are none."""
        languages = self._understanding.languages
        written, right = tokens(words), tokens(spelled[:_LONGEST_QUOTE])
        if len(written) != len(right):
            return False
        for old, new in zip(written, right, strict=True):
            if old.key == new.key:
                continue
            slip = old.kind == new.kind == "word" and not languages.knows(old.key)
            if not slip or OSA.distance(old.key, new.key) > _slips(old.key):
                return False
        return True

    def _denied(self, command: c.Command) -> bool:
        """Whether the whole message, read by rule, says something else about the slot."""
        said = self._heard.said
        if isinstance(command, c.Clarify):
            return any(self.denies(option) for option in command.options)
        if not isinstance(command, c.SetSlot | c.CorrectSlot):
            return False
        value = command.value
        match self._understanding.pack.slots[command.slot].type:
            case "procedure":
                mentioned = self._understanding.matchers.procedures.mentioned(said.text)
                return self.denies(value) or (bool(mentioned) and value not in mentioned)
            case "country":
                return "country" in said.negated or said.country not in (None, value)
            case "name":
                return "name" in said.negated or (said.name_explicit and said.name != value)
            case "time_zone":
                return said.time_zone not in (None, value)
            case "contact":
                return bool(said.email or said.phone) and value not in (said.email, said.phone)
            case "internal":  # the phone beside an e-mail
                return said.phone not in (None, value)
            case "time":
                return "time" in said.negated or self._another_time(value)
        return "time" in said.negated

    def _another_time(self, wish: dict[str, Any]) -> bool:
        """Whether the message names a time, and this is not it."""
        mention = self._heard.said.time
        if mention is None or not wish.get("text"):
            return mention is not None
        talked_of = [s for s in (self._state.slots.get("slot"), *(self._state.slots.get("offered") or [])) if s]
        zone, now = self._reference.time_zone, self._reference.now
        own = [times.wish(m, zone) for m in (mention, times.on_day(mention, talked_of, zone, now))]
        return all((w["start"], w["end"], w["daily"]) != (wish["start"], wish["end"], wish["daily"]) for w in own)


def _names_one(said: Said) -> bool:
    """Whether it names a time or one of several, rather than agreeing to whatever was talked of."""
    return said.time is not None or said.shift is not None or said.ordinal is not None


def _about(command: c.Command) -> str | None:
    return command.slot if isinstance(command, c.SetSlot | c.CorrectSlot | c.Clarify) else None


def _same(spoken: Token, wanted: Token) -> bool:
    return spoken.key == wanted.key


def _begins(spoken: Token, wanted: Token) -> bool:
    """The same, or the same without the ending it has in the message ("Londra" of "Londrada")."""
    if spoken.key == wanted.key or spoken.kind != "word":
        return spoken.key == wanted.key
    return wanted.key == spoken.stem or (len(wanted.key) >= _SHORTEST_BEGINNING and spoken.key.startswith(wanted.key))


def _slips(word: str) -> int:
    """How many slips a word of this length may have: Tuesday is never made of "thusday"."""
    return 1 if len(word) < 8 else 2
