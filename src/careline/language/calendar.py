"""Days: "next tuesday", "3 Aralık", "in two weeks", as local dates [first, last)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from careline.language.lexemes import Day, Lexeme
from careline.language.said import Grain

_NUM = "[Dn]"
RULES = (
    ("unit", "i[Dn1]U|[Dn1]U[sZ]"),
    ("within", "I[Dn1]U|[Dn1]UI"),
    ("ago", "[Dn1]U[oV]"),
    ("literal", "C"),
    ("month_day", "[Ox]My?|M[Ox]y?|[DnyOx]My|[Dn]M|M[Dn](?![mk:b])y?"),
    ("month_offset_day", "G(?:O|a[DnO])|OG|OaG"),
    ("week_day", "QW|WQ"),
    ("weekday", "[NYL]?W"),
    ("days", "R"),
    ("week", "Q"),
    ("weekend", "[NY]?E"),
    ("month_offset", "G"),
    ("month", "[NYLi]?MU?y?"),
    ("day_of_month", "a[DnOx]|O"),
)
_LONGEST = 366 * 3
_FRIDAY, _SATURDAY = 4, 5


class Days(NamedTuple):
    """Local days [first, last). With `minutes` an offset from now in minutes instead, for "in two hours".

    `weekdays` where they are named by it alone ("friday", "the weekend"): denied, every such day is.
    """

    first: date
    last: date
    grain: Grain
    weekday_is_today: bool = False
    minutes: int | None = None
    weekdays: tuple[int, ...] | None = None


class Unknown(NamedTuple):
    """What a day is counted from: the local date, and whether 12/3 is the third of December."""

    today: date
    month_first: bool


def read_days(rule: str, parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    """The days that the lexemes of one of RULES name. None for impossible ones (31 February)."""
    values: dict[str, Any] = {part.letter: part.value for part in parts}
    try:
        return _READERS[rule](values, parts, where)
    except (ValueError, OverflowError):
        return None


def _span(first: date, days: int, grain: Grain) -> Days:
    return Days(first, first + timedelta(days=days), grain)


def _count(values: dict[str, Any]) -> int:
    count = values.get("D", values.get("n", 1))
    return int(count) if isinstance(count, int) else 1


def _unit(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown, sign: int = 1) -> Days | None:
    count, unit = _count(values) * sign, values["U"]
    if abs(count) > _LONGEST:
        return None
    if unit in ("minute", "hour"):
        minutes = count * (60 if unit == "hour" else 1)
        return Days(where.today, where.today, "hour" if unit == "hour" else "minute", minutes=minutes)
    if unit == "day":
        return _span(where.today + timedelta(days=count), 1, "day")
    if unit == "week":
        return _span(where.today + timedelta(weeks=count), 7, "week")
    return _span(_months_on(where.today, count), 7, "week")


def _ago(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    return _unit(values, parts, where, -1)


def _within(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    reached = _unit(values, parts, where)
    if reached is None or reached.minutes is not None:
        return _span(where.today, 1, "day") if reached else None
    return Days(where.today, reached.first + timedelta(days=1), "week")


def _literal(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    day: Day = values["C"]
    first, second = (day.second, day.first) if where.month_first and day.year != 0 else (day.first, day.second)
    if second > 12 >= first:
        first, second = second, first
    return _dated(first, second, day.year, where.today)


def _month_day(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    day = next(values[letter] for letter in "OxDn" if letter in values)
    return _dated(day, values["M"], values.get("y"), where.today)


def _dated(day: int, month: int, year: int | None, today: date) -> Days | None:
    if year is not None:
        return _span(date(year, month, day), 1, "day")
    for ahead in range(9):
        try:
            first = date(today.year + ahead, month, day)
        except ValueError:
            continue
        if first >= today:
            return _span(first, 1, "day")
    return None


def _day_of_month(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    day = next(values[letter] for letter in "OxDn" if letter in values)
    if not 1 <= day <= 31:
        return None
    month = where.today.replace(day=1)
    for _ in range(4):
        try:
            first = month.replace(day=day)
        except ValueError:
            first = date.min
        if first >= where.today:
            return _span(first, 1, "day")
        month = _months_on(month, 1)
    return None


def _month_offset_day(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    day = next(values[letter] for letter in "ODn" if letter in values)
    return _span(_months_on(where.today.replace(day=1), values["G"]).replace(day=day), 1, "day")


def _monday(where: Unknown, weeks: int) -> date:
    return where.today + timedelta(days=7 * weeks - where.today.weekday())


def _week_day(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    return _span(_monday(where, values["Q"]) + timedelta(days=values["W"]), 1, "day")


def _weekday(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    """ "Next" is the first such day that is not tomorrow: for tomorrow people say tomorrow."""
    ahead = (values["W"] - where.today.weekday()) % 7
    if "L" in values:
        return _span(where.today - timedelta(days=(-ahead) % 7 or 7), 1, "day")
    if "N" in values:
        return _span(where.today + timedelta(days=ahead if ahead > 1 else ahead + 7), 1, "day")
    found = _span(where.today + timedelta(days=ahead), 1, "day")
    every = None if "Y" in values else (values["W"],)
    return found._replace(weekday_is_today=ahead == 0 and "Y" not in values, weekdays=every)


def _days(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    return _span(where.today + timedelta(days=values["R"]), 1, "day")


def _week(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    return _span(_monday(where, values["Q"]), 7, "week")


def _weekend(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    """Also the days between weekends: the next of them, from a Friday on those of the week after."""
    said, ahead = values["E"], int("N" in values)
    if said == "workdays":
        monday = _monday(where, ahead + (where.today.weekday() >= _FRIDAY))
        return _span(monday, 5, "week")._replace(weekdays=tuple(range(_SATURDAY)))
    every = said == "every"
    found = _span(_monday(where, ahead + (0 if every else said)) + timedelta(days=_SATURDAY), 2, "day")
    return found._replace(weekdays=(_SATURDAY, _SATURDAY + 1)) if every and not {"N", "Y"} & set(values) else found


def _month_offset(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    first = _months_on(where.today.replace(day=1), values["G"])
    return Days(first, _months_on(first, 1), "month")


def _month(values: dict[str, Any], parts: Sequence[Lexeme], where: Unknown) -> Days | None:
    if "U" in values and values["U"] != "month":
        return None
    month, year = values["M"], values.get("y")
    if year is None:
        year = (
            where.today.year + (month < where.today.month) - (1 if "L" in values and month >= where.today.month else 0)
        )
        year -= 1 if "L" in values and month < where.today.month else 0
    first = date(year, month, 1)
    return Days(first, _months_on(first, 1), "month")


def _months_on(day: date, months: int) -> date:
    """The same day some months on, or the last one of that month."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    for back in range(4):
        try:
            return date(year, month + 1, day.day - back)
        except ValueError:
            continue
    raise ValueError


_READERS = {
    "unit": _unit, "within": _within, "ago": _ago, "literal": _literal, "month_day": _month_day,
    "month_offset_day": _month_offset_day, "week_day": _week_day, "weekday": _weekday, "days": _days, "week": _week,
    "weekend": _weekend, "month_offset": _month_offset, "month": _month, "day_of_month": _day_of_month,
}  # fmt: skip
