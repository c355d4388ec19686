"""A message in the light of what was asked: what the steps of understanding share."""

from collections.abc import Mapping
from typing import Any

from careline.dialogue import commands as c
from careline.dialogue import times
from careline.dialogue.matchers import Matchers
from careline.dialogue.state import DialogueState
from careline.language import Classifier, Reference, Said

QUESTION_SCORE = 0.42
FLOW_SCORE = 0.72
TELLING_SCORE = 0.1
"""What a flow that resembles a message scores at least when the words of questions tell little: "What is ..." alone is
no reason to begin one."""
SURE_SCORE = 0.7
"""Answers a question on top of what else the message says."""


class Message:
    """What was said, the state it meets, and the commands found so far."""

    def __init__(
        self, own: Matchers, said: Said, state: DialogueState, reference: Reference, main_flow: str, new: bool
    ) -> None:
        self.new = new
        self.own = own
        self.said = said
        self.state = state
        self.reference = reference
        self.main_flow = main_flow
        self.found: list[c.Command] = []
        self.settled = False
        """Which flow is meant is known by intent; examples do not decide."""
        kind = own.pack.slots.get(state.collecting or "")
        self.asked_type = kind.type if kind is not None else ""
        bare = own.procedures.without(said.text)
        self.topic, self.topic_score = self.nearest(own.topics, bare)
        self.flow, self.flow_score = self._nearest_flow(bare)
        upcoming = [b for b in state.slots.get("booked") or [] if times.instant(b["starts_at"]) > reference.now]
        self.booked: dict[str, Any] | None = upcoming[-1] if upcoming else None
        """The booking that was made, moved or found last, if it is still to come."""
        self.moving = False
        """What is booked is to be moved: times are about that."""
        self.folded = " ".join(said.text.casefold().split())

    def has(self, *intents: str) -> bool:
        return any(i in self.said.intents for i in intents)

    @property
    def question(self) -> bool:
        return "?" in self.said.text or "？" in self.said.text or "؟" in self.said.text

    def put(self, slot: str, value: Any) -> None:
        """A first answer, a correction, or nothing when it is what is known already."""
        if slot not in self.own.pack.slots:
            return
        old = self.state.slots.get(slot)
        if old is None:
            self.found.append(c.SetSlot(slot, value))
        elif old != value:
            self.found.append(c.CorrectSlot(slot, value))
        elif slot == self.state.collecting or (slot == "time" and self.asked_type == "slot"):
            self.found.append(c.SetSlot(slot, value))

    def by_ordinal(self, options: list[Any]) -> Any:
        n = self.said.ordinal
        if n is None or not options or not (1 <= n <= len(options) or n == -1):
            return None
        return options[n - 1 if n > 0 else -1]

    @property
    def zone(self) -> str:
        return self.reference.time_zone

    @property
    def asks(self) -> bool:
        """A question the pack has an answer to, rather than a request."""
        return self.question and self.topic_score >= QUESTION_SCORE and not self.flow_meant() and not self.settled

    def flow_meant(self) -> bool:
        return self.flow_score >= max(FLOW_SCORE, self.topic_score)

    def nearest(self, classifiers: Mapping[str, Classifier], text: str) -> tuple[str, float]:
        """The best of the languages the message may be in; nothing for one that only wants, is polite or says where."""
        if self.said.intents_only or self.said.country_only:
            return "", 0.0
        ranked = [
            r for code in self.said.languages if code in classifiers for r in classifiers[code].classify(text)[:1]
        ]
        return max(ranked, key=lambda one: one[1], default=("", 0.0))

    def _nearest_flow(self, text: str) -> tuple[str, float]:
        flow, score = self.nearest(self.own.entries, text)
        if score < FLOW_SCORE:
            return flow, score
        about = self.own.flow_words.get(flow)
        if about is not None and not about.find(self.said.text):
            return "", 0.0
        beside = self.own.entries_beside_topics
        telling = (dict(beside[code].classify(text)).get(flow, 0.0) for code in self.said.languages if code in beside)
        return (flow, score) if max(telling, default=0.0) >= TELLING_SCORE else ("", 0.0)

    def talked_of(self) -> list[dict[str, Any]]:
        """The times in the air, the likeliest first: chosen, offered, or booked and to be moved."""
        slots = self.state.slots
        moved = [slots.get("booking") or self.booked] if self.moving or self.stands_in("reschedule") else []
        return [s for s in (slots.get("slot"), *(slots.get("offered") or []), *moved) if s]

    def stands_in(self, intent: str) -> bool:
        """Whether the flow on top is the one that this intent starts."""
        return bool(self.state.stack) and self.state.stack[-1].flow == self.own.by_intent.get(intent)

    def booking_under_way(self) -> bool:
        return any(f.flow == self.main_flow for f in self.state.stack) and self.state.known("consent")
