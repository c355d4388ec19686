"""What is said not to suit. Monday 23 November 2026, 09:00 in London."""

import pytest

from careline.language import Excluded
from tests.language.reading import said, wall

MORNING, AFTERNOON = (0, 720), (720, 1080)


@pytest.mark.parametrize(
    ("text", "excluded"),
    [
        ("tuesday but not in the morning", [Excluded(daily=MORNING)]),
        ("any day except friday", [Excluded(weekdays=(4,))]),
        ("any day except friday and tuesday", [Excluded(weekdays=(4,)), Excluded(weekdays=(1,))]),
        ("not on tuesdays or wednesdays", [Excluded(weekdays=(1,)), Excluded(weekdays=(2,))]),
        ("not tuesday morning", [Excluded(weekdays=(1,), daily=MORNING)]),
        ("any time except monday to thursday", [Excluded(weekdays=(0, 1, 2, 3))]),
        ("not monday-wednesday", [Excluded(weekdays=(0, 1, 2))]),
        ("mornings don't work for me", [Excluded(daily=MORNING)]),
        ("no mornings please", [Excluded(daily=MORNING)]),
        ("no weekends", [Excluded(weekdays=(5, 6))]),
        ("not on weekdays", [Excluded(weekdays=(0, 1, 2, 3, 4))]),
        ("friday but not at 10am", [Excluded(daily=(600, 601))]),
        ("not between 2 and 4", [Excluded(daily=(840, 960))]),
        ("not in the evening", [Excluded(daily=(1020, 1440))]),
        ("salı ama sabah olmasın", [Excluded(daily=MORNING)]),
        ("cuma hariç her gün", [Excluded(weekdays=(4,))]),
        ("salı veya çarşamba olmaz", [Excluded(weekdays=(1,)), Excluded(weekdays=(2,))]),
        ("perşembe öğleden sonra olmaz", [Excluded(weekdays=(3,), daily=AFTERNOON)]),
        ("sabahları gelemem", [Excluded(daily=MORNING)]),
        ("hafta sonu olmasın", [Excluded(weekdays=(5, 6))]),
        ("hafta içi olmaz", [Excluded(weekdays=(0, 1, 2, 3, 4))]),
    ],
)
def test_what_does_not_suit(text: str, excluded: list[Excluded]) -> None:
    assert list(said(text, expecting="time").excluded) == excluded


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("not tomorrow", "11-24 00:00", "11-25 00:00"),
        ("any day but next friday", "11-27 00:00", "11-28 00:00"),
        ("not this weekend", "11-28 00:00", "11-30 00:00"),
        ("bu hafta sonu olmaz", "11-28 00:00", "11-30 00:00"),
        ("not before wednesday", None, "11-25 00:00"),
        ("not after wednesday", "11-26 00:00", None),
    ],
)
def test_days_of_the_calendar_that_do_not_suit(text: str, start: str | None, end: str | None) -> None:
    [one] = said(text, expecting="time").excluded
    assert (one.start and wall(one.start), one.end and wall(one.end), one.weekdays) == (start, end, None)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("not thursday, friday afternoon please", "11-27 12:00"),
        ("no, tuesday", "11-24 00:00"),
        ("salı değil çarşamba", "11-25 00:00"),
        ("tuesday but not in the morning", "11-24 00:00"),
        ("next week, not monday", "11-30 00:00"),
    ],
)
def test_what_suits_stands_beside_it(text: str, start: str) -> None:
    time = said(text, expecting="time").time
    assert time is not None
    assert wall(time.start) == start


@pytest.mark.parametrize("text", ["tuesday morning", "any time", "not sure", "no problem, friday at 10", "cuma olur"])
def test_nothing_is_excluded(text: str) -> None:
    assert said(text, expecting="time").excluded == ()
