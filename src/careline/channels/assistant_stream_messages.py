"""What clients of the assistant stream send: frames as structs, and the checks a type cannot express."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from careline.channels.errors import FieldInvalid
from careline.channels.website_messages import MessageId, client_hints
from careline.channels.wire import decode, text_field
from careline.domain.conversation import Hints

CHANNEL = "assistant_stream"
_Word = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")]
_Words = Annotated[list[_Word], Meta(max_length=50)]
_Id = Annotated[str, Meta(max_length=64)]


class Medication(msgspec.Struct, frozen=True, omit_defaults=True):
    name: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
    dose: _Word | None = None


class Pregnancy(msgspec.Struct, frozen=True, omit_defaults=True):
    weeks: Annotated[int, Meta(ge=0, le=45)] | None = None


class PatientProfile(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the client knows of the patient. `age` is in years, with fractions for infants; all of it is optional."""

    age: Annotated[int, Meta(ge=0, le=130)] | Annotated[float, Meta(ge=0, le=130)] | None = None
    sex: _Word | None = None
    pregnancy: bool | Pregnancy | _Word | None = None
    chronic_conditions: _Words | None = None
    current_medications: Annotated[list[Medication | _Word], Meta(max_length=50)] | None = None
    allergies: Annotated[dict[_Word, _Words], Meta(max_length=50)] | None = None


class MessageFrame(msgspec.Struct, frozen=True, tag_field="type", tag="message"):
    """A message. The documented clients send it without `type`."""

    message: str
    session_id: _Id | None = None
    enable_agents: bool | None = None
    patient_profile: PatientProfile | None = None
    client_message_id: MessageId | None = None
    locale: Annotated[str, Meta(max_length=35)] | None = None
    time_zone: Annotated[str, Meta(max_length=64)] | None = None

    def hints(self) -> Hints:
        """Raises FieldInvalid."""
        said = client_hints(self.locale, self.time_zone)
        profile = msgspec.to_builtins(self.patient_profile) if self.patient_profile is not None else None
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
