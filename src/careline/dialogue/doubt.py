"""When a message was not understood well enough on its own, and how what a model makes of it joins what was.

What was read without a model stays: a model adds to it, and replaces only "not understood" and a weak resemblance.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from careline.dialogue import commands as c
from careline.dialogue.state import DialogueState
from careline.dialogue.understanding import Heard, Understanding
from careline.language import Reference
from careline.language.text import tokens

Doubt = Literal["nothing", "weak", "part"]
"""Nothing was understood; only a weak resemblance was; a part of a long message was not."""

LONG = 12
"""Words from which on a message is looked at part by part."""
CLAUSE = 4
"""Words that a part has to have to say something of its own."""
_MOST_PARTS = 6
_CLEAR = (c.Handoff, c.CancelFlow, c.Repeat, c.Resume, c.Skip)
_SETTLED_TALK = (
    *("are_you_human", "are_you_doctor", "time_past", "insult", "other_language", "for_another"),
    "birth_date",
)


def doubt(
    understanding: Understanding, heard: Heard, state: DialogueState, reference: Reference, agent: str, *, new: bool
) -> Doubt | None:
    """Why a model may be asked about this message; None when it may not.

    Never about a button, an answer to the question asked, a wish for a person, an emergency that is being come back
    from, or a language the pack does not speak.
    """
    if heard.pressed or state.paused or not heard.said.text.strip() or _clear(heard, state):
        return None
    if any(isinstance(x, c.CannotHandle) for x in heard.commands):
        return "nothing"
    if heard.weak:
        return "weak"
    if heard.by_default:
        return "part" if words(heard.said.text) >= CLAUSE else None
    return "part" if _left_over(understanding, heard, state, reference, agent) else None


def words(text: str) -> int:
    return sum(token.kind == "word" for token in tokens(text))


def _clear(heard: Heard, state: DialogueState) -> bool:
    """Whether something was said that leaves no question open."""
    for command in heard.commands:
        if isinstance(command, _CLEAR):
            return True
        if isinstance(command, c.Chitchat) and command.kind.startswith(_SETTLED_TALK):
            return True
        if isinstance(command, c.SetSlot | c.CorrectSlot) and command.slot == state.collecting:
            return True
    return heard.said.intents_only and not any(isinstance(x, c.CannotHandle) for x in heard.commands)


def _left_over(
    understanding: Understanding, heard: Heard, state: DialogueState, reference: Reference, agent: str
) -> bool:
    """Whether one of the parts of a long message says nothing that is understood when it is heard alone."""
    text = heard.said.text
    if words(text) < LONG:
        return False
    parts = [p for p in understanding.matchers.between.split(text[:2_000]) if p and words(p) >= CLAUSE]
    if len(parts) < 2:
        return False
    alone = (understanding.hear(p, state, reference, agent, new=False) for p in parts[:_MOST_PARTS])
    return any(any(isinstance(x, c.CannotHandle) for x in one.commands) for one in alone)


def merged(heard: Heard, proposed: Sequence[c.Command], why: Doubt, state: DialogueState, main_flow: str) -> Heard:
    """What was heard, with what a valid proposal adds; as it was when that is nothing."""
    kept = _kept(heard, proposed, why)
    added = [x for n, x in enumerate(proposed) if x not in kept and x not in proposed[:n] and _fits(x, kept, why)]
    if not added:
        return heard
    every = [*kept, *added]
    starts = [x for x in every if isinstance(x, c.StartFlow)]
    informed = any(isinstance(x, c.SetSlot | c.CorrectSlot | c.Clarify) for x in added)
    if not starts and informed and not state.stack:
        starts = [c.StartFlow(main_flow)]
    return msgspec.structs.replace(heard, commands=(*starts, *(x for x in every if not isinstance(x, c.StartFlow))))


def _kept(heard: Heard, proposed: Sequence[c.Command], why: Doubt) -> list[c.Command]:
    """What stays of the deterministic commands: all but what was no understanding."""
    kept: list[c.Command] = [x for x in heard.commands if not isinstance(x, c.CannotHandle)]
    if why == "weak" and any(not isinstance(x, c.SetSlot) for x in proposed):
        return [x for x in kept if not isinstance(x, c.Knowledge)]
    if heard.by_default and any(isinstance(x, c.StartFlow) for x in proposed):
        return [x for x in kept if not isinstance(x, c.StartFlow)]
    return kept


def _fits(command: c.Command, kept: Sequence[c.Command], why: Doubt) -> bool:
    """Whether it says nothing against what is kept. Of a message understood in part, nothing is called off."""
    known = {x.slot for x in kept if isinstance(x, c.SetSlot | c.CorrectSlot | c.Clarify)}
    match command:
        case c.SetSlot(slot=slot) | c.CorrectSlot(slot=slot) | c.Clarify(slot=slot):
            return slot not in known
        case c.StartFlow():
            return not any(isinstance(x, c.StartFlow) for x in kept)
        case c.CancelFlow() | c.Handoff() | c.Skip() | c.Repeat():
            return why != "part"
    return True
