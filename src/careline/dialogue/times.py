"""Wishes for a time as the state keeps them, and finding the slot that was meant. Instants are ISO 8601 text, UTC.

A wish is `{"start", "end", "grain", "daily", "zone", "text"}`: half-open, `end` None when open, `daily` minutes of the
local day, `zone` the one its local times were read in.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from careline.language import Shift, TimeMention

Wish = dict[str, Any]
NEAR = timedelta(days=2)
"""From today on, days that the first free times may well be on."""


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def wish(mention: TimeMention, zone: str) -> Wish:
    """What a mention in a message asks for."""
    return {
        "start": iso(mention.start),
        "end": iso(mention.end),
        "grain": mention.grain,
        "daily": list(mention.daily) if mention.daily else None,
        "zone": zone,
        "text": mention.text,
    }


def on_day(mention: TimeMention, talked_of: list[dict[str, Any]], zone: str, now: datetime) -> TimeMention:
    """A bare time of day belongs to the day that is being talked of: that of the first of these slots,
    unless it is over by then."""
    if mention.day_named or not talked_of or mention.grain not in ("minute", "hour", "part"):
        return mention
    there = ZoneInfo(zone)
    day = instant(talked_of[0]["starts_at"]).astimezone(there).date()
    local = mention.start.astimezone(there)
    start = datetime.combine(day, local.time(), there).astimezone(UTC)
    if start < now:
        return mention
    return msgspec.structs.replace(mention, start=start, end=start + (mention.end - mention.start), past=False)


def shifted(talked_of: dict[str, Any], shift: Shift, zone: str) -> Wish:
    """So much later or earlier than this slot or booking; days at the same time of day."""
    there = ZoneInfo(zone)
    local = instant(talked_of["starts_at"]).astimezone(there) + timedelta(days=shift.days)
    start = local.astimezone(UTC) + timedelta(minutes=shift.minutes)
    end = start + timedelta(minutes=1)
    return {"start": iso(start), "end": iso(end), "grain": "minute", "daily": None, "zone": zone, "text": ""}


def open_wish(now: datetime, zone: str) -> Wish:
    """Any time."""
    return {"start": iso(now), "end": None, "grain": "open", "daily": None, "zone": zone, "text": ""}


def but_not(denied: TimeMention, now: datetime, zone: str) -> Wish:
    """Any time but these days: after them if they are near, else until they begin."""
    if denied.start - now < NEAR:
        return {**open_wish(now, zone), "start": iso(max(now, denied.end))}
    return {**open_wish(now, zone), "end": iso(denied.start)}


def after(offered: list[dict[str, Any]], last: Wish | None, zone: str, *, next_day: bool = False) -> Wish:
    """Something later than what was offered, at the same time of day if one was wished."""
    latest = max(instant(s["starts_at"]) for s in offered)
    start = latest + timedelta(minutes=1)
    if next_day:
        there = ZoneInfo(zone)
        day = latest.astimezone(there).date() + timedelta(days=1)
        start = datetime.combine(day, time.min, there).astimezone(UTC)
    daily = last.get("daily") if last else None
    return {
        "start": iso(start),
        "end": None,
        "grain": "open",
        "daily": daily,
        "zone": zone,
        "text": "",
        "turn": "later",
    }


def before(offered: list[dict[str, Any]], now: datetime, zone: str) -> Wish:
    """Something earlier than what was offered."""
    end = min(instant(s["starts_at"]) for s in offered)
    return {
        "start": iso(now),
        "end": iso(end),
        "grain": "open",
        "daily": None,
        "zone": zone,
        "text": "",
        "turn": "earlier",
    }


def moved(asked: Wish, zone: str) -> Wish:
    """The same local times in another zone, once it is known where the person is."""
    old = asked.get("zone") or zone
    if old == zone or asked.get("grain") == "open":
        return {**asked, "zone": zone}
    shifted = {key: iso(_same_wall_clock(asked[key], old, zone)) for key in ("start", "end") if asked.get(key)}
    return {**asked, **shifted, "zone": zone}


def _same_wall_clock(text: str, old: str, new: str) -> datetime:
    return instant(text).astimezone(ZoneInfo(old)).replace(tzinfo=ZoneInfo(new))


def slot_at(offered: list[dict[str, Any]], mention: TimeMention | None, zone: str) -> dict[str, Any] | None:
    """The one offered slot the mention means: that very time, the only one within it, or with its time of day."""
    if mention is None or mention.grain == "open":
        return None
    inside = [s for s in offered if _within(instant(s["starts_at"]), mention, zone)]
    if len(inside) == 1:
        return inside[0]
    if inside or mention.grain != "minute" or mention.day_named:
        return None
    clock = mention.start.astimezone(ZoneInfo(zone)).strftime("%H:%M")
    same = [s for s in offered if instant(s["starts_at"]).astimezone(ZoneInfo(zone)).strftime("%H:%M") == clock]
    return same[0] if len(same) == 1 else None


def _within(start: datetime, mention: TimeMention, zone: str) -> bool:
    if not mention.start <= start < max(mention.end, mention.start + timedelta(minutes=1)):
        return False
    local = start.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    return mention.daily is None or mention.daily[0] <= minute < mention.daily[1]


def booking_at(bookings: list[dict[str, Any]], mention: TimeMention | None) -> dict[str, Any] | None:
    """The one booking that starts within the mention."""
    if mention is None:
        return None
    inside = [b for b in bookings if mention.start <= instant(b["starts_at"]) < mention.end]
    return inside[0] if len(inside) == 1 else None
