"""What the engine asks of the world, as Protocols with the errors they raise. Adapters live in their own packages."""

from collections.abc import AsyncGenerator, Sequence
from datetime import date, datetime
from typing import Any, Generic, Literal, Protocol, TypeVar

import msgspec

from careline.domain.alert import Alert
from careline.domain.booking import Booking, Hold, Slot, Visitor
from careline.domain.conversation import Choice, Conversation, Hints, Incoming, Message, Person, Turn, TurnStatus
from careline.domain.effects import AnyEffect, Outcome, RaiseAlert
from careline.domain.events import Citation, Emergency, Handoff, Published, Status, Token, Tool
from careline.domain.patient import Fact, KnownProfile

T = TypeVar("T")


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware UTC. Never goes back within a process, whatever the machine's clock does."""
        ...


# --- Assistants -------------------------------------------------------------------------------------------------


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


# --- Store ------------------------------------------------------------------------------------------------------


class Lease(msgspec.Struct, frozen=True):
    """Who runs a turn, and until when nobody else may."""

    owner: str
    until: datetime


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
    """The one commit that ends a turn. `reply` is None only for a cancelled turn; `events` is the packed event log."""

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


class StoredTurn(msgspec.Struct, frozen=True):
    """A turn with what is stored of it. `reply`, `events` are None while it has not ended (and after erasure)."""

    turn: Turn
    reply: str | None
    events: bytes | None
    choices: tuple[Choice, ...] = ()
    finished_at: datetime | None = None
    error_type: str | None = None


class Page(msgspec.Struct, Generic[T], frozen=True):
    items: tuple[T, ...]
    next: str | None = None


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

    async def take_over(self, now: datetime, lease: Lease, limit: int, *, everything: bool = False) -> list[Claim]:
        """Claims queued turns nobody runs and those whose lease ran out (`everything`: whoever else holds them)."""
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


class Exchange(msgspec.Struct, frozen=True):
    """A message and its reply, answered without state while the database was away, to be stored when it is back.

    Of the effects only the staff alerts are kept, raised when it is stored.
    """

    turn_id: str
    incoming: Incoming
    agent: str
    accepted_at: datetime
    reply: str
    replied_at: datetime
    events: bytes
    alerts: tuple[RaiseAlert, ...] = ()


class Journal(Protocol):
    """Keeps exchanges durably until the database takes them."""

    async def append(self, exchange: Exchange) -> None:
        """Durable when this returns. Raises StoreUnavailable when it cannot be written or is full."""
        ...

    async def drain(self) -> int:
        """Stores what is kept, each exchange exactly once; how many. Raises StoreUnavailable while there is none."""
        ...


# --- Profiles and alerts ----------------------------------------------------------------------------------------


class Profiles(Protocol):
    """The stored health profiles, by person id. Raises StoreUnavailable. Turns write by the effect RememberProfile."""

    async def get(self, person_id: str, today: date) -> KnownProfile:
        """As of today; empty when nothing is stored. Origins are `stored` and `clinician`."""
        ...

    async def record(self, person_id: str, facts: Sequence[Fact], at: datetime) -> KnownProfile:
        """Merges facts into the stored ones, for corrections and clinicians outside a turn. Raises NotFound."""
        ...

    async def forget(self, person_id: str) -> None:
        """Deletes all of it."""
        ...


class Alerts(Protocol):
    """The staff alerts, which turns raise by the effect RaiseAlert. Raises StoreUnavailable."""

    async def get(self, alert_id: str) -> Alert:
        """Raises NotFound."""
        ...

    async def listed(self, before: str | None, limit: int, *, open_only: bool = False) -> Page[Alert]:
        """Newest first, older than alert id `before`."""
        ...

    async def acknowledge(self, alert_id: str, by: str, at: datetime) -> Alert:
        """The first acknowledgement stands: look at `acknowledged_by`. Raises NotFound, Invalid for no name."""
        ...

    async def raise_again(self, last_before: datetime, now: datetime, limit: int) -> list[Alert]:
        """Puts open alerts last raised before then into the outbox once more; those it were."""
        ...


# --- Outbox -----------------------------------------------------------------------------------------------------


class OutboxItem(msgspec.Struct, frozen=True):
    """A delivery that is due. `id` is stable across retries: use it to make the delivery idempotent."""

    id: str
    kind: str
    payload: dict[str, object]
    attempt: int


class Outbox(Protocol):
    async def due(self, now: datetime, lease: Lease, limit: int) -> list[OutboxItem]:
        """Claims what is due (or whose earlier lease ran out)."""
        ...

    async def delivered(self, item_id: str, at: datetime) -> None: ...

    async def retry(self, item_id: str, at: datetime, error_type: str, *, give_up: bool = False) -> None: ...


class Deliverer(Protocol):
    """Delivers one kind of outbox item. Raises anything to be retried."""

    async def deliver(self, item: OutboxItem) -> None: ...


# --- Bus --------------------------------------------------------------------------------------------------------


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

    def knows(self, turn_id: str) -> bool:
        """Whether this bus holds events of the turn, or somebody waits for them here."""
        ...

    async def ping(self) -> None: ...


# --- Scheduling -------------------------------------------------------------------------------------------------


class Window(msgspec.Struct, frozen=True):
    """When somebody would like to come: aware UTC, half-open. `daily` narrows each local day, in minutes from 00:00
    in `time_zone` (IANA)."""

    start: datetime
    end: datetime
    time_zone: str
    daily: tuple[int, int] | None = None


class Scheduling(Protocol):
    """The clinic's calendar. Every writing call is idempotent by `request_id` (turn id and a counter).

    All raise StoreUnavailable when the database cannot be reached.
    """

    async def slots(self, service: str, window: Window | None, now: datetime, limit: int) -> list[Slot]:
        """Free slots inside the window (or from now on), earliest first. Empty when there is none."""
        ...

    async def hold(self, slot: Slot, conversation_id: str, now: datetime, request_id: str) -> Hold:
        """Keeps a slot for the conversation, releasing what it held before. Raises SlotTaken, OutsideAvailability."""
        ...

    async def confirm(
        self, hold: Hold, person_id: str, visitor: Visitor, conversation_id: str, now: datetime, request_id: str
    ) -> Booking:
        """Books what is held; an expired hold is booked all the same if the time is still free.

        Raises SlotTaken, HoldExpired when somebody else has it.
        """
        ...

    async def reschedule(self, booking_id: str, person_id: str, slot: Slot, now: datetime, request_id: str) -> Booking:
        """Moves the booking in one transaction. Raises SlotTaken (the old time stands), NotFound."""
        ...

    async def cancel(self, booking_id: str, person_id: str, now: datetime, request_id: str) -> Booking:
        """Frees the time. Cancelling twice is one cancellation. Raises NotFound."""
        ...

    async def release(self, hold_id: str, conversation_id: str, now: datetime) -> None:
        """Gives a hold back. Nothing happens when it is gone already."""
        ...

    async def upcoming(self, person_id: str, now: datetime) -> list[Booking]:
        """The person's confirmed bookings that have not ended, earliest first."""
        ...

    async def by_token(self, token: str) -> Booking:
        """The booking whose calendar file this token opens, also a cancelled one. Raises NotFound."""
        ...


# --- Knowledge --------------------------------------------------------------------------------------------------

KnowledgeSection = Literal["causes", "self_care", "clinician", "sooner", "emergency"]


class KnowledgeSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A public source. `id` ("s1") is unique within its article."""

    id: str
    title: str
    url: str
    publisher: str


class CitedSentence(msgspec.Struct, frozen=True):
    """One sentence with the ids of the sources behind it. An `item` of a list completes its section's heading."""

    text: str
    sources: tuple[str, ...]
    item: bool = False


class Passage(msgspec.Struct, frozen=True):
    """A section of an article. `sources` are those its sentences cite; `score` grows with relevance, 0 unsearched."""

    article: str
    title: str
    section: KnowledgeSection
    language: str
    sentences: tuple[CitedSentence, ...]
    sources: tuple[KnowledgeSource, ...]
    reviewed_on: date
    score: float = 0.0


class Retriever(Protocol):
    """The health articles. Where a language has none, the English ones answer: look at `Passage.language`."""

    async def search(
        self, query: str, topics: Sequence[str] = (), language: str = "en", limit: int = 5
    ) -> list[Passage]:
        """The passages that answer a lay question, best first, at most two of an article; [] when nothing fits.

        `topics` are finding ids already known of the talk; they raise the articles about them.
        """
        ...

    async def by_topic(
        self, finding_id: str, section: KnowledgeSection | None = None, language: str = "en"
    ) -> list[Passage]:
        """The passages about a finding, the article closest to it first, in the articles' order of sections."""
        ...
