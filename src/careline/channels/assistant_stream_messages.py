"""What clients of the assistant stream send: frames as structs, and the checks a type cannot express."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from careline.channels.errors import FieldInvalid
from careline.channels.website_messages import MessageId, client_hints
from careline.channels.wire import decode, text_field
from careline.domain.conversation import Hints
from careline.domain.patient import read_profile

CHANNEL = "assistant_stream"
_Id = Annotated[str, Meta(max_length=64)]


class MessageFrame(msgspec.Struct, frozen=True, tag_field="type", tag="message"):
    """A message. The documented clients send it without `type`."""

    message: str
    session_id: _Id | None = None
    enable_agents: bool | None = None
    patient_profile: dict[str, Any] | None = None
    client_message_id: MessageId | None = None
    locale: Annotated[str, Meta(max_length=35)] | None = None
    time_zone: Annotated[str, Meta(max_length=64)] | None = None

    def hints(self) -> Hints:
        """Raises Invalid."""
        said = client_hints(self.locale, self.time_zone)
        profile = _plain_profile(self.patient_profile) if self.patient_profile else None
        return msgspec.structs.replace(said, agents=self.enable_agents is not False, profile=profile)


class ResumeFrame(msgspec.Struct, frozen=True, tag_field="type", tag="resume"):
    """Sends again what came after frame `after` of a turn: `turn_id`, or the session's latest."""

    session_id: _Id
    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    turn_id: _Id | None = None


class CancelFrame(msgspec.Struct, frozen=True, tag_field="type", tag="cancel"):
    """Takes a message back: `turn_id`, or the session's latest."""

    session_id: _Id | None = None
    turn_id: _Id | None = None


class PingFrame(msgspec.Struct, frozen=True, tag_field="type", tag="ping"):
    """Asks for a pong."""


ClientFrame = MessageFrame | ResumeFrame | CancelFrame | PingFrame
CLIENT_FRAMES = (MessageFrame, ResumeFrame, CancelFrame, PingFrame)


class _Kind(msgspec.Struct, frozen=True):
    type: str = "message"


_kind = msgspec.json.Decoder(_Kind)
_decoders: dict[str, msgspec.json.Decoder[Any]] = {
    "message": msgspec.json.Decoder(MessageFrame),
    "resume": msgspec.json.Decoder(ResumeFrame),
    "cancel": msgspec.json.Decoder(CancelFrame),
    "ping": msgspec.json.Decoder(PingFrame),
}


def read_frame(text: str) -> ClientFrame:
    """The frame in this text. Raises MalformedBody for what is not JSON, FieldInvalid for what is no frame."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise FieldInvalid("body", "body: half a character is not allowed.") from None
    kind = decode(data, _kind).type
    if kind not in _decoders:
        raise FieldInvalid("type", f"type: must be one of {', '.join(_decoders)}.")
    frame: ClientFrame = decode(data, _decoders[kind])
    return frame


def message_text(frame: MessageFrame, longest: int) -> str:
    """The text of the message, trimmed. Raises FieldInvalid when it is empty or over `longest` characters."""
    text = text_field("message", frame.message, longest)
    if not text:
        raise FieldInvalid("message", "Message cannot be empty")
    return text


def _plain_profile(sent: dict[str, Any]) -> dict[str, Any]:
    """The checked profile as plain JSON. Raises Invalid."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(read_profile(sent)))
    return plain
