"""Monday 23 November 2026, 09:00 in London (UTC in winter) unless a test says otherwise."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from careline.language import Reference
from tests.language.reading import LONDON, NOW, said, wall

EXACT = [
    ("next tuesday at 10", "12-01 10:00"), ("half past three tomorrow", "11-24 15:30"), ("quarter to 5", "11-23 16:45"), ("ten past five", "11-23 17:10"),
    ("five to five", "11-23 16:55"), ("twenty five to six", "11-23 17:35"), ("3 December at 14:30", "12-03 14:30"), ("noon", "11-23 12:00"),
    ("midnight", "11-24 00:00"), ("at 10", "11-23 10:00"), ("at 8", "11-24 08:00"), ("tuesday at 10", "11-24 10:00"), ("tuesday 10am", "11-24 10:00"),
    ("monday at 10am", "11-23 10:00"), ("monday 8am", "11-30 08:00"), ("Friday at 2pm", "11-27 14:00"), ("12:30", "11-23 12:30"), ("2:30", "11-23 14:30"),
    ("02:30", "11-24 02:30"), ("9 in the morning", "11-24 09:00"), ("9pm", "11-23 21:00"), ("Tues 10.30", "11-24 10:30"), ("Fri 4pm?", "11-27 16:00"),
    ("wednesday 11", "11-25 11:00"), ("tomorow at 3", "11-24 15:00"), ("tmrw 3pm", "11-24 15:00"), ("tomorrow evening around 7", "11-24 19:00"), ("noon on friday", "11-27 12:00"),
    ("friday the 27th at 3", "11-27 15:00"), ("Wednesday at 3pm Istanbul time", "11-25 12:00"), ("at three thirty on friday", "11-27 15:30"), ("move it from tuesday to friday at 2", "11-27 14:00"),
    ("yarın saat 15:00", "11-24 15:00"), ("yarin saat 15", "11-24 15:00"), ("salı günü saat 10'da", "11-24 10:00"), ("üç buçukta", "11-23 15:30"), ("üçü çeyrek geçe", "11-23 15:15"),
    ("üçe çeyrek kala", "11-23 14:45"), ("3'ü 10 geçe", "11-23 15:10"), ("saat üçte", "11-23 15:00"), ("akşam 7", "11-23 19:00"), ("çarşamba sabah 9'da", "11-25 09:00"),
    ("yarın gece 3'te", "11-24 03:00"), ("cumaya 3'e", "11-27 15:00"), ("haftaya salı öğleden sonra 3", "12-01 15:00"), ("25 kasım saat 14.30", "11-25 14:30"), ("pazartesi saat on buçuk", "11-23 10:30"),
    ("1 Ocak saat 11:00", "01-01 11:00"), ("aslında cuma saat 16:00 olsun", "11-27 16:00"), ("İstanbul saatiyle çarşamba 15:00", "11-25 12:00"), ("yarın öğlen", "11-24 12:00"),
]  # fmt: skip
WINDOWS = [
    ("tuesday", "11-24 00:00", "11-25 00:00", "day", None), ("monday", "11-30 00:00", "12-01 00:00", "day", None), ("this friday", "11-27 00:00", "11-28 00:00", "day", None),
    ("today", "11-23 09:00", "11-24 00:00", "day", None), ("the day after tomorrow", "11-25 00:00", "11-26 00:00", "day", None), ("03.12.2026", "12-03 00:00", "12-04 00:00", "day", None),
    ("12/3", "03-12 00:00", "03-13 00:00", "day", None), ("2026-12-03", "12-03 00:00", "12-04 00:00", "day", None), ("Dec 3rd 2026", "12-03 00:00", "12-04 00:00", "day", None),
    ("the 5th", "12-05 00:00", "12-06 00:00", "day", None), ("29 february", "02-29 00:00", "03-01 00:00", "day", None), ("this weekend", "11-28 00:00", "11-30 00:00", "day", None),
    ("in 3 days", "11-26 00:00", "11-27 00:00", "day", None), ("next week", "11-30 00:00", "12-07 00:00", "week", None), ("in two weeks", "12-07 00:00", "12-14 00:00", "week", None),
    ("monday to friday", "11-23 09:00", "11-28 00:00", "week", None), ("december", "12-01 00:00", "01-01 00:00", "month", None), ("next month", "12-01 00:00", "01-01 00:00", "month", None),
    ("between 2 and 4 on friday", "11-27 14:00", "11-27 16:00", "hour", None), ("friday 2-4", "11-27 14:00", "11-27 16:00", "hour", None), ("2-4pm friday", "11-27 14:00", "11-27 16:00", "hour", None),
    ("after 3pm on the 5th", "12-05 15:00", "12-06 00:00", "hour", None), ("before 12 on thursday", "11-26 00:00", "11-26 12:00", "hour", None), ("in 2 hours", "11-23 11:00", "11-23 12:00", "hour", None),
    ("tonight", "11-23 17:00", "11-24 00:00", "part", None), ("next tuesday morning", "12-01 06:00", "12-01 12:00", "part", None), ("not thursday, friday afternoon please", "11-27 12:00", "11-27 18:00", "part", None),
    ("sometime next week in the afternoon", "11-30 00:00", "12-07 00:00", "week", (720, 1080)), ("next week at 10", "11-30 00:00", "12-07 00:00", "week", (600, 601)),
    ("afternoon", "11-23 09:00", "01-22 09:00", "open", (720, 1080)), ("before noon", "11-23 09:00", "01-22 09:00", "open", (0, 720)), ("any time after 3", "11-23 09:00", "01-22 09:00", "open", (900, 1440)),
    ("from 9 to 5", "11-23 09:00", "01-22 09:00", "open", (540, 1020)), ("between 10 and 2", "11-23 09:00", "01-22 09:00", "open", (600, 840)), ("after tuesday", "11-25 00:00", "01-24 00:00", "open", None),
    ("before friday", "11-23 09:00", "11-27 00:00", "open", None), ("as soon as possible", "11-23 09:00", "01-22 09:00", "open", (0, 1440)),
    ("yarın öğleden sonra", "11-24 12:00", "11-24 18:00", "part", None), ("haftaya cuma", "12-04 00:00", "12-05 00:00", "day", None), ("salıya", "11-24 00:00", "11-25 00:00", "day", None),
    ("3 Aralık", "12-03 00:00", "12-04 00:00", "day", None), ("5 aralıkta", "12-05 00:00", "12-06 00:00", "day", None), ("ayın 5'inde", "12-05 00:00", "12-06 00:00", "day", None), ("yirmi beş aralık", "12-25 00:00", "12-26 00:00", "day", None),
    ("gelecek hafta", "11-30 00:00", "12-07 00:00", "week", None), ("iki hafta sonra", "12-07 00:00", "12-14 00:00", "week", None), ("3 gün sonra", "11-26 00:00", "11-27 00:00", "day", None), ("hafta sonu", "11-28 00:00", "11-30 00:00", "day", None),
    ("2 ile 4 arası", "11-23 09:00", "01-22 09:00", "open", (840, 960)), ("cuma 2 ile 4 arasında", "11-27 14:00", "11-27 16:00", "hour", None), ("salı 14 16 arası", "11-24 14:00", "11-24 16:00", "hour", None),
    ("sabah", "11-23 09:00", "01-22 09:00", "open", (360, 720)), ("üçten sonra", "11-23 09:00", "01-22 09:00", "open", (900, 1440)), ("cumadan önce", "11-23 09:00", "11-27 00:00", "open", None),
    ("salı değil çarşamba", "11-25 00:00", "11-26 00:00", "day", None), ("gelecek ay", "12-01 00:00", "01-01 00:00", "month", None), ("bu akşam", "11-23 17:00", "11-24 00:00", "part", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "start"), EXACT)
def test_an_exact_time(text: str, start: str) -> None:
    time = said(text).time
    assert time is not None
    assert (wall(time.start), time.grain, time.daily, time.past) == (start, "minute", None, False)
    assert time.end - time.start == timedelta(minutes=1)


@pytest.mark.parametrize(("text", "start", "end", "grain", "daily"), WINDOWS)
def test_a_window(text: str, start: str, end: str, grain: str, daily: tuple[int, int] | None) -> None:
    time = said(text).time
    assert time is not None
    assert (wall(time.start), wall(time.end), time.grain, time.daily, time.past) == (start, end, grain, daily, False)


@pytest.mark.parametrize(
    "text",
    ["31 February", "31 şubat", "25:00", "at 10:75", "32.12.2026", "may I come", "I sat down", "my tooth 2", "24/7", "1.80", "3 people", "I am 30 years old", "2 saç ekimi",
     "saç ekimi", "saç ekim", "bir randevu almak istiyorum", "ona söyle", "burnum yüzünden", "one second please", "the second one", "last one", "later", "başka bir gün",
     "number 3", "3", "10", "99999999999999999999", "1/2/3/4/5"],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    assert said(text).time is None


@pytest.mark.parametrize(
    ("text", "start"),
    [("yesterday at 10am", "11-22 10:00"), ("today at 8am", "11-23 08:00"), ("dün saat 10:00", "11-22 10:00")],
)
def test_a_time_that_has_gone_says_so(text: str, start: str) -> None:
    time = said(text).time
    assert time is not None
    assert time.past
    assert wall(time.start) == start


@pytest.mark.parametrize("text", ["1 January 2020", "last week", "6 ay önce ameliyat oldum", "geçen hafta"])
def test_days_that_have_gone_say_so(text: str) -> None:
    time = said(text).time
    assert time is not None
    assert time.past


def test_a_bare_number_is_an_hour_only_where_a_time_was_asked_for() -> None:
    for asked in ("time", "slot"):
        heard = said("3", expecting=asked)
        assert heard.time is not None
        assert (wall(heard.time.start), heard.time.day_named, heard.ordinal) == ("11-23 15:00", False, 3)
    window = said("2-4", expecting="time").time
    assert window is not None
    assert window.daily == (840, 960)


def test_a_time_of_day_without_a_day_says_so() -> None:
    at_three, on_friday = said("at 3pm").time, said("friday at 3pm").time
    assert at_three is not None
    assert on_friday is not None
    assert (at_three.day_named, at_three.text) == (False, "3pm")
    assert (on_friday.day_named, on_friday.text) == (True, "friday at 3pm")


def test_a_refused_day_is_not_a_wish() -> None:
    heard = said("not tuesday")
    assert heard.time is None
    assert "time" in heard.negated
    assert "time" in said("perşembe olmaz").negated


@pytest.mark.parametrize(
    "text",
    [
        "when is Christmas?",
        "when's new year's eve this year",
        "what day is boxing day",
        "Noel ne zaman",
        "yılbaşı ne zaman?",
    ],
)
def test_asking_for_a_date_is_no_wish(text: str) -> None:
    assert said(text, expecting="time").time is None


def test_the_month_comes_first_where_people_write_it_so() -> None:
    time = said("12/3", reference=Reference(NOW, "America/New_York", "US")).time
    assert time is not None
    assert time.start == datetime(2026, 12, 3, 5, tzinfo=UTC)


def test_next_means_the_first_such_day_that_is_not_tomorrow() -> None:
    for day, expected in (("wednesday", "11-25"), ("tuesday", "12-01"), ("monday", "11-30")):
        time = said(f"next {day}").time
        assert time is not None
        assert wall(time.start).startswith(expected)


@pytest.mark.parametrize(
    ("now", "zone", "text", "start"),
    [
        ("2027-03-26T09:00", "Europe/London", "monday at 10am", "2027-03-29T09:00"),
        ("2026-10-23T09:00", "Europe/Berlin", "monday at 10am", "2026-10-26T09:00"),
        ("2027-03-27T12:00", "Europe/Berlin", "tomorrow at 02:30", "2027-03-28T01:30"),
        ("2026-10-24T12:00", "Europe/Berlin", "tomorrow at 02:30", "2026-10-25T00:30"),
        ("2026-11-23T23:30", "Asia/Tokyo", "tomorrow at 9am", "2026-11-25T00:00"),
        ("2026-11-23T02:00", "America/New_York", "tomorrow at 9am", "2026-11-23T14:00"),
    ],
)
def test_local_times_across_changes_of_clocks(now: str, zone: str, text: str, start: str) -> None:
    time = said(text, reference=Reference(datetime.fromisoformat(now).replace(tzinfo=UTC), zone)).time
    assert time is not None
    assert time.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert time.time_zone == zone


def test_a_whole_day_of_a_change_of_clocks_has_23_hours() -> None:
    time = said("28.03.2027", reference=Reference(NOW, "Europe/Berlin")).time
    assert time is not None
    assert time.end - time.start == timedelta(hours=23)
    assert time.start.astimezone(ZoneInfo("Europe/Berlin")).hour == 0


@pytest.mark.parametrize(
    ("text", "ordinal"),
    [
        ("the second one", 2), ("second", 2), ("2", 2), ("2.", 2), ("number 3", 3), ("option 1", 1), ("#2", 2), ("the first", 1), ("the 2nd", 2), ("the third option please", 3),
        ("I'll take the first one", 1), ("last one", -1), ("the last one please", -1), ("ikincisi", 2), ("ikincisi olsun", 2), ("birinci", 1), ("sonuncusu", -1), ("2. olan", 2),
    ],
)  # fmt: skip
def test_ordinals(text: str, ordinal: int) -> None:
    assert said(text).ordinal == ordinal


@pytest.mark.parametrize(
    "text",
    [
        "one second please",
        "first of all",
        "this is my first time",
        "on the 5th of may",
        "at 3",
        "I have 2 children",
        "last week",
        "ilk defa",
    ],
)
def test_no_ordinals(text: str) -> None:
    assert said(text).ordinal is None


def test_the_reference_is_not_the_clock() -> None:
    later = Reference(NOW + timedelta(days=7), LONDON.time_zone)
    first, second = said("tomorrow").time, said("tomorrow", reference=later).time
    assert first is not None
    assert second is not None
    assert second.start - first.start == timedelta(days=7)
