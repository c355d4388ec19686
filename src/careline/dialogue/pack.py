"""An assistant as data, decoded: who it is, what it asks and says, what it knows. Read by `careline.packs`."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from careline.dialogue.flows import Flow, SlotKind, Texts

AgentName = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
Mark = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
"""Names that are stored with every turn or consent have the room of their columns."""


class Persona(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    role: Texts


class Clinic(msgspec.Struct, frozen=True):
    """`country` is ISO 3166 alpha-2, `time_zone` IANA. `facts` are all other keys, for `{clinic.<key>}` in texts."""

    name: str
    country: str
    time_zone: str
    facts: dict[str, Texts | str] = {}


class Agent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way into the pack: `flow` is where its conversations begin, `examples` are first messages that mean it.

    `python` names code that answers in place of the flows, "agent.py:make_assistant" or "module:make_assistant".
    """

    name: AgentName
    flow: str
    examples: dict[str, tuple[str, ...]] = {}
    python: str | None = None


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked before personal data is kept; text and version are recorded with the answer."""

    purpose: Mark
    version: Mark
    text: Texts


class ModelUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a language model may do for the pack's assistants, where one is configured.

    `understanding`: propose what a message asks for that was not understood. `rephrase`: the replies it may put in
    other words, by name. `free`: answer what the flows cannot. `redact`: whether names, phones and the like are
    replaced before words go to a model: those of a hosted one, of every one, or of none.
    """

    understanding: bool = False
    rephrase: tuple[str, ...] = ()
    free: bool = False
    redact: Literal["hosted", "always", "never"] = "hosted"


class Procedure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    name: Texts
    words: dict[str, tuple[str, ...]] = {}


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something people ask, with the pack's own answer."""

    id: str
    examples: dict[str, tuple[str, ...]]
    answer: Texts


class Pack(msgspec.Struct, frozen=True):
    """`replies` is language -> template -> text."""

    name: str
    version: str
    default_language: str
    languages: tuple[str, ...]
    persona: Persona
    clinic: Clinic
    agents: tuple[Agent, ...]
    default_agent: str
    consent: Consent
    service: str
    procedures: tuple[Procedure, ...]
    topics: tuple[Topic, ...]
    flows: Mapping[str, Flow]
    slots: Mapping[str, SlotKind]
    replies: Mapping[str, Mapping[str, str]]
    model: ModelUse = ModelUse()

    def agent(self, name: str) -> Agent:
        """The agent of this name, the default one when the pack has none such."""
        by_name = {a.name: a for a in self.agents}
        return by_name.get(name) or by_name[self.default_agent]

    def language(self, wanted: str | None) -> str:
        """The pack's language for a BCP 47 tag, its default one when it does not speak it."""
        code = (wanted or "").replace("_", "-").split("-")[0].lower()
        return code if code in self.languages else self.default_language
