"""What the engine asks of the world, as Protocols with the errors they raise. Adapters live in their own packages."""

from careline.ports.answering import Assistant, AssistantEvent, Assistants, TurnContext
from careline.ports.knowledge import CitedSentence, KnowledgeSection, KnowledgeSource, Passage, Retriever
from careline.ports.people import Alerts, Profiles
from careline.ports.scheduling import Scheduling, Window
from careline.ports.shared import Clock, Lease, Page
from careline.ports.storing import (
    Bus,
    Claim,
    Deliverer,
    Exchange,
    Finish,
    Journal,
    Outbox,
    OutboxItem,
    Receipt,
    Store,
    StoredTurn,
)

__all__ = [
    "Alerts",
    "Assistant",
    "AssistantEvent",
    "Assistants",
    "Bus",
    "CitedSentence",
    "Claim",
    "Clock",
    "Deliverer",
    "Exchange",
    "Finish",
    "Journal",
    "KnowledgeSection",
    "KnowledgeSource",
    "Lease",
    "Outbox",
    "OutboxItem",
    "Page",
    "Passage",
    "Profiles",
    "Receipt",
    "Retriever",
    "Scheduling",
    "Store",
    "StoredTurn",
    "TurnContext",
    "Window",
]
