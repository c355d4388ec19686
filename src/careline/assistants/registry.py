"""The assistants that are installed, and which one a first message is for."""

from collections.abc import Mapping, Sequence

from careline.assistants.flow import USUAL, FlowAssistant, Waiting
from careline.assistants.flow_free import FreeFlows, persona_of
from careline.assistants.free import FreeAssistant, Means
from careline.assistants.own import OwnAssistant
from careline.assistants.tools import Tools
from careline.dialogue.matchers import Matchers, every
from careline.dialogue.pack import Pack
from careline.dialogue.understanding import Understanding
from careline.domain.conversation import Hints
from careline.language import Classifier, Languages
from careline.ports import Assistant, Model, OwnAgent, Scheduling

CHOOSE_SCORE = 0.5


class PackAssistants:
    """A `careline.ports.Assistants` over the agents of packs; the first pack's default agent is the default.

    `by_channel` are assistants that answer one channel, whatever a message is about. `model` helps as far as each pack
    lets it; `free` is what free conversation draws on, by the pack's name. `own` are agents that packs bring along, by
    their name.
    """

    def __init__(
        self,
        packs: Sequence[Pack],
        languages: Languages,
        scheduling: Scheduling,
        tools: Tools,
        by_channel: Mapping[str, Assistant] | None = None,
        model: Model | None = None,
        free: Mapping[str, Means] | None = None,
        waiting: Waiting = USUAL,
        own: Mapping[str, OwnAgent] | None = None,
    ) -> None:
        self.default = packs[0].default_agent
        self._by_channel = {channel: assistant.name for channel, assistant in (by_channel or {}).items()}
        self._assistants: dict[str, Assistant] = {each.name: each for each in (by_channel or {}).values()}
        self._matchers: list[Matchers] = []
        examples: dict[str, list[str]] = {}
        for pack in packs:
            understanding = Understanding(pack, languages)
            self._matchers.append(understanding.matchers)
            for agent in pack.agents:
                flows = FlowAssistant(pack, agent.name, languages, scheduling, tools, understanding, model, waiting)
                assistant = (
                    OwnAssistant(flows, own[agent.name])
                    if own and agent.name in own
                    else _freely(flows, model, (free or {}).get(pack.name))
                )
                self._assistants.setdefault(agent.name, assistant)
                examples.setdefault(agent.name, every(agent.examples))
        self._only_one = len(examples) == 1
        self._classifier = Classifier(examples)

    def warm(self) -> None:
        """Makes what the first message would wait for; safe in a thread."""
        for matchers in self._matchers:
            matchers.warm()

    async def close(self) -> None:
        """Closes the agents that packs have brought along."""
        for assistant in self._assistants.values():
            if isinstance(assistant, OwnAssistant):
                await assistant.close()

    def choose(self, text: str, hints: Hints, channel: str) -> str:
        """The channel's own agent, else the one whose examples the text is nearest to, else the default one."""
        if channel in self._by_channel:
            return self._by_channel[channel]
        if self._only_one:
            return self.default
        best = self._classifier.classify(text)[:1]
        return best[0][0] if best and best[0][1] >= CHOOSE_SCORE else self.default

    def get(self, agent: str) -> Assistant:
        return self._assistants.get(agent) or self._assistants[self.default]


def _freely(flows: FlowAssistant, model: Model | None, means: Means | None) -> Assistant:
    """The flows, with free conversation around them where the pack lets a model have it."""
    if model is None or means is None or not flows.pack.model.free:
        return flows
    sees = model.vision and means.reader is not None
    return FreeAssistant(FreeFlows(flows, sees=sees), model, persona_of(flows.pack), means)
