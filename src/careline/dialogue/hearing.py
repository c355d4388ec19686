"""One message on its way to commands: what was said, read in the light of what was asked."""

import re
from typing import Any

from careline.dialogue import commands as c
from careline.dialogue import times
from careline.dialogue.matchers import Matchers
from careline.dialogue.state import DialogueState
from careline.language import Classifier, Reference, Said, understand

KNOWLEDGE_SCORE = 0.62
QUESTION_SCORE = 0.42
SURE_SCORE = 0.7
"""Answers a question on top of what else the message says."""
FLOW_SCORE = 0.72
_CLAUSE = re.compile(r"[,.;:!?\n]+")
_SOCIAL = ("insult", "thanks", "goodbye", "help", "greeting")


class Hearing:
    """One message on its way to commands."""

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
        self.flow, self.flow_score = self.nearest(own.entries, bare)
        self.folded = " ".join(said.text.casefold().split())

    def has(self, *intents: str) -> bool:
        return any(i in self.said.intents for i in intents)

    @property
    def question(self) -> bool:
        return "?" in self.said.text or "？" in self.said.text or "؟" in self.said.text

    def commands(self) -> list[c.Command]:
        if self.pressed():
            return self.found
        self.language()
        self.wishes()
        data = self.entities()
        self.answers(data)
        self.by_example()
        self.new_conversation()
        self.social()
        if not self.found:
            self.fallback()
        # "Pardon, ..." before something of its own asks for no repetition
        return [x for x in self.found if x != c.Repeat()] or self.found

    # --- what was offered as a button

    def pressed(self) -> bool:
        for button in self.state.buttons:
            if button.title.casefold() == self.folded:
                if button.slot == "resume":
                    self.found = [c.Resume() if button.value else c.CancelFlow()]
                else:
                    self.put(button.slot, button.value)
                return bool(self.found)
        return False

    # --- parts

    def language(self) -> None:
        said, pack = self.said, self.own.pack
        wanted = said.language_request
        if wanted is None and said.language_sure and said.language in pack.languages:
            wanted = said.language if said.language != self.state.language else None
            if wanted is not None:
                self.found.append(c.ChangeLanguage(wanted))
        elif wanted is not None:
            self.found.append(c.ChangeLanguage(wanted) if wanted in pack.languages else c.Chitchat("other_language"))

    def wishes(self) -> None:
        """What goes before any question: a person, the truth about itself, calling off, repeating."""
        if self.has("human_wanted"):
            self.found.append(c.Handoff())
        for kind in ("are_you_human", "are_you_doctor"):
            if self.has(kind):
                self.found.append(c.Chitchat(kind))
        if self.state.paused and self.has("yes", "resume"):
            self.found.append(c.Resume())
        elif (self.state.paused and self.has("no")) or (self.state.stack and self.calls_off()):
            self.found.append(c.CancelFlow())
        elif self.has("restart"):
            self.restart()
        elif self.has("repeat") and self.topic_score < KNOWLEDGE_SCORE:
            self.found.append(c.Repeat())
        for intent, flow in self.own.by_intent.items():
            if self.has(intent) and not (intent == "cancel_booking" and self.cancelling()):
                self.start_by_intent(intent, flow)

    def calls_off(self) -> bool:
        return self.has("cancel") and not self.has("cancel_booking") and not self.cancelling()

    def cancelling(self) -> bool:
        """Asked whether to cancel a booking: only a yes is one; "cancel it" and "never mind" are too alike."""
        flow = self.own.by_intent.get("cancel_booking")
        return self.asked_type == "yes_no" and bool(self.state.stack) and self.state.stack[-1].flow == flow

    def start_by_intent(self, intent: str, flow: str) -> None:
        """Before anything is booked, moving the time means another time for what is being booked."""
        if intent == "reschedule" and self.booking_under_way() and self.state.known("time"):
            if self.said.time is None:
                self.found.append(c.CorrectSlot("time", None))
            self.settled = True
        elif intent == "cancel_booking" and self.booking_under_way():
            self.found.append(c.CancelFlow())
        else:
            self.found.append(c.StartFlow(flow))
            self.settled = True

    def booking_under_way(self) -> bool:
        return any(f.flow == self.main_flow for f in self.state.stack) and self.state.known("consent")

    def restart(self) -> None:
        kept = ("consent", "consent_recorded")
        known = [n for n in self.own.pack.slots if self.state.known(n) and n not in kept]
        self.found += [c.CorrectSlot(n, None) for n in known]
        self.found.append(c.StartFlow(self.main_flow))

    def put(self, slot: str, value: Any) -> None:
        """A first answer, a correction, or nothing when it is what is known already."""
        if slot not in self.own.pack.slots:
            return
        old = self.state.slots.get(slot)
        if old is None:
            self.found.append(c.SetSlot(slot, value))
        elif old != value:
            self.found.append(c.CorrectSlot(slot, value))
        elif slot == self.state.collecting:
            self.found.append(c.SetSlot(slot, value))

    def entities(self) -> bool:
        """What the message says about the person; whether there was any."""
        before = len(self.found)
        said = self.said
        if said.name and (said.name_explicit or self.asked_type == "name"):
            self.put("name", said.name)
        self.procedure()
        if said.country and (self.asked_type == "country" or not self.asks):
            self.put("country", said.country)
        if said.email or said.phone:
            self.put("contact", said.email or said.phone)
        if said.email and said.phone:
            self.put("phone", said.phone)
        if said.time_zone and (said.time is None or self.asked_type == "time_zone"):
            self.put("time_zone", said.time_zone)
        return len(self.found) > before

    def procedure(self) -> None:
        options = self.own.procedures.mentioned(self.said.text)
        clarify = self.state.clarify
        if clarify is not None and clarify.slot == "procedure":
            picked = self.by_ordinal(list(clarify.options))
            narrowed = [o for o in options if o in clarify.options]
            options = (
                [picked]
                if picked
                else narrowed or options or self.own.procedures.part_of(self.said.text, clarify.options)
            )
        if options and self.has("no") and self.unwanted():
            options = []
            self.found.append(c.CorrectSlot("procedure", None))
        elif not options and self.state.slots.get("procedure") in self.own.procedures.denied(self.said.text):
            self.found.append(c.CorrectSlot("procedure", None))
        if len(options) == 1:
            self.put("procedure", options[0])
        elif options and self.state.slots.get("procedure") not in options:
            self.found.append(c.Clarify(tuple(options)))

    def unwanted(self) -> bool:
        """Whether the clause that names the procedure is itself a refusal ("I don't want a hair transplant")."""
        clauses = [p for p in _CLAUSE.split(self.said.text) if self.own.procedures.mentioned(p)]
        return all("no" in understand(p, self.own.languages, self.reference).intents for p in clauses)

    def by_ordinal(self, options: list[Any]) -> Any:
        n = self.said.ordinal
        if n is None or not options or not (1 <= n <= len(options) or n == -1):
            return None
        return options[n - 1 if n > 0 else -1]

    # --- answers to the question asked

    def answers(self, data: bool) -> None:
        if self.change_by_name(data):
            return
        self.yes_or_no(data)
        self.choice()
        if self.has("skip") and not self.found:
            self.found.append(c.Skip())

    def yes_or_no(self, data: bool) -> None:
        no = self.has("no")
        yes = self.has("yes")
        if yes == no or self.state.clarify is not None or self.state.paused:
            return
        slot = self.state.collecting
        if self.asked_type == "yes_no" and slot is not None:
            if yes or not (data or self.said.time is not None) or slot == "consent":
                self.put(slot, yes)
        elif self.asked_type == "change" and slot is not None and no:
            self.put(slot, "nothing")

    def choice(self) -> None:
        """One of the offered times or bookings, or another time."""
        said, state = self.said, self.state
        if self.asked_type == "booking":
            bookings = state.slots.get("bookings") or []
            picked = self.by_ordinal(bookings) or times.booking_at(bookings, said.time)
            if picked is not None:
                self.put("booking", picked)
            return
        offered = state.slots.get("offered") or []
        if offered and self.asked_type in ("slot", "yes_no", "change"):
            picked = self.by_ordinal(offered) or times.slot_at(offered, said.time, self.zone)
            if picked is None and self.asked_type == "slot" and len(offered) == 1 and self.has("yes"):
                picked = offered[0]
            if picked is not None:
                self.found.append(
                    c.SetSlot("slot", picked) if not state.known("slot") else c.CorrectSlot("slot", picked)
                )
                return
        self.another_time(offered)

    @property
    def picking(self) -> bool:
        """Whether the question is about a time: what looks like one is one, and no question about the clinic."""
        return self.asked_type in ("time", "slot") or (self.asked_type == "yes_no" and self.state.known("slot"))

    @property
    def zone(self) -> str:
        return self.reference.time_zone

    def another_time(self, offered: list[dict[str, Any]]) -> None:
        said, asked = self.said, self.asked_type
        wish: dict[str, Any] | None = None
        if said.time is not None and said.time.past:
            self.found.append(c.Chitchat("time_past"))
            return
        if said.time is not None and (self.picking or asked == "change" or not self.asks):
            talked_of = [s for s in (self.state.slots.get("slot"), *offered) if s]
            wish = times.wish(times.on_day(said.time, talked_of, self.zone), self.zone)
        elif (offered and self.has("later", "other_times")) or (asked == "slot" and offered and self.has("no")):
            wish = times.after(offered, self.state.slots.get("time"), self.zone)
        elif offered and self.has("earlier"):
            wish = times.before(offered, self.reference.now, self.zone)
        elif asked == "time" and self.has("skip", "yes", "earlier"):
            wish = times.open_wish(self.reference.now, self.zone)
        if wish is not None:
            self.put("time", wish)

    def change_by_name(self, data: bool) -> bool:
        """ "The time", "my name is wrong": that slot is asked again."""
        if data or not self.state.stack or self.said.time is not None:
            return False
        disagrees = self.asked_type == "yes_no" and self.state.collecting != "consent" and self.has("no")
        if not (self.asked_type == "change" or self.has("correction") or disagrees):
            return False
        named = [m.id for m in self.own.slot_words.find(self.said.text) if self.state.known(m.id)]
        self.found += [c.CorrectSlot(slot, None) for slot in named[:1]]
        return bool(named)

    # --- what the pack knows, and what is to begin

    def by_example(self) -> None:
        """A topic or a flow that the message is like, whichever is nearer."""
        if self.said.intents_only and self.has("thanks", "goodbye"):
            return
        if any(isinstance(x, c.Chitchat | c.Handoff | c.CancelFlow | c.Repeat | c.Skip) for x in self.found):
            return
        answered = any(isinstance(x, c.SetSlot | c.CorrectSlot) for x in self.found)
        if (
            any(isinstance(x, c.SetSlot | c.CorrectSlot) and x.slot in ("time", "slot") for x in self.found)
            and self.picking
        ):
            return
        if self.flow_meant() and not self.settled and not self.about_times():
            self.found.insert(0, c.StartFlow(self.flow))
        elif (self.informs() and self.topic_score >= SURE_SCORE) or (not answered and self.informs()):
            self.found.append(c.Knowledge(self.topic))

    def informs(self) -> bool:
        return self.asks or (not self.settled and self.topic_score >= KNOWLEDGE_SCORE)

    def flow_meant(self) -> bool:
        return self.flow_score >= max(FLOW_SCORE, self.topic_score)

    @property
    def asks(self) -> bool:
        """A question the pack has an answer to, rather than a request."""
        return self.question and self.topic_score >= QUESTION_SCORE and not self.flow_meant() and not self.settled

    def nearest(self, classifier: Classifier, text: str) -> tuple[str, float]:
        best = classifier.classify(text)[:1]
        return best[0] if best else ("", 0.0)

    def about_times(self) -> bool:
        """About the times just offered, not a wish to begin something."""
        return bool(self.state.slots.get("offered")) and self.has("later", "earlier", "other_times")

    def new_conversation(self) -> None:
        """The first message, or one that says what somebody comes for, begins the agent's own flow."""
        if self.state.stack or any(isinstance(x, c.StartFlow | c.Handoff | c.CancelFlow) for x in self.found):
            return
        knows = any(isinstance(x, c.Knowledge) for x in self.found)
        if self.new or (self.wants_booking() and not knows):
            self.found.insert(0, c.StartFlow(self.main_flow))

    def wants_booking(self) -> bool:
        consent = self.state.slots.get("consent")
        about = any(isinstance(x, c.SetSlot | c.CorrectSlot | c.Clarify) for x in self.found)
        return consent is not False and about and not self.question

    def social(self) -> None:
        if self.found and not (len(self.found) == 1 and isinstance(self.found[0], c.StartFlow)):
            return
        for kind in _SOCIAL:
            if self.has(kind):
                self.found.append(c.Chitchat(kind))
                return

    def fallback(self) -> None:
        if (
            self.state.clarify is None
            and self.state.collecting is None
            and not self.state.stack
            and self.has("yes", "no")
        ):
            self.found.append(c.Chitchat("closing" if self.has("no") else "how_can_i_help"))
        else:
            self.found.append(c.CannotHandle(question=self.question))
