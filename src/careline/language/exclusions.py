"""What was said not to suit, from the denied pieces of a message: "not on fridays", "but not in the morning"."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from careline.language import clock
from careline.language.calendar import Days
from careline.language.clock import ClockFound, Span
from careline.language.said import Excluded
from careline.language.time_items import Item

_DAY = 1440
_MORNING, _EVENING = 6 * 60, 22 * 60
"""Who wants no morning wants nothing before it, and who wants no evening nothing after it."""


def exclusions(groups: Sequence[Sequence[Item]], utc: Callable[[date, int], datetime]) -> tuple[Excluded, ...]:
    """One for each group of denied pieces. `utc` is a minute of a local day as an instant."""
    found: list[Excluded] = []
    for group in groups:
        try:
            one = _exclusion(group, utc)
        except (OverflowError, ValueError):
            continue
        if one is not None and one not in found:
            found.append(one)
    return tuple(found)


def _exclusion(group: Sequence[Item], utc: Callable[[date, int], datetime]) -> Excluded | None:
    days = [item.days for item in group if item.days]
    part = next((item.part for item in group if item.part), None)
    said = next((item.clock for item in group if item.clock), None)
    daily = _daily(said, part)
    if any(one.minutes is not None for one in days) or ((said or part) and daily is None):
        return None
    if not days:
        return Excluded(daily=daily)
    guard = group[0].guard
    if guard == "!A":
        return Excluded(start=utc(days[0].last, 0))
    if guard == "!B":
        return Excluded(end=utc(days[0].first, 0))
    weekdays = _weekdays(days)
    if weekdays:
        return Excluded(weekdays=weekdays, daily=daily)
    return Excluded(utc(days[0].first, 0), utc(days[-1].last, 0), daily=daily)


def _daily(said: ClockFound | None, part: Span | None) -> Span | None:
    """The minutes of the day; None where nothing of it is denied, or all of it."""
    if said is not None and said.kind == "exact":
        minute = clock.minute_of_day(said.first, said.first_half, part)
        return (minute, minute + 1)
    if said is not None:
        return clock.daily_span(said, part)
    if part is None or part[1] - part[0] >= _DAY:
        return None
    return (0 if part[0] <= _MORNING else part[0], max(part[1], _DAY) if part[1] >= _EVENING else part[1])


def _weekdays(days: Sequence[Days]) -> tuple[int, ...]:
    """Every such day where they are named by nothing else; from one to the other where there are two."""
    named = [one.weekdays for one in days]
    if any(weekdays is None for weekdays in named):
        return ()
    first, last = (named[0] or (0,))[0], (named[-1] or (0,))[-1]
    return tuple((first + ahead) % 7 for ahead in range((last - first) % 7 + 1))
