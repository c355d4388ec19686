"""The named actions of flows: what the calendar is asked, and what that means for the dialogue."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from careline.assistants.mail import booking_mail
from careline.assistants.tools import Tools
from careline.assistants.wording import Wording, consent_text
from careline.dialogue import times
from careline.dialogue.pack import Pack
from careline.dialogue.state import DialogueState, Result, Utter
from careline.dialogue.zones import zone_of
from careline.domain.booking import Booking, Hold, Slot, Visitor
from careline.domain.effects import AnyEffect, EraseOnEnd, RecordConsent
from careline.domain.errors import HoldExpired, NotFound, OutsideAvailability, SlotTaken, StoreUnavailable
from careline.ports import Scheduling, TurnContext, Window

OFFERED = 3
LOOKED_AT = 240
APART = timedelta(minutes=90)
WAKING = range(8, 21)


class Actions:
    """The actions of one turn. `effects` gathers what they decided for the engine to store."""

    def __init__(
        self,
        pack: Pack,
        scheduling: Scheduling,
        tools: Tools,
        context: TurnContext,
        wording: Callable[[DialogueState], Wording],
    ) -> None:
        self.pack = pack
        self.scheduling = scheduling
        self.tools = tools
        self.context = context
        self.wording = wording
        self.effects: list[AnyEffect] = []
        self.requests: Counter[str] = Counter()

    async def perform(self, name: str, state: DialogueState) -> Result:
        """Does the action; `unavailable` when the calendar cannot be reached."""
        try:
            return await ACTIONS[name](self, state)
        except StoreUnavailable:
            return Result("unavailable")

    def request_id(self, kind: str) -> str:
        """The same in a rerun of the turn: the turn, what is asked for, and how often it was."""
        self.requests[kind] += 1
        return f"{self.context.turn.id}:{kind}{self.requests[kind]}"

    # --- consent

    async def record_consent(self, state: DialogueState) -> Result:
        granted = bool(state.slots.get("consent"))
        consent, language = self.pack.consent, self.pack.language(state.language)
        text = consent_text(self.pack, language)
        self.effects.append(RecordConsent(consent.purpose, granted, text, consent.version, language))
        if granted and self.context.conversation.erase_on_end:
            self.effects.append(EraseOnEnd(False))
        if granted:
            return Result("granted", {"consent_recorded": True})
        self.effects.append(EraseOnEnd())
        personal = {name: None for name, kind in self.pack.slots.items() if kind.personal}
        return Result("refused", {**personal, "consent_recorded": True})

    async def infer_time_zone(self, state: DialogueState) -> Result:
        zone = zone_of(state.slots.get("country"))
        return Result("found", {"time_zone": zone}) if zone else Result("unknown")

    # --- times

    async def offer_slots(self, state: DialogueState) -> Result:
        await self.release(state)
        zone = self.wording(state).zone
        asked = times.moved(state.slots["time"], zone)
        found = await self.free(window(asked), asked)
        kept = {"time": asked, "hold": None}
        if not found and asked["grain"] == "minute" and (own := await self.held_before(asked)) is not None:
            slot = stored(own.slot)
            return Result("chosen", {"time": asked, "offered": [slot], "slot": slot, "hold": msgspec.to_builtins(own)})
        if found and asked["grain"] == "minute":
            return Result("chosen", {**kept, "offered": [stored(s) for s in found[:1]], "slot": stored(found[0])})
        if found:
            return Result("offered", {**kept, "offered": [stored(s) for s in few(found, asked)]})
        return await self.offer_others(asked, kept)

    async def offer_others(self, asked: times.Wish, kept: dict[str, Any]) -> Result:
        """Nothing at the wished time: the next ones after it, or from now on."""
        now, start = self.context.now, times.instant(asked["start"])
        until = self.scheduling.bookable_until(self.pack.service, now)
        if start >= until and not asked.get("turn"):
            last = times.iso(until - timedelta(microseconds=1))
            return Result("none", {**kept, "offered": None}, (Utter("too_far", {"until": {"day": last}}),))
        daily = time_of_day(asked)
        wishes = [nearby(start, asked["zone"])] if asked["grain"] == "minute" else []
        wishes += [
            Window(max(start, now), max(start, now) + timedelta(days=d), asked["zone"], as_pair(day))
            for d, day in ((14, daily), (60, None))
        ]
        wishes.append(Window(now, now + timedelta(days=60), asked["zone"]))
        for wish in wishes:
            if found := await self.free(wish, asked):
                kept = {**kept, "offered": [stored(s) for s in few(found, asked)]}
                return Result("others", kept, (Utter(self.missing(asked), {"wished": self.wished(asked)}),))
        says = Utter("nothing_suits" if asked.get("not") else "nothing_free")
        return Result("none", {**kept, "offered": None}, (says,))

    def missing(self, asked: times.Wish) -> str:
        if asked.get("turn"):
            return f"none_{asked['turn']}"
        return "time_not_free" if asked["grain"] == "minute" else "nothing_then"

    def wished(self, asked: times.Wish) -> Any:
        return {"at": asked["start"]} if asked["grain"] == "minute" else asked.get("text", "")

    async def free(self, wish: Window, asked: times.Wish) -> list[Slot]:
        """Free slots with different starts, earliest first; none that was said not to suit."""
        while True:
            found = await self.scheduling.slots(self.pack.service, wish, self.context.now, LOOKED_AT)
            fitting = {s.starts_at: s for s in reversed(found) if times.suits(s.starts_at, asked)}
            if fitting or len(found) < LOOKED_AT:
                return list(fitting.values())[::-1]
            wish = msgspec.structs.replace(wish, start=found[-1].starts_at + timedelta(minutes=1))

    async def release(self, state: DialogueState) -> None:
        if held := state.slots.get("hold"):
            await self.scheduling.release(held["id"], self.context.conversation.id, self.context.now)

    async def release_hold(self, state: DialogueState) -> Result:
        await self.release(state)
        return Result("released", {"hold": None})

    async def hold(self, state: DialogueState) -> Result:
        slot, held = as_slot(state.slots["slot"]), state.slots.get("hold")
        if held and as_hold(held).slot == slot:
            return Result("held")
        try:
            hold = await self.ask_hold(slot)
        except (SlotTaken, OutsideAvailability):
            return self.taken(state)
        return Result("held", {"hold": msgspec.to_builtins(hold)})

    async def ask_hold(self, slot: Slot) -> Hold:
        context = self.context
        return await self.scheduling.hold(slot, context.conversation.id, context.now, self.request_id("hold"))

    async def held_before(self, asked: times.Wish) -> Hold | None:
        """In a rerun: the hold the first attempt got for this time, which else would look taken by somebody."""
        if self.context.turn.attempt == 1:
            return None
        start = times.instant(asked["start"])
        try:
            hold = await self.ask_hold(Slot(start, start, "", self.pack.service))
        except (SlotTaken, OutsideAvailability, NotFound):
            return None
        return hold if hold.slot.starts_at == start else None

    def taken(self, state: DialogueState) -> Result:
        """That time is gone: says so and has others offered, near it."""
        slot = as_slot(state.slots["slot"])
        zone = self.wording(state).zone
        near = nearby(slot.starts_at, zone)
        asked: times.Wish = state.slots.get("time") or {}
        wish = {**times.open_wish(max(near.start, self.context.now), zone), "not": asked.get("not")}
        emptied = {"slot": None, "offered": None, "hold": None, "confirmed": None, "time": wish}
        return Result("taken", emptied, (Utter("slot_taken", {"gone": {"at": times.iso(slot.starts_at)}}),))

    # --- bookings

    def visitor(self, state: DialogueState) -> Visitor:
        s = state.slots
        return Visitor(
            name=s["name"],
            procedure=s["procedure"],
            contact=s["contact"],
            country=s.get("country"),
            time_zone=self.wording(state).zone,
            language=self.pack.language(state.language),
        )

    async def confirm_booking(self, state: DialogueState) -> Result:
        context, hold = self.context, as_hold(state.slots["hold"])
        context.bind()
        try:
            booking = await self.scheduling.confirm(
                hold,
                context.person.id,
                self.visitor(state),
                context.conversation.id,
                context.now,
                self.request_id("confirm"),
            )
        except (SlotTaken, HoldExpired, OutsideAvailability):
            return self.taken(state)
        return self.done("booked", booking, state)

    def done(self, outcome: str, booking: Booking, state: DialogueState) -> Result:
        """Tells the person and mails them."""
        wording = self.wording(state)
        link = f"{self.tools.public_url}/bookings/{booking.token}.ics"
        at = {"at": times.iso(booking.slot.starts_at), "zone": booking.visitor.time_zone}
        mail = booking_mail(outcome, booking, wording, link, self.tools, self.context.now)
        says: tuple[Utter, ...] = (Utter(f"{outcome}_done", {"at": at, "link": link}),)
        if mail is not None:
            self.effects.append(mail)
            says += (Utter("mail_follows", {"contact": booking.visitor.contact}),)
        kept = [b for b in state.slots.get("booked") or [] if b["id"] != booking.id]
        return Result(outcome, {"hold": None, "booked": [*kept, summary(booking)]}, says)

    async def find_bookings(self, state: DialogueState) -> Result:
        found = await self.scheduling.upcoming(self.context.person.id, self.context.now)
        if not found:
            return Result("none", {"booked": None})
        shown = [summary(b) for b in found]
        last = (state.slots.get("booked") or [None])[-1]
        slots: dict[str, Any] = {"bookings": shown, "booked": sorted(shown, key=lambda b: b == last)}
        if not state.known("time_zone"):
            slots["time_zone"] = found[0].visitor.time_zone
        if len(found) == 1:
            return Result("one", {**slots, "booking": shown[0]})
        return Result("many", slots)

    async def reschedule(self, state: DialogueState) -> Result:
        slot, context = as_slot(state.slots["slot"]), self.context
        context.bind()
        try:
            booking = await self.scheduling.reschedule(
                state.slots["booking"]["id"], context.person.id, slot, context.now, self.request_id("reschedule")
            )
        except (SlotTaken, OutsideAvailability):
            return self.taken(state)
        except NotFound:
            return Result("gone")
        return self.done("moved", booking, state)

    async def cancel_booking(self, state: DialogueState) -> Result:
        context = self.context
        context.bind()
        try:
            booking = await self.scheduling.cancel(
                state.slots["booking"]["id"], context.person.id, context.now, self.request_id("cancel")
            )
        except NotFound:
            return Result("gone")
        mail = booking_mail("cancelled", booking, self.wording(state), "", self.tools, context.now)
        if mail is not None:
            self.effects.append(mail)
        kept = [b for b in state.slots.get("booked") or [] if b["id"] != booking.id]
        return Result("cancelled", {"booked": kept or None})


ACTIONS: dict[str, Callable[[Actions, DialogueState], Awaitable[Result]]] = {
    "record_consent": Actions.record_consent,
    "infer_time_zone": Actions.infer_time_zone,
    "offer_slots": Actions.offer_slots,
    "release_hold": Actions.release_hold,
    "hold": Actions.hold,
    "confirm_booking": Actions.confirm_booking,
    "find_bookings": Actions.find_bookings,
    "reschedule": Actions.reschedule,
    "cancel_booking": Actions.cancel_booking,
}


def window(asked: times.Wish) -> Window:
    """The wish as the calendar asks for it; an open one reaches 60 days."""
    start = times.instant(asked["start"])
    end = times.instant(asked["end"]) if asked.get("end") else start + timedelta(days=60)
    return Window(start, end, asked["zone"], as_pair(asked.get("daily")))


def nearby(start: datetime, zone: str) -> Window:
    """Around a time that is not free: a few hours either way."""
    return Window(start - timedelta(hours=3), start + timedelta(hours=5), zone)


def time_of_day(asked: times.Wish) -> Any:
    """The minutes of the local day that were wished for; None for a wish of days, or of one moment."""
    if asked["grain"] not in ("part", "hour"):
        return asked.get("daily") if asked["grain"] != "minute" else None
    start, end = (times.instant(asked[key]).astimezone(ZoneInfo(asked["zone"])) for key in ("start", "end"))
    last = end.hour * 60 + end.minute
    return [start.hour * 60 + start.minute, last if end.date() == start.date() else 1440]


def as_pair(daily: Any) -> tuple[int, int] | None:
    return (daily[0], daily[1]) if daily else None


def few(slots: list[Slot], asked: times.Wish) -> list[Slot]:
    """The nearest to a time, the first in a part of a day; over a day or more in waking hours where there are any, and
    not all in the same hour."""
    if asked["grain"] == "minute":
        wished = times.instant(asked["start"])
        return sorted(sorted(slots, key=lambda slot: abs(slot.starts_at - wished))[:OFFERED])
    if asked["grain"] in ("hour", "part"):
        return slots[:OFFERED]
    slots = [slot for slot in slots if awake(slot, asked["zone"])] or slots
    picked: list[Slot] = []
    for slot in slots:
        if len(picked) < OFFERED and (not picked or slot.starts_at - picked[-1].starts_at >= APART):
            picked.append(slot)
    rest = [s for s in slots if s not in picked]
    return sorted([*picked, *rest[: OFFERED - len(picked)]])


def awake(slot: Slot, zone: str) -> bool:
    """Whether people in the zone are up: a clinic's morning may be their night."""
    return WAKING.start <= slot.starts_at.astimezone(ZoneInfo(zone)).hour < WAKING.stop


def stored(slot: Slot) -> dict[str, Any]:
    return {
        "starts_at": times.iso(slot.starts_at),
        "ends_at": times.iso(slot.ends_at),
        "provider": slot.provider,
        "service": slot.service,
    }


def as_slot(raw: dict[str, Any]) -> Slot:
    return msgspec.convert(raw, Slot)


def as_hold(raw: dict[str, Any]) -> Hold:
    hold = msgspec.convert(raw, Hold)
    slot = hold.slot
    utc = msgspec.structs.replace(slot, starts_at=slot.starts_at.astimezone(UTC), ends_at=slot.ends_at.astimezone(UTC))
    return msgspec.structs.replace(hold, slot=utc)


def summary(booking: Booking) -> dict[str, Any]:
    """A booking as the state keeps it."""
    return {"id": booking.id, "starts_at": times.iso(booking.slot.starts_at), "zone": booking.visitor.time_zone}
