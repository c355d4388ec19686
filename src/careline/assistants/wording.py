"""What is said, in words: the pack's reply templates filled with what the state knows."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from careline.assistants.rephrasing import Paragraph
from careline.assistants.tools import Tools
from careline.dialogue import disclosure, times
from careline.dialogue.pack import Pack, Procedure
from careline.dialogue.state import Button, DialogueState, Utter

SHOWN_PROCEDURES = 8
_FIELD = re.compile(r"\{([a-z_.0-9]+)\}")
# A piece ends after a sentence or a line; what separates it from the next belongs to it.
_PIECE = re.compile(r".*?(?:[.!?…]+[\"'”»)]*\s+|\n+|$)", re.S)


class Wording:
    """The words of one pack in one language, for one state."""

    def __init__(self, pack: Pack, tools: Tools, state: DialogueState, language: str, zone: str, now: datetime) -> None:
        self.pack = pack
        self.tools = tools
        self.state = state
        self.slots = state.slots
        self.language = language
        self.zone = zone
        self.now = now

    def paragraphs(self, says: Iterable[Utter]) -> list[Paragraph]:
        """What is said, each thing as a paragraph of its own under the name of the reply."""
        return [p for p in map(self.paragraph, says) if p.text]

    def text(self, utter: Utter) -> str:
        return self.paragraph(utter).text

    def paragraph(self, utter: Utter) -> Paragraph:
        self.slots = {**self.state.slots, **utter.slots}
        name = self.variant(utter.template)
        words = self.answer(str(utter.values.get("topic"))) if name == "knowledge" else self.template(name)
        return Paragraph(name, self.fill(words, utter.values))

    def variant(self, name: str) -> str:
        """Of a question with one possible answer there may be a reply of its own ("do you mean ...?"), and of what is
        said of the person where the booking is for somebody else ("what's their name?")."""
        if self.slots.get("for_another") and self.template(f"{name}_another"):
            return f"{name}_another"
        clarify = self.state.clarify
        alone = clarify is not None and len(clarify.options) == 1 and name == f"clarify_{clarify.slot}"
        suggests = name.replace("clarify_", "suggest_")
        return suggests if alone and self.template(suggests) else name

    def template(self, name: str) -> str:
        own = self.pack.replies.get(self.language, {})
        return own.get(name) or self.pack.replies[self.pack.default_language].get(name, "")

    def answer(self, topic: str) -> str:
        found = next((t.answer for t in self.pack.topics if t.id == topic), {})
        return found.get(self.language) or found.get(self.pack.default_language, "")

    def fill(self, template: str, values: dict[str, Any]) -> str:
        return _FIELD.sub(lambda m: self.value(m.group(1), values), template).strip()

    def value(self, key: str, values: dict[str, Any]) -> str:
        if key in values:
            return self.shown(values[key])
        if key.startswith("clinic."):
            return self.clinic(key.removeprefix("clinic."))
        find = _VALUES.get(key)
        return find(self) if find is not None else ""

    def shown(self, value: Any) -> str:
        """Text as it is; `{"at": ISO time, "zone"}` as a time to read, `{"day": ISO time}` as its date."""
        if isinstance(value, dict) and "at" in value:
            return self.moment(value["at"], value.get("zone"))
        if isinstance(value, dict) and "day" in value:
            return self.tools.show_date(times.instant(value["day"]), self.zone, self.language, self.now)
        return str(value)

    def moment(self, text: str, zone: str | None = None) -> str:
        return self.tools.show_time(times.instant(text), zone or self.zone, self.language, self.now)

    def clinic(self, key: str) -> str:
        fact = {"name": self.pack.clinic.name}.get(key) or self.pack.clinic.facts.get(key, "")
        if isinstance(fact, dict):
            return fact.get(self.language) or fact.get(self.pack.default_language, "")
        return fact

    def slot(self, name: str) -> str:
        return str(self.slots.get(name) or "")

    def first_name(self) -> str:
        return self.slot("name").split(" ")[0]

    def procedure(self, procedure_id: str) -> str:
        name = next((p.name for p in self.pack.procedures if p.id == procedure_id), {})
        return name.get(self.language) or name.get(self.pack.default_language) or procedure_id

    def some_procedures(self) -> list[Procedure]:
        """A few from all over the list: enough for an idea of it."""
        every = self.pack.procedures
        return list(every[:: max(1, -(-len(every) // SHOWN_PROCEDURES))])

    def slot_title(self, slot: dict[str, Any]) -> str:
        """A slot without the zone, for a list whose heading names it."""
        start = times.instant(slot["starts_at"])
        day = self.tools.show_date(start, self.zone, self.language, self.now)
        return f"{day}, {self.tools.show_clock(start, self.zone)}"

    def numbered(self, titles: Iterable[str]) -> str:
        return "\n".join(f"{n}. {title}" for n, title in enumerate(titles, 1))

    def offered(self) -> str:
        return self.numbered(self.slot_title(s) for s in self.slots.get("offered") or [])

    def chosen(self) -> str:
        slot = self.slots.get("slot")
        return self.moment(slot["starts_at"]) if slot else ""

    def bookings(self) -> str:
        return self.numbered(self.moment(b["starts_at"], b["zone"]) for b in self.slots.get("bookings") or [])

    def booking(self) -> str:
        booking = self.slots.get("booking")
        return self.moment(booking["starts_at"], booking["zone"]) if booking else ""

    def booked(self) -> str:
        return ", ".join(self.moment(b["starts_at"], b["zone"]) for b in self.slots.get("booked") or [])

    def country(self) -> str:
        code = self.slot("country")
        return self.tools.country_name(code, self.language) if code else ""

    def options(self) -> str:
        """Those to choose from, numbered where there are several."""
        titles = [self.procedure(o) for o in self.state.clarify.options] if self.state.clarify else []
        return titles[0] if len(titles) == 1 else self.numbered(titles)

    def flow_title(self) -> str:
        if not self.state.stack:
            return ""
        title = self.pack.flows[self.state.stack[-1].flow].title
        return title.get(self.language) or title.get(self.pack.default_language, "")

    def zone_name(self) -> str:
        return self.tools.place_name(self.zone, self.language) or self.zone

    # --- buttons

    def buttons(self) -> list[Button]:
        """The answers to offer with the reply."""
        state = self.state
        if state.paused:
            return self.yes_no("resume")
        if state.clarify is not None:
            return [Button(self.capital(self.procedure(o)), state.clarify.slot, o) for o in state.clarify.options]
        kind = self.pack.slots.get(state.collecting or "")
        match kind.type if kind is not None else None:
            case "yes_no":
                return self.yes_no(state.collecting or "")
            case "slot":
                return [Button(self.slot_title(s), "slot", s) for s in state.slots.get("offered") or []]
            case "booking":
                shown = state.slots.get("bookings") or []
                return [Button(self.moment(b["starts_at"], b["zone"]), "booking", b) for b in shown]
        return []

    def yes_no(self, slot: str) -> list[Button]:
        return [Button(self.template("yes"), slot, True), Button(self.template("no"), slot, False)]

    def capital(self, text: str) -> str:
        first = "İ" if self.language == "tr" and text[:1] == "i" else text[:1].upper()
        return first + text[1:]


_VALUES: dict[str, Callable[[Wording], str]] = {
    "name": lambda w: w.slot("name"),
    "first_name": Wording.first_name,
    "procedure": lambda w: w.procedure(w.slot("procedure")),
    "procedures": lambda w: ", ".join(w.procedure(p.id) for p in w.some_procedures()),
    "country": Wording.country,
    "contact": lambda w: w.slot("contact"),
    "zone": Wording.zone_name,
    "times": Wording.offered,
    "time": Wording.chosen,
    "bookings": Wording.bookings,
    "booking": Wording.booking,
    "booked": Wording.booked,
    "options": Wording.options,
    "flow": Wording.flow_title,
    "persona.name": lambda w: w.pack.persona.name,
    "persona.role": lambda w: (
        w.pack.persona.role.get(w.language) or w.pack.persona.role.get(w.pack.default_language, "")
    ),
    "consent_text": lambda w: consent_text(w.pack, w.language),
}


def consent_text(pack: Pack, language: str) -> str:
    """What is asked for consent, exactly as it is recorded."""
    return pack.consent.text.get(language) or pack.consent.text[pack.default_language]


def disclosed(text: str, language: str) -> str:
    """The text, with the disclosure before it when it does not say that an AI is speaking."""
    return text if disclosure.discloses(text) else f"{disclosure.sentence(language)}\n\n{text}"


def pieces(text: str) -> list[str]:
    """The text in sentences and lines; joined they are the text again."""
    return [p for p in _PIECE.findall(text) if p]
