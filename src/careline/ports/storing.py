"""The database and the journal, the bus, the outbox."""

from collections.abc import AsyncGenerator, Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from careline.domain.conversation import Attachment, Choice, Conversation, Incoming, Message, Person, Turn, TurnStatus
from careline.domain.effects import AnyEffect, Outcome, RaiseAlert
from careline.domain.events import Published
from careline.domain.lifecycle import FINAL_STATUSES
from careline.ports.shared import Lease, Page


class Claim(msgspec.Struct, frozen=True):
    """A turn that is now ours to run, with all that running it needs."""

    turn: Turn
    person: Person
    conversation: Conversation
    message: Message


class Receipt(msgspec.Struct, frozen=True):
    """An accepted message: stored durably. `claim` is set when the turn may run at once (nothing before it).

    `ended` is the session that had expired and was ended by this message, if any.
    """

    turn: Turn
    duplicate: bool
    claim: Claim | None = None
    person_created: bool = False
    conversation_created: bool = False
    ended: str | None = None


class Finish(msgspec.Struct, frozen=True):
    """The one commit that ends a turn. `reply` is None only for a cancelled turn; `events` is the packed event log;
    `raw` is what is kept to explain it, `usage` what a model has used for it, however it ended; `attachments` are those
    of the message where something was heard in them."""

    turn: Turn
    owner: str
    status: TurnStatus
    reply: str | None
    at: datetime
    agent: str | None
    events: bytes
    choices: tuple[Choice, ...] = ()
    outcome: Outcome | None = None
    effects: tuple[AnyEffect, ...] = ()
    error_type: str | None = None
    safety: dict[str, Any] | None = None
    raw: tuple[dict[str, Any], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    usage: dict[str, Any] = {}


class StoredTurn(msgspec.Struct, frozen=True):
    """A turn with what is stored of it. `reply`, `events` are None while it has not ended (and after erasure)."""

    turn: Turn
    reply: str | None
    events: bytes | None
    choices: tuple[Choice, ...] = ()
    finished_at: datetime | None = None
    error_type: str | None = None

    @property
    def erased(self) -> bool:
        """Whether it has ended and its words are gone: then nothing of it is shown, even where the bus still has it."""
        return self.events is None and self.turn.status in FINAL_STATUSES


class Store(Protocol):
    """The database. Every method raises StoreUnavailable when it cannot be reached, StoreFull when it has no room."""

    async def accept(self, incoming: Incoming, now: datetime, lease: Lease) -> Receipt:
        """Stores the message and its turn in one short transaction; durable when this returns.

        The same `external_id` again finds the first turn (`duplicate`); with other content: IdempotencyConflict.
        The turn comes back claimed when no other turn of its conversation is open.
        """
        ...

    async def finish(self, finish: Finish, next_lease: Lease) -> Claim | None:
        """Stores reply, state, effects and event log in one transaction and claims the conversation's next turn.

        Raises LeaseLost when the turn is no longer `owner`'s; then nothing was written.
        """
        ...

    async def cancel_queued(self, turn_id: str, at: datetime, events: bytes) -> bool:
        """Cancels a turn nobody has begun. False when it is not queued (any more)."""
        ...

    async def renew(self, lease: Lease, turn_ids: Sequence[str]) -> None:
        """Extends these turns of `lease.owner`, as far as they are still its."""
        ...

    async def take_over(
        self, now: datetime, lease: Lease, limit: int, *, everything: bool = False, but: Collection[str] = ()
    ) -> list[Claim]:
        """Claims queued turns nobody runs and those whose lease ran out (`everything`: whoever else holds them), all
        `but` these: what runs here is not to be run twice."""
        ...

    async def turn(self, turn_id: str) -> StoredTurn:
        """Raises NotFound."""
        ...

    async def latest_turn(self, channel: str, address: str, thread: str | None = None) -> StoredTurn | None:
        """The person's latest turn on the channel; with `thread`, in that open conversation."""
        ...

    async def person(self, address: str) -> Person | None: ...

    async def session(self, channel: str, address: str) -> Conversation | None:
        """The person's open conversation on the channel."""
        ...

    async def set_session_ttl(self, conversation_id: str, seconds: int) -> None:
        """Raises NotFound."""
        ...

    async def history(self, person_id: str, before: str | None, limit: int) -> Page[Message]:
        """Messages of the person, newest first, older than message id `before`."""
        ...

    async def end_expired(self, now: datetime, limit: int) -> list[str]:
        """Ends sessions past their time to live, erasing the text of those that ask for it; their ids."""
        ...

    async def ping(self) -> None: ...


class History(Protocol):
    """What was said before in a conversation, for assistants. Raises StoreUnavailable."""

    async def exchanges(
        self, conversation_id: str, before: str, after: str | None = None, limit: int = 30
    ) -> tuple[Message, ...]:
        """The messages of the last `limit` turns between the turns `after` and `before`, oldest first.

        Their `body` is all that was said, also in recordings.
        """
        ...


class Exchange(msgspec.Struct, frozen=True):
    """A message and its reply, answered without state while the database was away, to be stored when it is back.

    Of the effects those are kept that call for somebody, and take effect when it is stored: the staff alerts, and
    `waiting`, why a person of the clinic should take over.
    """

    turn_id: str
    incoming: Incoming
    agent: str
    accepted_at: datetime
    reply: str
    replied_at: datetime
    events: bytes
    alerts: tuple[RaiseAlert, ...] = ()
    raw: tuple[dict[str, Any], ...] = ()
    waiting: str | None = None


class Journal(Protocol):
    """Keeps exchanges durably until the database takes them."""

    async def append(self, exchange: Exchange) -> None:
        """Durable when this returns. Raises StoreUnavailable when it cannot be written or is full."""
        ...

    async def drain(self) -> int:
        """Stores what is kept, each exchange exactly once; how many. Raises StoreUnavailable while there is none."""
        ...


class OutboxItem(msgspec.Struct, frozen=True):
    """A delivery that is due. `id` is stable across retries: use it to make the delivery idempotent."""

    id: str
    kind: str
    payload: dict[str, object]
    attempt: int


class Outbox(Protocol):
    async def due(
        self, now: datetime, lease: Lease, limit: int, *, only: Collection[str] = (), but: Collection[str] = ()
    ) -> list[OutboxItem]:
        """Claims what is due (or whose earlier lease ran out), where kinds are given of `only` these, or all `but`
        these."""
        ...

    async def delivered(self, item_id: str, at: datetime) -> None: ...

    async def retry(self, item_id: str, at: datetime, error_type: str, *, give_up: bool = False) -> None: ...


class Deliverer(Protocol):
    """Delivers one kind of outbox item. Raises anything to be retried."""

    async def deliver(self, item: OutboxItem) -> None: ...


class Bus(Protocol):
    """The live log of running turns. It may be lost at any time: then followers are only late."""

    def publish(self, turn_id: str, published: Published) -> None:
        """Appends; never blocks."""
        ...

    def subscribe(self, turn_id: str, after: int, idle_seconds: float) -> AsyncGenerator[Published | None, None]:
        """Events with seq > after, then live ones, ending after a final event. Waits for a turn it has not seen.

        None whenever nothing came for `idle_seconds`: the follower's moment to look into the store.
        """
        ...

    def forget(self, turn_id: str) -> None:
        """The turn runs elsewhere now: nothing more comes of it here, and who follows it looks into the store."""
        ...

    def knows(self, turn_id: str) -> bool:
        """Whether this bus holds events of the turn, or somebody waits for them here."""
        ...

    async def ping(self) -> None: ...
