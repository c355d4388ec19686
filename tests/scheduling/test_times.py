"""Times as people read them."""

from datetime import UTC, datetime

import pytest

from careline.domain.errors import Invalid
from careline.scheduling.times import place_name, show_clock, show_date, show_time

TEN = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
JULY = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "language", "shown"),
    [
        (TEN, "Europe/Istanbul", "en", "Tuesday 24 November, 10:00 (Istanbul time, GMT+3)"),
        (TEN, "Europe/Istanbul", "tr", "24 Kasım Salı, 10:00 (İstanbul saati, GMT+3)"),
        (TEN, "Europe/London", "tr-TR", "24 Kasım Salı, 07:00 (Londra saati, GMT)"),
        (TEN, "Europe/London", "en-GB", "Tuesday 24 November, 07:00 (London time, GMT)"),
        (JULY, "Europe/London", "en", "Wednesday 1 July, 23:30 (London time, GMT+1)"),
        (JULY, "Asia/Kathmandu", "en", "Thursday 2 July, 04:15 (Kathmandu time, GMT+5:45)"),
        (JULY, "America/St_Johns", "en", "Wednesday 1 July, 20:00 (St Johns time, GMT-2:30)"),
        (JULY, "America/New_York", "en", "Wednesday 1 July, 18:30 (New York time, GMT-4)"),
        (JULY, "America/Argentina/Buenos_Aires", "en", "Wednesday 1 July, 19:30 (Buenos Aires time, GMT-3)"),
        (TEN, "UTC", "en", "Tuesday 24 November, 07:00 (GMT)"),
        (TEN, "Etc/GMT-3", "tr", "24 Kasım Salı, 10:00 (GMT+3)"),
        (TEN, "Europe/Istanbul", "xx", "Tuesday 24 November, 10:00 (Istanbul time, GMT+3)"),
        (TEN, "Europe/Istanbul", "../en", "Tuesday 24 November, 10:00 (Istanbul time, GMT+3)"),
    ],
)
def test_a_time_always_says_its_zone(moment: datetime, zone: str, language: str, shown: str) -> None:
    assert show_time(moment, zone, language) == shown


def test_the_year_is_said_when_it_is_another_one() -> None:
    new_year = datetime(2026, 12, 31, 22, 0, tzinfo=UTC)
    assert show_time(new_year, "Europe/Istanbul", "en", TEN) == "Friday 1 January 2027, 01:00 (Istanbul time, GMT+3)"
    assert show_time(new_year, "Europe/London", "tr", TEN) == "31 Aralık Perşembe, 22:00 (Londra saati, GMT)"
    assert show_date(new_year, "Europe/Istanbul", "tr", TEN) == "1 Ocak 2027 Cuma"


def test_parts_for_lists() -> None:
    assert show_clock(TEN, "Europe/Istanbul") == "10:00"
    assert show_date(TEN, "Pacific/Auckland", "en") == "Tuesday 24 November"
    assert place_name("Europe/Istanbul", "tr") == "İstanbul"


def test_a_zone_that_is_none() -> None:
    for zone in ("Mars/Base", "", "/etc/passwd"):
        with pytest.raises(Invalid):
            show_time(TEN, zone, "en")
