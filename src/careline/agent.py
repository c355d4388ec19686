"""What an agent of your own is written with: everything here stays as it is within a major version.

How to write one, and how a pack names it: docs/assistants.md.
"""

from careline.domain.conversation import Attachment, Choice, Conversation, Hints, Message, Person, Turn
from careline.domain.effects import Deliver, Outcome, RaiseAlert, RememberPerson, RememberProfile, RequestPerson
from careline.domain.errors import AttachmentUnavailable, ModelUnavailable
from careline.domain.events import Citation, Emergency, Handoff, Status, Token, Tool
from careline.ports import (
    AgentEvent,
    AgentFactory,
    AttachmentReader,
    BeginFlow,
    History,
    Model,
    ModelMessage,
    ModelRequest,
    OwnAgent,
    Provided,
    Retriever,
    Scheduling,
    TextDelta,
    TurnContext,
)

__all__ = [
    "AgentEvent",
    "AgentFactory",
    "Attachment",
    "AttachmentReader",
    "AttachmentUnavailable",
    "BeginFlow",
    "Choice",
    "Citation",
    "Conversation",
    "Deliver",
    "Emergency",
    "Handoff",
    "Hints",
    "History",
    "Message",
    "Model",
    "ModelMessage",
    "ModelRequest",
    "ModelUnavailable",
    "Outcome",
    "OwnAgent",
    "Person",
    "Provided",
    "RaiseAlert",
    "RememberPerson",
    "RememberProfile",
    "RequestPerson",
    "Retriever",
    "Scheduling",
    "Status",
    "TextDelta",
    "Token",
    "Tool",
    "Turn",
    "TurnContext",
]
