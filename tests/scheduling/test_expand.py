"""Free slots: hours, buffers, notice, horizon, windows, several providers, and changes of clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careline.domain.booking import Slot
from careline.domain.errors import OutsideAvailability
from careline.ports import Window
from careline.scheduling.calendar import Calendar, Span
from careline.scheduling.expand import Busy, busy_around, check_offered, free_slots, offered, open_runs
from tests.scheduling.calendars import clinic, one_zone, two_doctors

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, 07:00 in Istanbul
MINUTE = timedelta(minutes=1)


def utc(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def free(
    calendar: Calendar,
    window: Window | None = None,
    busy: list[Busy] | None = None,
    now: datetime = NOW,
    limit: int = 999,
) -> list[Slot]:
    return free_slots(calendar, calendar.service("consultation"), window, busy or [], now, limit)


def window(start: datetime, end: datetime, zone: str = "UTC", daily: tuple[int, int] | None = None) -> Window:
    return Window(start, end, zone, daily)


def starts(slots: list[Slot]) -> list[datetime]:
    return [slot.starts_at for slot in slots]


def test_a_day_of_slots_in_the_providers_zone() -> None:
    slots = free(clinic(), window(utc(23, 0), utc(24, 0)))
    morning = [utc(23, 6) + index * 30 * MINUTE for index in range(7)]
    afternoon = [utc(23, 10, 30) + index * 30 * MINUTE for index in range(9)]
    assert starts(slots) == morning + afternoon
    assert slots[0] == Slot(utc(23, 6), utc(23, 6, 30), "elif", "consultation")


def test_times_are_utc() -> None:
    assert all(slot.starts_at.tzinfo is UTC and slot.ends_at.tzinfo is UTC for slot in free(clinic(), limit=50))


def test_a_slot_ends_within_the_hours() -> None:
    slots = free(clinic(minutes=60), window(utc(23, 0), utc(24, 0)))
    assert slots[5].ends_at == utc(23, 9, 30)
    assert slots[6].starts_at == utc(23, 10, 30)


def test_windows_are_half_open_and_about_the_start() -> None:
    assert starts(free(clinic(), window(utc(23, 7), utc(23, 8)))) == [utc(23, 7), utc(23, 7, 30)]
    assert starts(free(clinic(), window(utc(23, 7), utc(23, 7, 1)))) == [utc(23, 7)]
    assert free(clinic(), window(utc(23, 7), utc(23, 7))) == []
    assert free(clinic(), window(utc(24, 7), utc(23, 7))) == []


def test_notice_and_horizon() -> None:
    assert starts(free(clinic(notice_hours=3), limit=1)) == [utc(23, 7)]
    assert starts(free(clinic(notice_hours=3), now=NOW + MINUTE, limit=1)) == [utc(23, 7, 30)]
    last = free(clinic(horizon_days=1, notice_hours=0))[-1]
    assert last.starts_at == utc(23, 14, 30)
    assert free(clinic(horizon_days=1), window(utc(24, 5), utc(30, 0))) == []


def test_what_begins_now_has_begun() -> None:
    calendar = clinic(notice_hours=0)
    assert starts(free(calendar, now=utc(23, 6), limit=1)) == [utc(23, 6, 30)]
    with pytest.raises(OutsideAvailability):
        check_offered(calendar, Slot(utc(23, 6), utc(23, 6, 30), "elif", "consultation"), utc(23, 6))


def test_exceptions_close_and_open_days() -> None:
    december = clinic(horizon_days=90)
    assert free(december, window(utc(31, 0, month=12), utc(31, 23, month=12))) == []
    saturday = free(december, window(utc(5, 0, month=12), utc(6, 0, month=12)))
    assert starts(saturday) == [utc(5, 7, month=12), utc(5, 7, 30, month=12)]


def test_busy_times_and_buffers() -> None:
    booked = Busy("elif", utc(23, 7), utc(23, 7, 30))
    assert starts(free(clinic(), busy=[booked], limit=3)) == [utc(23, 6), utc(23, 6, 30), utc(23, 7, 30)]
    after = free(clinic(buffer_after_minutes=10), busy=[booked], limit=2)
    assert starts(after) == [utc(23, 6), utc(23, 7, 30)]
    before = free(clinic(buffer_before_minutes=10), busy=[booked], limit=3)
    assert starts(before) == [utc(23, 6), utc(23, 6, 30), utc(23, 8)]


def test_a_long_busy_time_hides_all_it_covers() -> None:
    booked = [Busy("elif", utc(20, 0), utc(23, 8)), Busy("elif", utc(23, 6), utc(23, 6, 30))]
    assert starts(free(clinic(), busy=booked, limit=1)) == [utc(23, 8)]


def test_the_visitors_part_of_the_day() -> None:
    in_london = window(utc(23, 0), utc(25, 0), "Europe/London", (7 * 60, 8 * 60))
    assert starts(free(clinic(), in_london)) == [utc(23, 7), utc(23, 7, 30), utc(24, 7), utc(24, 7, 30)]
    in_new_york = window(utc(23, 0), utc(24, 0), "America/New_York", (22 * 60, 2 * 60))
    assert starts(free(clinic(), in_new_york)) == [utc(23, 6), utc(23, 6, 30)]


def test_several_providers_make_one_slot_of_each_time() -> None:
    slots = free(two_doctors(), limit=3)
    assert starts(slots) == [utc(23, 6), utc(23, 6, 30), utc(23, 7)]
    assert {slot.provider for slot in slots} == {"elif"}


def test_the_less_busy_provider_is_offered() -> None:
    slots = free(two_doctors(), busy=[Busy("elif", utc(23, 9), utc(23, 9, 30))], limit=1)
    assert slots[0].provider == "deniz"
    both = [Busy("elif", utc(23, 6), utc(23, 6, 30)), Busy("deniz", utc(23, 7), utc(23, 7, 30))]
    assert [(slot.starts_at, slot.provider) for slot in free(two_doctors(), busy=both, limit=3)] == [
        (utc(23, 6), "deniz"),
        (utc(23, 6, 30), "elif"),
        (utc(23, 7), "elif"),
    ]


@pytest.mark.parametrize(
    "slot",
    [
        Slot(utc(23, 6, 10), utc(23, 6, 40), "elif", "consultation"),
        Slot(utc(23, 6), utc(23, 7), "elif", "consultation"),
        Slot(utc(22, 6), utc(22, 6, 30), "elif", "consultation"),
        Slot(utc(20, 6), utc(20, 6, 30), "elif", "consultation"),
        Slot(utc(23, 5), utc(23, 5, 30), "elif", "consultation"),
        Slot(utc(23, 6), utc(23, 6, 30), "nobody", "consultation"),
        Slot(utc(23, 6), utc(23, 6, 30), "elif", "surgery"),
        Slot(utc(31, 6, month=12), utc(31, 6, 30, month=12), "elif", "consultation"),
    ],
    ids=["off the grid", "too long", "closed day", "past", "before hours", "provider", "service", "exception"],
)
def test_only_offered_slots_pass(slot: Slot) -> None:
    with pytest.raises(OutsideAvailability):
        check_offered(clinic(), slot, NOW)


# --- Changes of clocks ------------------------------------------------------------------------------------------


def local_starts(zone: str, hours: list[str], day: date, minutes: int = 30) -> list[str]:
    """The slots of one local day as its wall clock shows them."""
    calendar = one_zone(zone, hours, minutes=minutes, step_minutes=minutes)
    info = ZoneInfo(zone)
    start = datetime.combine(day, time(), info)
    end = datetime.combine(day + timedelta(days=1), time(), info)
    slots = free(
        calendar, window(start.astimezone(UTC), end.astimezone(UTC)), now=start.astimezone(UTC) - timedelta(days=1)
    )
    return [f"{slot.starts_at.astimezone(info):%H:%M}" for slot in slots]


def test_a_skipped_hour_offers_nothing() -> None:
    assert local_starts("Europe/London", ["00:30-03:00"], date(2026, 3, 29)) == ["00:30", "02:00", "02:30"]
    assert local_starts("Europe/London", ["01:00-02:00"], date(2026, 3, 29)) == []
    assert local_starts("America/New_York", ["01:30-03:30"], date(2026, 3, 8)) == ["01:30", "03:00"]


def test_an_hour_that_comes_twice_offers_both() -> None:
    twice = ["01:00", "01:30", "01:00", "01:30"]
    assert local_starts("Europe/London", ["01:00-02:00"], date(2026, 10, 25)) == twice
    assert local_starts("Europe/London", ["00:30-02:30"], date(2026, 10, 25)) == ["00:30", *twice, "02:00"]
    in_two_parts = ["00:30-01:30", "01:30-02:30"]
    assert local_starts("Europe/London", in_two_parts, date(2026, 10, 25)) == ["00:30", *twice, "02:00"]


def test_half_an_hour_of_change() -> None:
    assert local_starts("Australia/Lord_Howe", ["01:00-03:00"], date(2026, 10, 4)) == ["01:00", "01:30", "02:30"]
    assert local_starts("Australia/Lord_Howe", ["01:00-02:30"], date(2026, 4, 5)) == [
        "01:00",
        "01:30",
        "01:30",
        "02:00",
    ]


def test_hours_that_touch_at_midnight_are_one_run() -> None:
    slots = local_starts("Asia/Kathmandu", ["00:00-01:00", "23:00-24:00"], date(2026, 6, 1), minutes=45)
    assert slots == ["00:00", "23:00", "23:45"]


ZONES = (
    *("Europe/London", "America/New_York", "Europe/Istanbul", "Australia/Lord_Howe"),
    *("Asia/Kathmandu", "Africa/Casablanca", "America/St_Johns", "Pacific/Apia", "UTC"),
)
CHANGES = {
    "Europe/London": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "Africa/Casablanca": (date(2026, 2, 15), date(2026, 3, 22)),
    "America/St_Johns": (date(2026, 3, 8), date(2026, 11, 1)),
    "Europe/Istanbul": (date(2016, 3, 27), date(2015, 11, 8)),
    "Pacific/Apia": (date(2011, 12, 30), date(2020, 9, 27)),
}


@st.composite
def zones_and_days(draw: st.DrawFn) -> tuple[str, date]:
    zone = draw(st.sampled_from(ZONES))
    near = draw(st.sampled_from(CHANGES.get(zone, (date(2026, 6, 1),))))
    return zone, near + timedelta(days=draw(st.integers(-2, 2)))


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=6)))
    return tuple(Span(a * 15, b * 15) for a, b in zip(edges[::2], edges[1::2], strict=False))


def hours_text(open_spans: tuple[Span, ...]) -> list[str]:
    return [f"{s.opens // 60:02d}:{s.opens % 60:02d}-{s.closes // 60:02d}:{s.closes % 60:02d}" for s in open_spans]


def is_open(moment: datetime, info: ZoneInfo, open_spans: tuple[Span, ...]) -> bool:
    """The oracle: what the wall clock on the wall says."""
    local = moment.astimezone(info)
    return any(span.opens <= local.hour * 60 + local.minute < span.closes for span in open_spans)


@settings(max_examples=150, deadline=None)
@given(zones_and_days(), spans())
def test_open_runs_are_the_minutes_whose_wall_clock_is_within_the_hours(
    zone_day: tuple[str, date], open_spans: tuple[Span, ...]
) -> None:
    zone, day = zone_day
    info = ZoneInfo(zone)
    runs = [run for span in open_spans for run in open_runs(zone, day, span)]
    assert all(opens < closes for opens, closes in runs)
    minute = datetime.combine(day, time(), UTC) - timedelta(hours=16)
    for _ in range(56 * 4):
        expected = minute.astimezone(info).date() == day and is_open(minute, info, open_spans)
        assert sum(opens <= minute < closes for opens, closes in runs) == int(expected)
        minute += timedelta(minutes=15)


@settings(max_examples=150, deadline=None)
@given(
    zones_and_days(),
    spans(),
    st.sampled_from([10, 20, 25, 30, 45, 60, 90]),
    st.sampled_from([15, 30, 45, 60]),
    st.tuples(st.sampled_from([0, 10]), st.sampled_from([0, 15])),
    st.lists(st.tuples(st.integers(0, 3 * 96), st.integers(1, 20)), max_size=6),
)
def test_slots_are_in_hours_touch_nothing_busy_and_none_is_doubled_or_lost(
    zone_day: tuple[str, date],
    open_spans: tuple[Span, ...],
    minutes: int,
    step: int,
    buffers: tuple[int, int],
    busy_quarters: list[tuple[int, int]],
) -> None:
    zone, day = zone_day
    info = ZoneInfo(zone)
    calendar = one_zone(
        *(zone, hours_text(open_spans)),
        minutes=minutes,
        step_minutes=step,
        buffer_before_minutes=buffers[0],
        buffer_after_minutes=buffers[1],
    )
    service = calendar.service("consultation")
    start = datetime.combine(day, time(), UTC) - timedelta(days=1)
    end = start + timedelta(days=3)
    quarter = timedelta(minutes=15)
    busy = [Busy("elif", start + at * quarter, start + (at + length) * quarter) for at, length in busy_quarters]
    slots = free(calendar, window(start, end), busy, now=start - timedelta(days=1))

    assert starts(slots) == sorted(set(starts(slots)))
    for slot in slots:
        assert slot.ends_at - slot.starts_at == service.duration
        instants = [slot.starts_at + at * 5 * MINUTE for at in range(minutes // 5)]
        assert all(is_open(instant, info, open_spans) for instant in instants)
        wanted = busy_around(service, slot)
        assert all(one.ends_at <= wanted.starts_at or wanted.ends_at <= one.starts_at for one in busy)
        assert check_offered(calendar, slot, start - timedelta(days=1)) == service

    # None lost: each offered slot that is not free is in the way of something, and wherever a run of hours begins
    # that is long enough, a slot is offered.
    everything = list(offered(calendar.providers["elif"], service, start, end))
    for slot in set(everything) - set(slots):
        wanted = busy_around(service, slot)
        assert any(one.starts_at < wanted.ends_at and wanted.starts_at < one.ends_at for one in busy)
    begun = set(starts(everything))
    minute = start
    while minute < end:
        fits = all(is_open(minute + at * 5 * MINUTE, info, open_spans) for at in range(minutes // 5))
        if fits and not is_open(minute - MINUTE, info, open_spans):
            assert minute in begun
        minute += 15 * MINUTE


@settings(max_examples=60, deadline=None)
@given(zones_and_days(), spans(), st.integers(0, 3 * 24 * 4), st.integers(1, 40))
def test_what_is_offered_does_not_depend_on_the_window_asked_for(
    zone_day: tuple[str, date], open_spans: tuple[Span, ...], quarters: int, length: int
) -> None:
    zone, day = zone_day
    calendar = one_zone(zone, hours_text(open_spans), step_minutes=25)
    start = datetime.combine(day, time(), UTC) - timedelta(days=1)
    now = start - timedelta(days=1)
    inner = start + timedelta(minutes=15 * quarters), start + timedelta(minutes=15 * (quarters + length))
    whole = free(calendar, window(start, start + timedelta(days=5)), now=now)
    assert free(calendar, window(*inner), now=now) == [s for s in whole if inner[0] <= s.starts_at < inner[1]]
