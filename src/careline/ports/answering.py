"""How assistants answer."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Protocol

import msgspec

from careline.domain.conversation import Conversation, Hints, Message, Person, Turn
from careline.domain.effects import Outcome
from careline.domain.events import Citation, Emergency, Handoff, Status, Token, Tool


class TurnContext(msgspec.Struct, frozen=True):
    """All an assistant may know of a turn. `now` is aware UTC. A rerun (`turn.attempt` > 1) gets the same message."""

    turn: Turn
    person: Person
    conversation: Conversation
    message: Message
    now: datetime

    @property
    def hints(self) -> Hints:
        return self.turn.hints


AssistantEvent = Status | Emergency | Token | Citation | Tool | Handoff | Outcome


class Assistant(Protocol):
    """How an assistant answers. It decides and yields; it never writes to storage or to a socket.

    Effects outside the conversation (holds, bookings) go through ports, idempotent by turn id. The last thing yielded
    is one Outcome. Anything raised ends the turn as failed, with a safe reply.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def answer(self, context: TurnContext) -> AsyncGenerator[AssistantEvent, None]: ...


class Assistants(Protocol):
    """The assistants that are installed, by agent name."""

    def choose(self, text: str, hints: Hints, channel: str) -> str:
        """The agent for the first message of a session: the channel's own one if it has one, else by intent."""
        ...

    def get(self, agent: str) -> Assistant:
        """The assistant of this agent; the default one if the pack no longer has it."""
        ...
