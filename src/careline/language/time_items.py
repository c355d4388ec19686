"""The pieces of a time in a message: days, clock times and parts of the day, those that stand and those denied."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from careline.language import calendar, clock
from careline.language.calendar import Days, Unknown
from careline.language.clock import ClockFound, Span
from careline.language.lexemes import Lexeme

_MOST = 24
_LISTED = frozenset("jrt")
"""What joins two things that are denied together: and, or, to."""
_ITEM = re.compile(
    "|".join(
        [f"(?P<c_{name}>{rule})" for name, rule in clock.RULES[:1]]
        + [f"(?P<d_{name}>{rule})" for name, rule in calendar.RULES[:4]]
        + [f"(?P<c_{name}>{rule})" for name, rule in clock.RULES[1:2]]
        + [f"(?P<d_{name}>{rule})" for name, rule in calendar.RULES[4:12]]
        + [f"(?P<c_{name}>{rule})" for name, rule in clock.RULES[2:]]
        + [f"(?P<d_{name}>{rule})" for name, rule in calendar.RULES[12:]]
        + ["(?P<p_today>S)", "(?P<p_part>P)"]
    )
)


class Item(NamedTuple):
    """One piece at letters [first, last): exactly one of days, clock and part (a part of today has days as well).

    `guard`: "!" a denial, "!A" and "!B" of what is after or before, "A" after, "B" before, "j" joined to the next one.
    """

    first: int
    last: int
    days: Days | None = None
    clock: ClockFound | None = None
    part: Span | None = None
    guard: str = ""

    def kind(self) -> str:
        return "days" if self.days else "clock" if self.clock else "part"


def read_items(
    letters: str, parts: Sequence[Lexeme], where: Unknown, dashes: frozenset[int]
) -> tuple[list[Item], list[list[Item]]]:
    """The pieces that stand, and those that were denied: each group is what holds together ("tuesday morning").

    `dashes` are the letters that are one: of what they join all between is meant too.
    """
    items: list[Item] = []
    for number, match in enumerate(_ITEM.finditer(letters)):
        if number >= _MOST:
            break
        rule, (first, last) = match.lastgroup or "", match.span()
        item = _item(rule, match.group(), parts[first:last], where)
        if item is None:
            continue
        guard = _guard(letters, first, last)
        if guard in ("A", "B"):
            first, last = (first - 1, last) if letters[first - 1 : first] == guard else (first, last + 1)
        items.append(item._replace(first=first, last=last, guard=guard))
    items = _spread(items, letters)
    return [item for item in items if not item.guard.startswith("!")], _groups(items, letters, dashes)


def _item(rule: str, letters: str, parts: Sequence[Lexeme], where: Unknown) -> Item | None:
    kind, name = rule[0], rule[2:]
    if kind == "c":
        found = clock.read_clock(name, letters, parts)
        part = next((p.value for p in parts if p.letter == "P" and name != "exact"), None)
        return Item(0, 0, clock=found, part=part) if found else None
    if kind == "d":
        days = calendar.read_days(name, parts, where)
        return Item(0, 0, days=days) if days else None
    if name == "today":
        today = Days(where.today, where.today + timedelta(days=1), "part")
        return Item(0, 0, days=today, part=parts[0].value)
    return Item(0, 0, part=parts[0].value)


def _guard(letters: str, first: int, last: int) -> str:
    before, after = letters[first - 1 : first], letters[last : last + 1]
    if before == "!" or letters[first - 2 : first] == "!." or after == "¡":
        return "!"
    if before and before in "AB" and letters[first - 2 : first - 1] == "!":
        return "!" + before
    if before == "A" or after == "Z":
        return "A"
    if before == "B" or after == "V":
        return "B"
    return "j" if after and after in "jt" else ""


def _spread(items: list[Item], letters: str) -> list[Item]:
    """A denial before a list is one of all of it, so is one after it: "not tuesday or friday", "salı sabah olmaz"."""
    spread = list(items)
    for at in range(1, len(spread)):
        before, item = spread[at - 1], spread[at]
        if before.guard == "!" and letters[before.last : before.last + 1] != "¡" and _together(before, item, letters):
            spread[at] = item._replace(guard="!")
    for at in range(len(spread) - 2, -1, -1):
        item, after = spread[at], spread[at + 1]
        if after.guard == "!" and letters[after.last : after.last + 1] == "¡" and _together(item, after, letters):
            spread[at] = item._replace(guard="!")
    return spread


def _together(one: Item, other: Item, letters: str) -> bool:
    """Side by side where they narrow each other, or listed."""
    between = letters[one.last : other.first]
    if not between:
        return one.kind() != other.kind()
    return len(between) == 1 and between in _LISTED


def _groups(items: Sequence[Item], letters: str, dashes: frozenset[int]) -> list[list[Item]]:
    groups: list[list[Item]] = []
    for item in (item for item in items if item.guard.startswith("!")):
        last = groups[-1][-1] if groups else None
        between = letters[last.last : item.first] if last else "."
        ranged = last is not None and (between == "t" or (between == "j" and last.last in dashes))
        if last and (not between or (ranged and last.kind() == item.kind() == "days")):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups
