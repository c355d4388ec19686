"""Free slots of a calendar. Pure: the calendar, the busy times and the time are values.

An instant is open when the wall clock of the provider's zone shows a time within that day's hours. So an hour that a
change of clocks skips offers nothing, and an hour that comes twice offers both, as the different instants they are.
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby, islice
from zoneinfo import ZoneInfo

import msgspec

from careline.domain.booking import Slot
from careline.domain.errors import OutsideAvailability
from careline.ports import Window
from careline.scheduling.calendar import DAY, Calendar, Provider, Service, Span

_MOMENT = timedelta(microseconds=1)
_FARTHEST = timedelta(hours=15)
"""No zone is farther from UTC than this."""


class Busy(msgspec.Struct, frozen=True, order=True):
    """A time the provider cannot be booked in, buffers included: aware UTC, half-open."""

    provider: str
    starts_at: datetime
    ends_at: datetime


def busy_around(service: Service, slot: Slot) -> Busy:
    """What a booking of the slot takes of the provider's time."""
    return Busy(slot.provider, slot.starts_at - service.buffer_before, slot.ends_at + service.buffer_after)


def search_range(service: Service, window: Window | None, now: datetime) -> tuple[datetime, datetime]:
    """The part of the window in which a slot may begin, half-open; empty when the end is not after the start."""
    # What begins this moment has begun, also for a service without notice.
    first, last = now + max(service.notice, _MOMENT), now + service.horizon
    if window is None:
        return first, last
    return max(first, window.start), min(last, window.end)


def free_slots(
    calendar: Calendar, service: Service, window: Window | None, busy: Iterable[Busy], now: datetime, limit: int
) -> list[Slot]:
    """Slots that begin inside the window and touch nothing busy, earliest first, one for each time.

    Of several free providers the one with the fewest busy times in `busy` is taken, of equals the first of the service.
    """
    start, end = search_range(service, window, now)
    taken: dict[str, list[Busy]] = {this: [] for this in service.providers}
    for one in sorted(busy):
        taken.setdefault(one.provider, []).append(one)
    rank = {this: (len(taken[this]), index) for index, this in enumerate(service.providers)}
    merged = heapq.merge(
        *(_free(calendar.providers[this], service, taken[this], start, end) for this in service.providers),
        key=lambda slot: slot.starts_at,
    )
    fitting = (slot for slot in merged if window is None or in_daily(window, slot.starts_at))
    by_time = (list(same) for _, same in groupby(fitting, key=lambda slot: slot.starts_at))
    return list(islice((min(same, key=lambda slot: rank[slot.provider]) for same in by_time), max(limit, 0)))


def check_offered(calendar: Calendar, slot: Slot, now: datetime) -> Service:
    """The slot's service. Raises OutsideAvailability when the calendar does not offer exactly this slot now."""
    service = calendar.services.get(slot.service)
    if service is None or slot.provider not in service.providers:
        raise OutsideAvailability
    start, end = search_range(service, None, now)
    if not start <= slot.starts_at < end:
        raise OutsideAvailability
    if slot not in offered(calendar.providers[slot.provider], service, slot.starts_at, slot.starts_at + _MOMENT):
        raise OutsideAvailability
    return service


def in_daily(window: Window, moment: datetime) -> bool:
    """Whether the moment is within the window's part of the visitor's day; a part may go past midnight."""
    if window.daily is None:
        return True
    local = moment.astimezone(ZoneInfo(window.time_zone))
    opens, closes = window.daily
    minute = local.hour * 60 + local.minute
    return opens <= minute < closes if opens <= closes else minute >= opens or minute < closes


def offered(provider: Provider, service: Service, start: datetime, end: datetime) -> Iterator[Slot]:
    """All slots of the opening hours that begin in [start, end), earliest first, free or not."""
    # A day to either side, as hours that touch at midnight make one run.
    days = _days(provider, start - timedelta(days=1), end + timedelta(days=1) + service.duration)
    # Sorted, as an hour that comes twice puts the runs of two spans in each other's order.
    runs = sorted(
        run for day in days for span in provider.hours(day) for run in open_runs(provider.time_zone, day, span)
    )
    closes = _closing_times(runs)
    for (opens, run_end), open_until in zip(runs, closes, strict=True):
        skipped = max(0, -((opens - start) // service.step))
        begins = opens + skipped * service.step
        while begins < min(run_end, end) and begins + service.duration <= open_until:
            yield Slot(begins, begins + service.duration, provider.id, service.id)
            begins += service.step


def open_runs(zone: str, day: date, span: Span) -> list[tuple[datetime, datetime]]:
    """The instants whose wall clock shows this day and a time in the span, as runs without a break."""
    runs: list[tuple[datetime, datetime]] = []
    midnight = datetime.combine(day, time(), UTC)
    for piece_start, piece_end, offset in _pieces(zone, day):
        opens = max(midnight + timedelta(minutes=span.opens) - offset, piece_start)
        closes = min(midnight + timedelta(minutes=span.closes) - offset, piece_end)
        if opens >= closes:
            continue
        if runs and runs[-1][1] == opens:
            runs[-1] = (runs[-1][0], closes)
        else:
            runs.append((opens, closes))
    return runs


def _free(provider: Provider, service: Service, busy: list[Busy], start: datetime, end: datetime) -> Iterator[Slot]:
    """The offered slots whose time, with its buffers, touches no busy one. `busy` is sorted by start."""
    ahead = 0
    blocking: list[Busy] = []
    for slot in offered(provider, service, start, end):
        wanted = busy_around(service, slot)
        while ahead < len(busy) and busy[ahead].starts_at < wanted.ends_at:
            blocking.append(busy[ahead])
            ahead += 1
        blocking = [one for one in blocking if one.ends_at > wanted.starts_at]
        if not blocking:
            yield slot


def _days(provider: Provider, start: datetime, end: datetime) -> Iterator[date]:
    zone = ZoneInfo(provider.time_zone)
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _closing_times(runs: list[tuple[datetime, datetime]]) -> list[datetime]:
    """For each run, until when it is open without a break, across the runs that follow on directly."""
    closes = [end for _, end in runs]
    for index in range(len(runs) - 2, -1, -1):
        if runs[index][1] == runs[index + 1][0]:
            closes[index] = closes[index + 1]
    return closes


@lru_cache(maxsize=4096)
def _pieces(zone: str, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """The time around a local day in pieces of one offset to UTC: (from, until, offset).

    Zones change at most once in such a time, whatever the size of the change.
    """
    info = ZoneInfo(zone)
    low = datetime.combine(day, time(), UTC) - _FARTHEST
    high = low + timedelta(minutes=DAY) + 2 * _FARTHEST
    before, after = _offset(info, low), _offset(info, high)
    if before == after:
        return ((low, high, before),)
    first, last = low, high
    while last - first > timedelta(seconds=1):
        middle = first + timedelta(seconds=(last - first) // timedelta(seconds=2))
        first, last = (middle, last) if _offset(info, middle) == before else (first, middle)
    return ((low, last, before), (last, high, after))


def _offset(info: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(info).utcoffset() or timedelta()
