"""A second opinion on a message: a model proposes commands where the deterministic understanding is in doubt.

The deterministic result is there before the model is asked, and stands whenever the model is away, slow or wrong.
"""

from typing import Any

import msgspec

from careline.assistants.calls import ModelCalls
from careline.dialogue import doubt, proposal_prompt
from careline.dialogue.commands import Command
from careline.dialogue.grounding import Grounds
from careline.dialogue.openings import all_openings, openings
from careline.dialogue.proposal import Rejected, read_proposal, schema
from careline.dialogue.state import DialogueState
from careline.dialogue.understanding import Heard, Understanding
from careline.domain.errors import ModelUnavailable
from careline.language import Reference
from careline.ports import Completion, JsonSchema, ModelMessage, ModelRequest

MOST_TOKENS = 400


class Hearing(msgspec.Struct, frozen=True):
    """A message as it was heard, and what it met. `private` are the names and addresses of the person."""

    heard: Heard
    state: DialogueState
    reference: Reference
    new: bool
    private: tuple[str, ...] = ()


class Proposing:
    """Asks for one pack and one of its agents, and waits no longer than `seconds`. Holds no conversation."""

    def __init__(self, understanding: Understanding, agent: str, seconds: float) -> None:
        pack = understanding.pack
        self._understanding = understanding
        self._agent = agent
        self._main_flow = pack.agent(agent).flow
        self._seconds = seconds
        every = all_openings(pack)
        self._instructions = ModelMessage("system", proposal_prompt.instructions(pack, every))
        self._schema = JsonSchema("commands", schema(pack, every))

    async def improve(self, calls: ModelCalls, own: Hearing) -> tuple[Heard, dict[str, Any] | None]:
        """What was heard, better understood if it can be, and why it came to that: None when nothing was asked.

        Never raises for what the model does.
        """
        heard, state = own.heard, own.state
        why = doubt.doubt(self._understanding, heard, state, own.reference, self._agent, new=own.new)
        if why is None:
            return heard, None
        try:
            completion = await calls.ask(self._request(own), prompt=proposal_prompt.VERSION, seconds=self._seconds)
        except ModelUnavailable as error:
            # Of one that was writing, only slowly, or is too slow for this alone, more can be asked.
            slow = error.reason == "too_slow" or calls.was_writing(self._seconds / 2)
            away = {} if slow else {"away": True}
            return heard, {"asked": why, "unused": error.reason, **away}
        read = self._read(completion, own)
        if isinstance(read, Rejected):
            calls.fell_back(read.reason)
            return heard, {"asked": why, "unused": read.reason}
        better = doubt.merged(heard, read, why, state, self._main_flow)
        if better == heard:
            return heard, {"asked": why, "unused": "nothing_new"}
        return better, {"asked": why, "used": [type(x).__name__ for x in read]}

    def _request(self, own: Hearing) -> ModelRequest:
        pack = self._understanding.pack
        now_open = openings(pack, own.state, self._main_flow)
        message = proposal_prompt.question(pack, own.state, now_open, own.heard.said.text)
        return ModelRequest(
            messages=(self._instructions, ModelMessage("user", message)),
            purpose="commands",
            schema=self._schema,
            private=(*own.private, *filter(None, [own.heard.said.name])),
            max_tokens=MOST_TOKENS,
            temperature=0.0,
        )

    def _read(self, completion: Completion, own: Hearing) -> tuple[Command, ...] | Rejected:
        """The proposed commands, or why there are none that can be used."""
        if completion.refusal or completion.finished.reason in ("refusal", "content_filter"):
            return Rejected("refusal")
        if completion.finished.reason != "stop" or completion.calls:
            return Rejected("cut_off" if completion.finished.reason == "length" else "shape")
        now_open = openings(self._understanding.pack, own.state, self._main_flow)
        grounds = Grounds(self._understanding, own.heard, own.state, own.reference, self._agent)
        return read_proposal(completion.text, now_open, grounds)
