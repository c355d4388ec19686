"""Makes the agents that a pack brings along as code."""

from pathlib import Path
from typing import Any

from careline.assistants.flow_free import title
from careline.assistants.free import Means
from careline.dialogue.pack import Pack
from careline.domain.events import Emergency
from careline.packs.code import load_code, pack_invalid
from careline.ports import History, Model, OwnAgent, Provided, Retriever, Scheduling, TurnContext
from careline.safety.gate import Whereabouts
from careline.safety.rules import LEVELS

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

    def emergency(level: str, kind: str, context: TurnContext) -> Emergency:
        return _emergency(means, level, kind, context)

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
            emergency=emergency,
            model=model,
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


def _emergency(means: Means, level: str, kind: str, context: TurnContext) -> Emergency:
    """The gate's own words and number, for where the person is. Raises ValueError for another level."""
    known = next((one for one in _URGENT if one == level), None)
    if known is None:
        raise ValueError(f"The level of an emergency is {' or '.join(_URGENT)}.")
    conversation, hints = context.conversation, context.hints
    where = Whereabouts(
        country=conversation.country or hints.country,
        time_zone=conversation.time_zone or hints.time_zone,
        language=conversation.language,
        locale=hints.locale,
    )
    alarm = means.alarm(known, kind, where, conversation.language or hints.locale or "en")
    return Emergency(alarm.level, alarm.kind, alarm.number, alarm.country, alarm.message)
