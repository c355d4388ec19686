"""What a turn of free conversation comes to: what is kept, and what explains it."""

from typing import TYPE_CHECKING, Any

import msgspec

from careline.assistants import free_tools as tools
from careline.assistants.free_history import stored
from careline.assistants.free_prompt import VERSION
from careline.domain.effects import AnyEffect, Outcome, RememberProfile
from careline.safety.rules import LEVELS, Level

if TYPE_CHECKING:
    from careline.assistants.free_talk import Talk

MOST_FACTS = 30


def completed(talk: "Talk", outcome: Outcome) -> Outcome:
    """The outcome with all that free conversation adds."""
    effects: list[AnyEffect] = list(outcome.effects)
    memory, box = talk.memory, talk.box
    if box is not None:
        if box.facts and talk.context.person.has_account:
            effects.append(RememberProfile(tuple(box.facts)))
        lines = tuple(f"{fact.topic.capitalize()}: {fact.name}" for fact in box.facts)
        facts = list(dict.fromkeys((*memory.facts, *lines)))[-MOST_FACTS:]
        level = highest(memory.level, *(one.level for one in box.raised))
        memory = msgspec.structs.replace(memory, facts=facts, level=level)
    outcome = msgspec.structs.replace(
        outcome,
        state=stored(outcome.state, memory),
        effects=tuple(effects),
        raw=(*outcome.raw, {"free": _explained(talk, box)}),
    )
    return talk.summing.calls.explained(talk.calls.explained(outcome))


def _explained(talk: "Talk", box: tools.Toolbox | None) -> dict[str, Any]:
    """What the reply rests on: no words of anybody."""
    return {
        "prompt_version": VERSION,
        "persona": talk.own.persona.version,
        "articles": sorted({one.article for one in talk.marks.used}),
        "passages": len(talk.marks.passages),
        "turns_shown": talk.recent.turns,
        "summary": bool(talk.recent.memory.summary),
        "tools": talk.used,
        "raised": [{"level": one.level, "kind": one.kind} for one in box.raised] if box is not None else [],
        "put_right": talk.claims.stopped,
        "links_left_out": talk.links.left_out,
        "fallback": talk.fallback,
    }


def highest(*levels: str | None) -> Level | None:
    """The most urgent of those that are levels."""
    known = [level for level in LEVELS if level in levels]
    return known[-1] if known else None
