"""Which replies nobody but the pack words: what they state or ask binds somebody, or keeps somebody safe."""

import re
from collections.abc import Iterable

from careline.dialogue import disclosure
from careline.dialogue.flows import Collect, Say
from careline.dialogue.openings import GIVEN
from careline.dialogue.pack import Pack

LOCKED = (
    "yes",
    "no",
    "knowledge",
    "greeting_after_emergency",
    "greeting_safe",
    "go_on_anyhow",
    "go_on_question",
    "resume_question",
    "resumed",
    "slot_taken",
    "time_not_free",
    "no_booking",
    "moved_done",
    "rescheduled",
    "question_unknown",
    "flow_cancelled",
    "flow_changed",
    "chitchat_are_you_human",
    "chitchat_are_you_doctor",
    "chitchat_attachment",
    "chitchat_birth_date",
    "chitchat_for_another",
    "chitchat_help",
    "chitchat_insult",
    "chitchat_recording",
    "chitchat_time_past",
    "nothing_to_cancel",
)
LOCKED_BEGINNINGS = (
    "ask_consent",
    "consent_",
    "confirm_",
    "booked",
    "booking_",
    "your_bookings",
    "which_booking",
    "pick_slot",
    "nothing_free",
    "nothing_suits",
    "nothing_then",
    "none_",
    "calendar_",
    "handoff_",
    "clarify_",
    "suggest_",
    "mail_",
    "why_",
    "chitchat_other_language",
)
_OPEN_FIELDS = frozenset(("first_name", "persona.name", "clinic.name"))
_FIELD = re.compile(r"\{([^{}]*)\}")


def why_locked(pack: Pack, name: str) -> str | None:
    """Why this reply may not be put into other words; None when a pack may allow it."""
    if name in LOCKED or name.startswith(LOCKED_BEGINNINGS):
        return "it is about consent, an emergency, a booking, a person to talk to or what the assistant is"
    if name.endswith("_another"):
        return "it stands for another reply where the booking is for somebody else"
    texts = [replies[name] for replies in pack.replies.values() if name in replies]
    if not texts:
        return "there is no such reply"
    if any(set(_FIELD.findall(text)) - _OPEN_FIELDS for text in texts):
        return "it states what was looked up or given"
    if any(disclosure.discloses(text) for text in texts):
        return "it says that an AI is speaking"
    if name in set(_binding_questions(pack)):
        return "a yes to it, or a choice, commits the person"
    if name in set(_statements(pack)):
        return "it states what has come of a flow, what was changed, or why something is asked"
    return None


def _binding_questions(pack: Pack) -> Iterable[str]:
    """The questions whose answer is not told in words of one's own, by template."""
    for flow in pack.flows.values():
        for step in flow.steps:
            if isinstance(step, Collect) and step.collect in pack.slots:
                kind = pack.slots[step.collect].type
                if kind not in GIVEN or kind in ("slot", "booking"):
                    yield from filter(None, (step.ask, step.again, step.reprompt))


def _statements(pack: Pack) -> Iterable[str]:
    """What flows say without asking, and what is said of a slot's new value or of the reason for it, by template."""
    for flow in pack.flows.values():
        yield from (step.say for step in flow.steps if isinstance(step, Say))
    for kind in pack.slots.values():
        yield from filter(None, (kind.corrected, kind.why))
