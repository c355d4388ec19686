"""One message on its way to commands: what was said, read in the light of what was asked."""

from careline.dialogue import commands as c
from careline.dialogue.answers import Answers
from careline.dialogue.message import SURE_SCORE
from careline.dialogue.openings import GIVEN
from careline.dialogue.zones import zone_of
from careline.language.text import tokens

KNOWLEDGE_SCORE = 0.62
SHORT = 4
"""Words and signs beside a time that still are about nothing but it."""
_SOCIAL = ("insult", "think_over", "goodbye", "thanks", "help", "greeting")


class Hearing(Answers):
    """One message on its way to commands."""

    by_button = False

    def commands(self) -> list[c.Command]:
        if self.pressed():
            self.by_button = True
            return self.found
        self.language()
        self.wishes()
        self.moves()
        data = self.entities()
        self.answers(data)
        self.by_example()
        self.new_conversation()
        self.social()
        if not self.found:
            self.fallback()
        # "Pardon, ..." before something of its own asks for no repetition
        return [x for x in self.found if x != c.Repeat()] or self.found

    # --- how sure it is

    @property
    def weak(self) -> bool:
        """Whether the commands found are one answer whose question only resembles the message."""
        return self.topic_score < SURE_SCORE and [type(x) for x in self.found] == [c.Knowledge]

    @property
    def by_default(self) -> bool:
        """Whether all that was found is that a first message begins the agent's flow."""
        rest = [x for x in self.found if x not in (c.StartFlow(self.main_flow), c.Chitchat("greeting"))]
        return self.new and not rest and not self.flow_meant() and not self.settled

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
            self.found += [c.ChangeLanguage(wanted)] if wanted in pack.languages else self.other_language(wanted)

    def other_language(self, code: str) -> list[c.Command]:
        """Which languages are spoken, in theirs as well if the pack has words for it."""
        own = f"other_language_{code}"
        known = any(f"chitchat_{own}" in texts for texts in self.own.pack.replies.values())
        return [*([c.Chitchat(own)] if known else []), c.Chitchat("other_language")]

    def wishes(self) -> None:
        """What goes before any question: a person, the truth about itself, calling off, repeating."""
        if self.has("human_wanted"):
            self.found.append(c.Handoff())
        for kind in ("are_you_human", "are_you_doctor"):
            if self.has(kind):
                self.found.append(c.Chitchat(kind))
        if self.has("for_another") and not self.said.name_explicit:
            self.for_another()
        if self.state.paused and self.has("yes", "resume"):
            self.found.append(c.Resume())
        elif (self.state.paused and self.has("no")) or (self.state.stack and self.calls_off()):
            self.found.append(c.CancelFlow())
        elif self.booked is not None and not self.state.stack and self.has("cancel_word"):
            self.start_by_intent("cancel_booking", self.own.by_intent.get("cancel_booking", ""))
        elif self.has("restart"):
            self.restart()
        elif self.has("repeat") and self.topic_score < KNOWLEDGE_SCORE:
            self.found.append(c.Repeat())
        for intent, flow in self.own.by_intent.items():
            if self.has(intent) and not (intent == "cancel_booking" and self.cancelling()):
                self.start_by_intent(intent, flow)

    def for_another(self) -> None:
        """Whose name it is matters: what was known is asked again."""
        self.found.append(c.Chitchat("for_another"))
        self.put("for_another", True)
        theirs = ("name",) if self.state.stack else ("name", "procedure")
        self.found += [c.CorrectSlot(slot, None) for slot in theirs if self.state.known(slot)]

    def calls_off(self) -> bool:
        return (
            self.has("cancel", "cancel_word") and not self.has("cancel_booking", "reschedule") and not self.cancelling()
        )

    def cancelling(self) -> bool:
        """Asked whether to cancel a booking: only a yes is one; "cancel it" and "never mind" are too alike."""
        return self.asked_type == "yes_no" and self.stands_in("cancel_booking")

    def start_by_intent(self, intent: str, flow: str) -> None:
        """Before anything is booked, moving the time means another time for what is being booked."""
        if intent == "reschedule" and self.booking_under_way() and self.state.known("time"):
            if self.said.time is None:
                self.found.append(c.CorrectSlot("time", None))
            self.settled = True
        elif intent == "cancel_booking" and self.booking_under_way() and self.booked is None:
            self.found.append(c.CancelFlow())
        else:
            self.found.append(c.StartFlow(flow))
            self.settled = True

    def moves(self) -> None:
        """Another time for what is booked, though the booking is not named ("can I change it to 3pm?")."""
        flow = self.own.by_intent.get("reschedule")
        busy = [f.flow for f in self.state.stack]
        if self.booked is None or flow is None or self.main_flow in busy or self.has("cancel_booking"):
            return
        timed = self.said.shift is not None or self.said.time is not None
        if not (self.moves_by_word(timed) if flow not in busy else self.has("reschedule") and timed):
            return
        self.moving = self.settled = True
        if c.StartFlow(flow) not in self.found:
            self.found.append(c.StartFlow(flow))
        if timed or len(self.state.slots.get("booked") or []) == 1:
            self.put("booking", self.booked)

    def moves_by_word(self, timed: bool) -> bool:
        """A word for moving, an amount of time, or, when nothing is asked, a bare time."""
        said = self.said
        if said.shift is not None or self.has("reschedule", "other_times", "other_day"):
            return True
        words = [m.id for m in self.own.slot_words.find(said.text)]
        if self.has("correction") and (timed or "time" in words):
            return True
        if self.state.stack or self.has("for_another") or self.flow_meant() or self.own.procedures.mentioned(said.text):
            return False
        if self.question and timed and said.time is not None and said.time.grain != "minute":
            # "What about friday?" names little else; "is there parking on friday?" asks something of its own
            return len(tokens(said.text)) - len(tokens(said.time.text)) <= SHORT
        return (timed and not self.asks) or (self.question and self.has("later", "earlier"))

    def restart(self) -> None:
        kept = ("consent", "consent_recorded", "booked")
        known = [n for n in self.own.pack.slots if self.state.known(n) and n not in kept]
        self.found += [c.CorrectSlot(n, None) for n in known]
        self.found.append(c.StartFlow(self.main_flow))

    def entities(self) -> bool:
        """What the message says about the person; whether there was any."""
        before = len(self.found)
        said = self.said
        if said.name and (said.name_explicit or self.asked_type == "name"):
            self.put("name", said.name)
        self.procedure()
        if said.country and not self.about_clinic() and (self.asked_type == "country" or not self.asks):
            self.country(said.country)
        if said.email or said.phone:
            self.put("contact", said.email or said.phone)
        if said.email and said.phone:
            self.put("phone", said.phone)
        if said.time_zone and (said.time is None or self.asked_type == "time_zone"):
            self.put("time_zone", said.time_zone)
        return len(self.found) > before

    def about_clinic(self) -> bool:
        """ "How long do I have to stay in Istanbul" says nothing of where somebody lives."""
        return self.topic_score >= SURE_SCORE and self.said.country == self.own.pack.clinic.country

    def country(self, code: str) -> None:
        """Who lives elsewhere has other times there, unless the time zone known was never that of the country."""
        before = self.state.slots.get("country")
        self.put("country", code)
        followed = before not in (None, code) and self.state.slots.get("time_zone") == zone_of(before)
        if followed and self.said.time_zone is None and "time_zone" in self.own.pack.slots:
            self.found.append(c.CorrectSlot("time_zone", None))
        elif self.said.city_zone is not None and not self.state.known("time_zone"):
            self.put("time_zone", self.said.city_zone)

    # --- what the pack knows, and what is to begin

    def by_example(self) -> None:
        """A topic or a flow that the message is like, whichever is nearer."""
        if self.said.intents_only and self.has("thanks", "goodbye"):
            return
        if self.moving or any(
            isinstance(x, c.Chitchat | c.Handoff | c.CancelFlow | c.Repeat | c.Skip) for x in self.found
        ):
            return
        answered = any(isinstance(x, c.SetSlot | c.CorrectSlot) for x in self.found)
        if (
            any(isinstance(x, c.SetSlot | c.CorrectSlot) and x.slot in ("time", "slot") for x in self.found)
            and self.picking
        ):
            return
        given = any(isinstance(x, c.SetSlot | c.CorrectSlot) and x.slot == self.state.collecting for x in self.found)
        if self.told_apart() and not self.question:
            return
        if self.flow_meant() and not self.settled and not self.about_times():
            # What answers the question starts nothing else unless by intent
            self.found[:0] = [] if given else [c.StartFlow(self.flow)]
        elif (self.informs() and self.topic_score >= SURE_SCORE) or (not answered and self.informs()):
            self.found += [c.Knowledge(topic) for topic in self.topics()]

    def told_apart(self) -> bool:
        """Whether the message answers which of several was meant: "the first one" is about nothing else."""
        asked = self.state.clarify
        return asked is not None and any(
            isinstance(x, c.SetSlot | c.CorrectSlot) and x.slot == asked.slot and x.value in asked.options
            for x in self.found
        )

    def topics(self) -> list[str]:
        """The topic of the message, or, when it asks several things, those of its parts that are clear."""
        parts = [part for part in self.own.between.split(self.said.text[:600]) if part.strip()]
        near = [self.nearest(self.own.topics, self.own.procedures.without(part)) for part in parts[:6]]
        clear = list(dict.fromkeys(topic for topic, score in near if score >= KNOWLEDGE_SCORE))
        return clear[:2] if len(clear) > 1 else [self.topic]

    def informs(self) -> bool:
        return self.asks or (not self.settled and self.topic_score >= KNOWLEDGE_SCORE)

    def about_times(self) -> bool:
        """About the times just offered, not a wish to begin something."""
        return bool(self.state.slots.get("offered")) and self.has("later", "earlier", "other_times", "other_day")

    def new_conversation(self) -> None:
        """The first message, or one that says what somebody comes for, begins the agent's own flow."""
        if self.new and not self.found and self.said.foreign is not None:
            self.found += self.other_language(self.said.foreign)
        if self.state.stack or any(isinstance(x, c.StartFlow | c.Handoff | c.CancelFlow) for x in self.found):
            return
        knows = any(isinstance(x, c.Knowledge) for x in self.found)
        if self.state.paused and self.new and c.Resume() in self.found:
            return
        if self.new or (self.wants_booking() and not knows) or c.Chitchat("for_another") in self.found:
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

    def agreed(self) -> c.Command:
        """A yes or no to nothing in particular: asked what it is to, then taken for the first of the two."""
        if self.has("no"):
            return c.Chitchat("closing")
        offered = [one.template for one in self.state.last[-1:]] == ["chitchat_how_can_i_help"]
        return c.StartFlow(self.main_flow) if offered else c.Chitchat("how_can_i_help")

    def fallback(self) -> None:
        if self.state.clarify is not None and self.said.intents_only and self.has("yes"):
            self.found.append(c.Clarify(self.state.clarify.options, self.state.clarify.slot))  # to which of them?
        elif (
            self.state.clarify is None
            and self.state.collecting is None
            and not self.state.stack
            and self.has("yes", "no")
        ):
            self.found.append(self.agreed())
        elif self.has("correction") and self.state.slots.get("consent") is False and not self.state.stack:
            self.found.append(c.StartFlow(self.main_flow))  # "I changed my mind"
        elif self.said.foreign is not None:
            self.found += self.other_language(self.said.foreign)
        elif self.said.birth_told and not self.question:
            self.found.append(c.Chitchat("birth_date"))
        elif self.state.collecting and self.asked_type in GIVEN and self.said.intents_only and self.has("yes"):
            self.found.append(c.CorrectSlot(self.state.collecting, None))  # "ok" to "what is your name?": asked again
        else:
            self.found.append(c.CannotHandle(question=self.question))
