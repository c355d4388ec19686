"""Makes the agents that a pack brings along as code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from careline.assistants.flow_free import title
from careline.assistants.free import Means
from careline.dialogue.pack import Pack
from careline.domain.events import Emergency
from careline.packs.code import load_code, pack_invalid
from careline.ports import History, Model, OwnAgent, Provided, Retriever, Scheduling, TurnContext
from careline.safety.gate import Alarm, Whereabouts
from careline.safety.rules import LEVELS, Level

_URGENT = LEVELS[-2:]


def own_agents(
    pack: Pack,
    root: Path,
    packs_dir: Path | None,
    means: Means,
    history: History,
    retriever: Retriever,
    scheduling: Scheduling,
    model: Model | None,
) -> dict[str, OwnAgent]:
    """The agents, by their names in the pack. Raises PackInvalid, which points at the line that names the code."""
    made = {}
    for name, factory in load_code(pack, root, packs_dir).items():
        provided = Provided(
            agent=name,
            folder=root,
            languages=pack.languages,
            history=history,
            retriever=retriever,
            scheduling=scheduling,
            service=means.service,
            zone=means.zone,
            flows={each: title(flow.title) for each, flow in pack.flows.items()},
            show=means.show,
            emergency=emergency_of(means.alarm),
            model=model,
            reader=means.reader,
        )
        made[name] = _made(factory, provided, pack)
    return made


def _made(factory: Any, provided: Provided, pack: Pack) -> OwnAgent:
    try:
        agent: OwnAgent = factory(provided)
    except Exception as error:
        problem = f"No agent was made: {type(error).__name__}: {error}"
        raise pack_invalid(pack, provided.folder, provided.agent, problem) from error
    if not isinstance(getattr(agent, "version", None), str) or not callable(getattr(agent, "answer", None)):
        problem = "What was made is no agent: that has a version, which is a text, and answer(context)."
        raise pack_invalid(pack, provided.folder, provided.agent, problem)
    return agent


def emergency_of(
    alarm: Callable[[Level, str, Whereabouts, str], Alarm],
) -> Callable[[str, str, TurnContext], Emergency]:
    """Makes the event of an emergency that an agent has seen: the gate's own words and number, for where the person is.

    It raises ValueError for a level that is no emergency.
    """

    def emergency(level: str, kind: str, context: TurnContext) -> Emergency:
        known = next((one for one in _URGENT if one == level), None)
        if known is None:
            raise ValueError(f"The level of an emergency is {' or '.join(_URGENT)}.")
        conversation, hints = context.conversation, context.hints
        where = Whereabouts.of(conversation, hints, conversation.language)
        raised = alarm(known, kind, where, conversation.language or hints.locale or "en")
        return Emergency(raised.level, raised.kind, raised.number, raised.country, raised.message)

    return emergency
