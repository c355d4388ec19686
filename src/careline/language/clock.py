"""Clock times: "half past three", "üç buçukta", "between 2 and 4", as minutes of the local day.

An hour from 1 to 6 without am, pm or a part of the day is one of the afternoon: people book in office hours.
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from careline.language.lexemes import Clock, Lexeme

Span = tuple[int, int]
Kind = Literal["exact", "range", "after", "before"]

_NUMBER = "[Dn]"
_CLOCK = (
    rf"(?:@*(?:h{_NUMBER}m?k*|[Dnq]p{_NUMBER}k*m?|[qn]t{_NUMBER}k*m?|{_NUMBER}k?b[km]*|{_NUMBER}k?[Dnq][gu]|{_NUMBER}k?[Dnq]P"
    rf"|H[mk]*|T|{_NUMBER}[mk]+)|@+{_NUMBER}n?[mk]*)"
)
_ANY = rf"(?:{_CLOCK}|@*{_NUMBER}k*)"
_JOIN = "[jtB]"
RULES = (
    (
        "range",
        rf"(?:[wf@]{_ANY}{_JOIN}{_ANY}v?|{_CLOCK}{_JOIN}{_ANY}v?|{_NUMBER}{_JOIN}{_CLOCK}v?|{_ANY}{_JOIN}?{_ANY}v)",
    ),
    ("near_range", rf"(?<=[WRCPSQ]){_NUMBER}[jt]{_NUMBER}|{_NUMBER}[jt]{_NUMBER}(?=P)"),
    ("after", rf"(?:!B|A|f){_ANY}|{_ANY}Z"),
    ("before", rf"(?:!A|B){_ANY}|{_ANY}V"),
    ("exact", _CLOCK),
    ("near_exact", rf"(?<=[WRCPSQEOM]){_NUMBER}k*(?![DnMOxU])|{_NUMBER}(?=[PSRW])"),
)
_ONE = re.compile(_ANY)


class ClockFound(NamedTuple):
    """Hours and minutes still as said: `first`, and for a range `second`; meridiem "a", "p" or ""."""

    kind: Kind
    first: Clock
    first_half: str
    second: Clock | None = None
    second_half: str = ""


def read_clock(rule: str, letters: str, parts: Sequence[Lexeme]) -> ClockFound | None:
    """What the lexemes say that matched one of RULES. None for an impossible time (25:00, 10:75)."""
    kind = rule.removeprefix("near_")
    clocks: list[tuple[Clock, str]] = []
    at = 0
    while at < len(letters):
        match = _ONE.match(letters, at)
        if match is None or match.end() == at:
            at += 1
            continue
        one = _read_one(match.group(), parts[at : match.end()])
        if one is None:
            return None
        clocks.append(one)
        at = match.end()
    if not clocks or (kind == "range" and len(clocks) != 2):
        return None
    first, half = clocks[0]
    if kind == "range":
        return ClockFound("range", first, half, *clocks[1])
    if kind in ("after", "before"):
        return ClockFound("after" if kind == "after" else "before", first, half)
    return ClockFound("exact", first, half)


def _read_one(letters: str, parts: Sequence[Lexeme]) -> tuple[Clock, str] | None:
    half = "".join(p.value[0] for p in parts if p.letter == "m")[:1]
    values = [p.value for p in parts if p.letter in "DnHTq"]
    core = letters.strip("@mk")
    clock: Clock | None
    if isinstance(values[0], Clock):
        clock = values[0]
    elif "p" in core or "t" in core:
        minutes = 15 if core[0] == "q" else values[0]
        clock = _moved(values[1], minutes if "p" in core else -minutes)
    elif core[-1] in "gu" or core[-1] == "P":
        minutes = 15 if "q" in core else values[1]
        clock = _moved(values[0], -minutes if core[-1] == "u" else minutes)
    elif "h" in core or "b" in core:
        clock = _moved(values[0], 30)
    else:
        clock = Clock(values[0], values[1] if len(values) > 1 else 0, values[0] > 12)
    if clock is None or clock.hour > 23 or clock.minute > 59 or (half and clock.hour > 12 and half == "a"):
        return None
    return clock, half


def _moved(hour: int, minutes: int) -> Clock | None:
    if not 0 <= hour < 24 or not -60 < minutes < 60:
        return None
    total = (hour * 60 + minutes) % (24 * 60)
    if hour in range(1, 13) and total // 60 == 0:
        total = 12 * 60 + total % 60
    return Clock(total // 60, total % 60, hour > 12)


def minute_of_day(clock: Clock, half: str, part: Span | None) -> int:
    """The minute of the local day, settled by am or pm, the part of the day, or office hours. May pass 24:00."""
    minute = clock.hour % 12 * 60 + clock.minute
    if half:
        return minute + (720 if half == "p" else 0) if clock.hour <= 12 else clock.hour * 60 + clock.minute
    if clock.exact:
        return clock.hour * 60 + clock.minute
    if part:
        for candidate in (minute, minute + 720, minute + 1440):
            if part[0] <= candidate < part[1]:
                return candidate % 1440
        near = (minute, minute + 720)
        return min(near, key=lambda m: min(abs(m - part[0]), abs(m - part[1])))
    return minute + (720 if clock.hour <= 6 or clock.hour == 12 else 0)


def daily_span(found: ClockFound, part: Span | None) -> Span | None:
    """The minutes of the day a range, an "after" or a "before" leaves. None when nothing is left."""
    first = minute_of_day(found.first, found.first_half, part)
    if found.kind == "after":
        span = (first, min(part[1], 1440) if part else 1440)
    elif found.kind == "before":
        span = (part[0] if part and part[0] < first else 0, first)
    else:
        span = _range(found, part)
    return span if 0 <= span[0] < span[1] <= 1440 else None


def _range(found: ClockFound, part: Span | None) -> Span:
    second = found.second or found.first
    end = minute_of_day(second, found.second_half, part)
    half = found.first_half
    if not half and found.second_half:
        start = minute_of_day(found.first, found.second_half, None)
        if start >= end:
            start = minute_of_day(found.first, "a", None)
    else:
        start = minute_of_day(found.first, half, part)
    if end <= start and not second.exact and not found.second_half and end + 720 <= 1440:
        end += 720
    return start, end
