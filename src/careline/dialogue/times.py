"""Wishes for a time as the state keeps them, and finding the slot that was meant. Instants are ISO 8601 text, UTC.

A wish is `{"start", "end", "grain", "daily", "zone", "text"}`: half-open, `end` None when open, `daily` minutes of the
local day, `zone` the one its local times were read in; `not` are times that were said not to suit, where there are any.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from careline.language import Excluded, Shift, TimeMention

Wish = dict[str, Any]
_STEP = timedelta(minutes=15)
MOST_REFUSED = 12
"""Of the times that do not suit the last are kept."""


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


def but_not(asked: Wish, refused: Sequence[Excluded]) -> Wish:
    """The wish without times that do not suit."""
    known: list[dict[str, Any]] = asked.get("not") or []
    fresh = [one for one in map(msgspec.to_builtins, refused) if one not in known]
    return {**asked, "not": [*known, *fresh][-MOST_REFUSED:]} if known or fresh else asked


def rest_of(last: Wish | None, refused: Sequence[Excluded], now: datetime, zone: str) -> Wish:
    """The wish that was before, where some of it is left by what does not suit; else any time."""
    if last is None or last["grain"] == "minute" or not _leaves_some(last, refused):
        return open_wish(now, zone)
    return {key: value for key, value in last.items() if key != "turn"}


def _leaves_some(last: Wish, refused: Sequence[Excluded]) -> bool:
    at, end = instant(last["start"]), instant(last["end"]) if last.get("end") else None
    daily, there = last.get("daily") or (0, 1440), ZoneInfo(last["zone"])
    while end is not None and at < end:
        local = at.astimezone(there)
        within = daily[0] <= local.hour * 60 + local.minute < daily[1]
        if within and not any(falls_in(at, one, last["zone"]) for one in refused):
            return True
        at += _STEP
    return end is None


def still_refused(last: Wish | None, mention: TimeMention | None, zone: str) -> list[Excluded]:
    """What was said not to suit before and still holds: all that the new mention does not name itself."""
    before = msgspec.convert((last or {}).get("not") or [], list[Excluded])
    if mention is None:
        return before
    if mention.grain == "open" and mention.daily in (None, (0, 1440)):
        return []
    kept = [one for one in before if not _names(mention, one, zone)]
    return kept if _leaves_some(wish(mention, zone), kept) else []


def _names(mention: TimeMention, one: Excluded, zone: str) -> bool:
    days = one.weekdays is not None or one.start is not None or one.end is not None
    day_said = mention.day_named and mention.grain in ("minute", "hour", "part", "day")
    hour_said = mention.grain in ("minute", "hour", "part") or mention.daily is not None
    if (days and not day_said) or (one.daily is not None and not hour_said):
        return False
    start = mention.start
    if mention.daily is not None:
        start = datetime.combine(start.astimezone(ZoneInfo(zone)).date(), time.min, ZoneInfo(zone))
        start = (start + timedelta(minutes=mention.daily[0])).astimezone(UTC)
    return falls_in(start, one, zone)


def falls_in(start: datetime, one: Excluded, zone: str) -> bool:
    """Whether what begins then was said not to suit."""
    local = start.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    return (
        (one.start is None or one.start <= start)
        and (one.end is None or start < one.end)
        and (one.weekdays is None or local.weekday() in one.weekdays)
        and (one.daily is None or any(one.daily[0] <= m < one.daily[1] for m in (minute, minute + 1440)))
    )


def suits(start: datetime, asked: Wish) -> bool:
    """Whether nothing that was said of the wish speaks against this time."""
    refused = msgspec.convert(asked.get("not") or [], list[Excluded])
    return not any(falls_in(start, one, asked["zone"]) for one in refused)


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
