"""What a message answers to the question asked: yes or no, a treatment, one of the offered times, another time."""

import re
from datetime import timedelta
from typing import Any

from careline.dialogue import commands as c
from careline.dialogue import times
from careline.dialogue.message import QUESTION_SCORE, SURE_SCORE, Message
from careline.dialogue.state import Question
from careline.language import understand

_CLAUSE = re.compile(r"[,.;:!?\n]+")

LONG_AGO = timedelta(days=180)
"""Dates before that are told of, not wished for."""
_FORM = re.compile(r"\{\s*[\"'][^{}\"']{0,40}[\"']\s*:|</?[a-z]{2,20}>", re.IGNORECASE)
"""Fields and tags, as programs write them: a "yes" in one is nobody's."""


class Answers(Message):
    """The part of understanding that depends on the question."""

    def answers(self, data: bool) -> None:
        if self.moving:
            self.another_time([])
            return
        if self.change_by_name(data):
            return
        self.yes_or_no(data)
        self.choice()
        if self.has("skip") and not self.found:
            self.found.append(c.Skip())

    def yes_or_no(self, data: bool) -> None:
        no = self.has("no")
        yes = self.has("yes")
        if self.asks_first() or self.has("think_over") or _FORM.search(self.said.text[:2_000]):
            return
        if yes == no or self.state.clarify is not None or self.state.paused:
            return
        slot = self.state.collecting
        if self.asked_type == "yes_no" and slot is not None:
            if yes or not (data or self.said.time is not None) or slot == "consent":
                self.put(slot, yes)
        elif self.asked_type == "change" and slot is not None and no:
            self.put(slot, "nothing")

    def asks_first(self) -> bool:
        """ "OK, and does it hurt?": who asks something wants to know it before saying yes."""
        asks = self.question or self.topic_score >= QUESTION_SCORE
        return self.has("light_yes") and asks and not self.said.intents_only and not self.flow_meant()

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
            fitting = [s for s in offered if not self.refuses(s)]
            picked = self.by_ordinal(offered) or times.slot_at(fitting, said.time, self.zone)
            if picked is None and self.asked_type == "slot" and self.leaves_it(offered):
                picked = offered[0]
            if picked is not None:
                self.found.append(
                    c.SetSlot("slot", picked) if not state.known("slot") else c.CorrectSlot("slot", picked)
                )
                return
        self.another_time(offered)

    def leaves_it(self, offered: list[dict[str, Any]]) -> bool:
        """Whether any of the offered times will do, or the only one was agreed to."""
        return self.has("you_choose", "skip") or (len(offered) == 1 and self.has("yes"))

    @property
    def picking(self) -> bool:
        """Whether the question is about a time: what looks like one is one, and no question about the clinic."""
        return self.asked_type in ("time", "slot") or (self.asked_type == "yes_no" and self.state.known("slot"))

    def another_time(self, offered: list[dict[str, Any]]) -> None:
        said, asked = self.said, self.asked_type
        wish: dict[str, Any] | None = None
        talked_of = self.talked_of()
        if said.shift is not None and talked_of:
            self.put("time", times.shifted(talked_of[0], said.shift, self.zone))
            return
        if said.time is not None and said.time.past:
            if self.picking or self.reference.now - said.time.start < LONG_AGO:
                self.found.append(c.Chitchat("time_past"))
            return
        last = self.state.slots.get("time")
        if said.excluded and said.time is None and (self.picking or self.flow_meant() or self.new):
            wish = times.rest_of(last, said.excluded, self.reference.now, self.zone)
        elif said.time is not None and (self.picking or asked == "change" or not self.asks):
            wish = times.wish(times.on_day(said.time, talked_of, self.zone, self.reference.now), self.zone)
        elif (offered and self.has("later", "other_times", "other_day")) or (
            asked == "slot" and offered and self.has("no")
        ):
            wish = times.after(offered, last, self.zone, next_day=self.has("other_day"))
        elif offered and self.has("earlier"):
            wish = times.before(offered, self.reference.now, self.zone)
        elif asked == "time" and self.has("skip", "yes", "earlier", "you_choose"):
            self.put("time", times.open_wish(self.reference.now, self.zone))
        if wish is not None:
            still = times.still_refused(last, said.time, self.zone)
            self.put("time", times.but_not(wish, [*still, *said.excluded]))

    def refuses(self, slot: dict[str, Any]) -> bool:
        """Whether the message says that this time does not suit."""
        start = times.instant(slot["starts_at"])
        return any(times.falls_in(start, one, self.zone) for one in self.said.excluded)

    def change_by_name(self, data: bool) -> bool:
        """ "The time", "my name is wrong": that slot is asked again."""
        if data or not self.state.stack or self.said.time is not None:
            return False
        disagrees = self.asked_type == "yes_no" and self.state.collecting != "consent" and self.has("no")
        wrong = self.asked_type in ("yes_no", "change") and self.state.collecting != "consent" and self.has("wrong")
        if not (self.asked_type == "change" or self.has("correction") or disagrees or wrong):
            return False
        if self.topic_score >= SURE_SCORE and not (self.has("no") or wrong):
            return False  # "wait, what time is that in Istanbul?"
        named = [m.id for m in self.own.slot_words.find(self.said.text) if self.state.known(m.id)]
        self.found += [c.CorrectSlot(slot, None) for slot in named[:1]]
        return bool(named)

    def procedure(self) -> None:
        options = self.own.procedures.mentioned(self.said.text)
        clarify = self.state.clarify
        if clarify is not None and clarify.slot == "procedure" and not options and self.suggestion(clarify):
            return
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

    def suggestion(self, asked: Question) -> bool:
        """A yes or no to "do you mean ...?"; whether it was one."""
        yes = self.has("yes")
        if len(asked.options) > 1 or yes == self.has("no"):
            return False
        if yes:
            self.put(asked.slot, asked.options[0])
        else:
            self.found.append(c.CorrectSlot(asked.slot, None))
        return True

    def unwanted(self) -> bool:
        """Whether the clause that names the procedure is itself a refusal ("I don't want a hair transplant")."""
        clauses = [p for p in _CLAUSE.split(self.said.text) if self.own.procedures.mentioned(p)]
        return all("no" in understand(p, self.own.languages, self.reference).intents for p in clauses)
