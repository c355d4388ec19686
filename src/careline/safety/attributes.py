"""How bad, how sudden, how long and on which side a finding is, from the words near it."""

from bisect import bisect_left
from collections.abc import Sequence

from careline.safety.findings import Onset, Severity, Side
from careline.safety.match import Match, Reading

_NEAR = 5
_SEVERITIES: tuple[Severity, ...] = ("worst", "severe", "moderate", "mild")
_ONSETS: tuple[Onset, ...] = ("sudden", "gradual")
_SIDES: tuple[tuple[str, Side], ...] = (
    ("both", "both"),
    ("left", "left"),
    ("right_side", "right"),
    ("one_side", "one"),
)


def severity(reading: Reading, match: Match) -> Severity | None:
    first, last = _window(reading, match, _NEAR)
    return next((level for level in _SEVERITIES if _any(reading, f"@{level}", first, last)), None)


def onset(reading: Reading, match: Match) -> Onset | None:
    first, last = _window(reading, match, 2 * _NEAR)
    return next((kind for kind in _ONSETS if _any(reading, f"@{kind}", first, last)), None)


def side(reading: Reading, match: Match) -> Side | None:
    first, last = _window(reading, match, 3)
    return next((value for name, value in _SIDES if _any(reading, f"@{name}", first, last)), None)


def duration_hours(reading: Reading, match: Match) -> float | None:
    """How long it has lasted ("for 3 days", "2 weeks", "since 20 minutes"), read from its sentence."""
    first, last = _window(reading, match, 3 * _NEAR)
    units = [place for unit in _UNITS for place in _places(reading, unit, first + 1, last + 1)]
    return next((hours for place in sorted(units) if (hours := _hours(reading, place - 1)) is not None), None)


_UNITS = {"@minutes": 1 / 60, "@hours": 1.0, "@days": 24.0, "@weeks": 168.0, "@months": 730.0, "@years": 8760.0}


def _hours(reading: Reading, place: int) -> float | None:
    if place + 1 >= len(reading.at):
        return None
    amount = number(reading.words.keys[place], reading)
    unit = next((_UNITS[name] for name in _UNITS if name in reading.at[place + 1]), None)
    if amount is None or unit is None or _is_age(reading, place + 2):
        return None
    return amount * unit


def _is_age(reading: Reading, place: int) -> bool:
    return place < len(reading.at) and "@old_age" in reading.at[place]


def number(key: str, reading: Reading) -> float | None:
    """A number in digits, or one of the language's number words. A word may begin with digits and be none."""
    try:
        return float(key) if key[0].isdecimal() else reading.lexicon.numbers.get(key)
    except ValueError:
        return None


def _window(reading: Reading, match: Match, reach: int) -> tuple[int, int]:
    first, last = reading.words.bounds[reading.words.sentence[match.first]]
    return max(first, match.first - reach), min(last, match.last + reach)


def _any(reading: Reading, name: str, first: int, last: int) -> bool:
    return bool(_places(reading, name, first, last))


def _places(reading: Reading, name: str, first: int, last: int) -> Sequence[int]:
    """Where the context word stands in [first, last)."""
    places = reading.where.get(name)
    return places[bisect_left(places, first) : bisect_left(places, last)] if places else ()
