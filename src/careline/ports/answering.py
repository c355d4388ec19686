"""How assistants answer."""

from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from careline.domain.conversation import Conversation, Hints, Message, Person, Turn
from careline.domain.effects import Outcome
from careline.domain.events import Citation, Emergency, Handoff, Status, Token, Tool
from careline.ports.attachments import AttachmentReader
from careline.ports.knowledge import Retriever
from careline.ports.model import Model
from careline.ports.scheduling import Scheduling
from careline.ports.storing import History


class TurnContext(msgspec.Struct, frozen=True):
    """All an assistant may know of a turn. `now` is aware UTC. A rerun (`turn.attempt` > 1) gets the same message.

    `message.body` is all that the person said: what they wrote, and what was heard in their recordings. A recording
    without a `transcript` could not be listened to.

    `notes` are raw events as they happen: they explain a turn that is cancelled or fails, and so has no outcome.

    `bind` is called right before something outside the conversation is changed: from then on the message cannot be
    taken back, so that nothing is done that nobody is told of. Raises CancelledError when it has just been.
    """

    turn: Turn
    person: Person
    conversation: Conversation
    message: Message
    now: datetime
    notes: list[dict[str, Any]] = []
    bind: Callable[[], None] = lambda: None

    @property
    def hints(self) -> Hints:
        return self.turn.hints

    @property
    def first_contact(self) -> bool:
        """Whether the person became known with this very message: nothing of theirs was stored before it."""
        return self.turn.attempt == 1 and self.person.created_at == self.turn.accepted_at


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


class BeginFlow(msgspec.Struct, frozen=True):
    """The pack's flow of this name takes over, in this very turn: where people consent, book and confirm."""

    flow: str


AgentEvent = AssistantEvent | BeginFlow


class OwnAgent(Protocol):
    """An assistant that a pack brings along as code, see docs/assistants.md.

    As `Assistant`, and it may end with BeginFlow or Handoff in place of an Outcome. What it raises, or does not say in
    time, is answered by the pack's flows. Where it has them: `close()` is awaited at the end, and `sees` names the
    kinds of attachments it looks at itself; of the others the person is told that staff will.
    """

    @property
    def version(self) -> str: ...

    def answer(self, context: TurnContext) -> AsyncGenerator[AgentEvent, None]: ...


class Provided(msgspec.Struct, frozen=True, kw_only=True):
    """What the server gives an agent of a pack when it makes it.

    `agent` is its name in the pack, `folder` the pack's. `model` is the configured one, if any, which is told who
    somebody is only as far as the pack lets it. `service` is what `scheduling` books, `zone` is the clinic's, `flows`
    are those it can begin, by name, and what each is about. `show` words a time in a zone and a language. `emergency`
    makes the event that says whom to call, from a level, a kind ("cardiac", "general", ...) and the turn. `reader`
    fetches what people have attached, where anything here can look at it.
    """

    agent: str
    folder: Path
    languages: tuple[str, ...]
    history: History
    retriever: Retriever
    scheduling: Scheduling
    service: str
    zone: str
    flows: Mapping[str, str]
    show: Callable[[datetime, str, str], str]
    emergency: Callable[[str, str, TurnContext], Emergency]
    model: Model | None = None
    reader: AttachmentReader | None = None


AgentFactory = Callable[[Provided], OwnAgent]
