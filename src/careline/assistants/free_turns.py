"""What free conversation asks of the deterministic assistant beside it: one turn, and what of it is left to a model."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Protocol

import msgspec

from careline.domain.conversation import Attachment
from careline.domain.effects import Outcome
from careline.domain.events import Citation, Status
from careline.ports import AssistantEvent, ImagePart, TurnContext
from careline.ports.knowledge import Passage
from careline.safety.rules import Level


class Part(msgspec.Struct, frozen=True):
    """A piece of a reply with the sources it cites. In the reply, `[1]` is the first source that was cited in it."""

    text: str = ""
    cited: tuple[Citation, ...] = ()


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A turn, or the middle of one, that a model may word.

    `opening` is said just before the model's first word, and not without it: a greeting, that an AI is speaking.
    `before` is said at once. `draft` is what the deterministic assistant would say in the model's place, where it has
    something of its own. `task` tells the model what the middle is, where it is not simply the answer to the message.
    `passages` are those found already; None leaves the search to the free conversation. `facts` are what is known of
    the person and their matter, a line each; `topics` are finding ids for the search. `flows` can be begun by the
    model: by name, what each is about. With `handoff` it can ask for a person; `booked` says that they have a booking.
    `names` are the person's, not to be told a model that is not theirs to know. `images` are to be shown to the model;
    `pictures` are what was fetched of them. `safe` leaves out of a passage what this person should not be told; of one
    that is searched for by the model as well.
    """

    language: str
    opening: str = ""
    before: Part = Part()
    draft: Part = Part()
    task: str = ""
    passages: tuple[Passage, ...] | None = None
    facts: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    flows: dict[str, str] = {}
    handoff: bool = False
    booked: bool = False
    names: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    images: tuple[Attachment, ...] = ()
    pictures: tuple[ImagePart, ...] = ()
    safe: Callable[[Passage], Passage] = lambda passage: passage


class Turn(Protocol):
    """One turn of the deterministic assistant. `left` comes first; then `answer`, or the rest for a free reply."""

    async def left(self) -> Left | None:
        """What a model may say in this turn; None when all of it is the assistant's own."""
        ...

    def answer(self) -> AsyncGenerator[AssistantEvent, None]:
        """The whole turn without a model, its Outcome last."""
        ...

    def go_on(self, wish: str, *, said: bool) -> AsyncGenerator[AssistantEvent, None]:
        """Begins the flow `wish`, or hands over to a person (`HANDOFF`). `said`: after words that were said freely."""
        ...

    def raised(self, level: Level) -> bool:
        """Takes in that a model finds it as urgent as this. Whether that is more than the assistant itself has said."""
        ...

    def after(self, said: str, cited: Sequence[Citation]) -> Part:
        """What the assistant adds to free words: `cited` are the sources they and `before` have cited so far."""
        ...

    def keep(self) -> Outcome:
        """The outcome of a turn that was answered freely."""
        ...


HANDOFF = "handoff"


class Begins(Protocol):
    """A deterministic assistant whose turns can be left to a model."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def begin(self, context: TurnContext) -> Turn: ...
