"""Dates and times in a message, put together to one mention in UTC.

Local times that a change of clocks skips are read as if it had not happened yet (02:30 is then 03:30 summer time), of
those that come twice the first is meant.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from careline.language import clock
from careline.language.calendar import Days, Unknown
from careline.language.clock import ClockFound, Span
from careline.language.exclusions import exclusions
from careline.language.lexemes import TIMELY, Lexeme, TimeWords, lexemes, time_words
from careline.language.lexicon import Language
from careline.language.said import Excluded, Grain, Reference, TimeMention
from careline.language.text import Token
from careline.language.time_items import Item, read_items

_OPEN_DAYS = 60
_ASKED = re.compile(r"[.;]?(?:XDM|DM;*X)[;]*")
"""Which day a day with a name is is a question about the calendar, not a wish: "when is Christmas?"."""
_LONE = re.compile(r"[.;]*[Dn](?:[jt][Dn])?[.;]*")


class TimeFound(NamedTuple):
    """The mention, if any. `tokens` are the numbers of the tokens it was read from, `words` their keys.

    `negated`: something was denied; `excluded` is what.
    """

    mention: TimeMention | None = None
    negated: bool = False
    tokens: frozenset[int] = frozenset()
    words: frozenset[str] = frozenset()
    excluded: tuple[Excluded, ...] = ()


def find_time(
    text: str, tokens: Sequence[Token], language: Language, reference: Reference, zone: str | None, *, bare: bool
) -> TimeFound:
    """The time the message names: the first day and the first clock time in it that are not negated.

    `zone` is read instead of the reference's. With `bare` a lone number is an hour.
    """
    words = time_words(language)
    parts = lexemes(tokens, words)
    letters = "".join(part.letter for part in parts)
    if TIMELY.isdisjoint(letters) or _ASKED.fullmatch(letters):
        return TimeFound()
    if bare and _LONE.fullmatch(letters):
        letters, parts = _announced(letters, parts)
    local = _Local(reference, zone)
    dashes = frozenset(at for at, p in enumerate(parts) if p.letter == "j" and tokens[p.first].kind == "sign")
    items, refused = read_items(letters, parts, local.where, dashes)
    negated = bool(refused)
    denied = exclusions(refused, local.utc)
    if _moves(tokens, words):
        items = _last_days(items)
    chosen = _chosen(items)
    mention = local.mention(*chosen) if chosen else None
    if mention is None:
        return TimeFound(None, negated, excluded=denied)
    used = [item for item in items if chosen and _serves(item, *chosen)]
    covered = [parts[at] for item in used for at in range(item.first, item.last)]
    spoken = [p for p in covered if p.letter not in "@AB"] or covered
    start, end = tokens[min(p.first for p in spoken)].start, tokens[max(p.last for p in spoken) - 1].end
    numbers = frozenset(at for p in covered for at in range(p.first, p.last))
    keys = frozenset(tokens[at].key for at in numbers)
    named = text[start:end][:200]
    return TimeFound(
        TimeMention(
            mention.start, mention.end, mention.grain, mention.daily, named, mention.past, mention.time_zone,
            mention.day_named,
        ),
        negated,
        numbers,
        keys,
        denied,
    )  # fmt: skip


def _serves(item: Item, days: Days | None, found: ClockFound | None, part: Span | None, guard: str) -> bool:
    """Whether the mention was made of this item."""
    of_days = item.days is not None and days is not None and item.days.last in (days.first, days.last)
    return (
        of_days
        or (item.days is not None and item.days == days)
        or (item.clock is not None and item.clock == found)
        or (item.part is not None and item.part == part)
    )


def _announced(letters: str, parts: list[Lexeme]) -> tuple[str, list[Lexeme]]:
    at = next(i for i, letter in enumerate(letters) if letter in "Dn")
    return letters[:at] + "@" + letters[at:], [
        *parts[:at],
        Lexeme("@", "at", parts[at].first, parts[at].first),
        *parts[at:],
    ]


def _moves(tokens: Sequence[Token], words: TimeWords) -> bool:
    return any(t.key in words.move or t.key.startswith(words.move_beginnings) for t in tokens[:100])


def _last_days(items: list[Item]) -> list[Item]:
    """ "Move it from tuesday to friday": where it moves to."""
    whole = [item for item in items if item.days and not item.part]
    return [item for item in items if item is whole[-1] or item not in whole] if len(whole) > 1 else items


def _chosen(items: Sequence[Item]) -> tuple[Days | None, ClockFound | None, Span | None, str] | None:
    days = next((item for item in items if item.days), None)
    found = next((item.clock for item in items if item.clock), None)
    part = next((item.part for item in items if item.part), None)
    if days is None and found is None and part is None:
        return None
    whole, guard = (days.days, days.guard) if days else (None, "")
    if days and whole and guard == "j" and whole.minutes is None:
        until = [i for i in items if i.days and i.first == days.last + 1 and i.days.last > whole.first]
        if until and until[0].days:
            whole = Days(whole.first, until[0].days.last, "week")
    return whole, found, part, guard if guard in ("A", "B") else ""


class _Local:
    """The reference in the zone that a mention is read in."""

    def __init__(self, reference: Reference, zone: str | None) -> None:
        from careline.language.places import month_first

        self.name = zone or reference.time_zone
        self.zone = ZoneInfo(self.name)
        self.now = reference.now.astimezone(UTC)
        self.wall = reference.now.astimezone(self.zone)
        self.where = Unknown(self.wall.date(), reference.region in month_first())

    def mention(self, days: Days | None, found: ClockFound | None, part: Span | None, guard: str) -> TimeMention | None:
        try:
            if days is None:
                return self._any_day(found, part)
            if days.minutes is not None:
                return self._offset(days, days.minutes)
            if guard:
                return self._open_days(days, found, part, guard)
            return self._on(days, found, part)
        except (OverflowError, ValueError):
            return None

    def utc(self, day: date, minute: int) -> datetime:
        wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - a wall clock
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def _made(
        self, start: datetime, end: datetime, grain: Grain, daily: Span | None = None, *, day_named: bool = True
    ) -> TimeMention | None:
        past = end <= self.now or (grain == "minute" and start < self.now)
        if not past:
            start = max(start, self.now)
        if end <= start:
            return None
        return TimeMention(start, end, grain, daily, "", past, self.name, day_named)

    def _offset(self, days: Days, minutes: int) -> TimeMention | None:
        start = self.now + timedelta(minutes=minutes)
        return self._made(start, start + timedelta(minutes=60 if days.grain == "hour" else 1), days.grain)

    def _any_day(self, found: ClockFound | None, part: Span | None) -> TimeMention | None:
        if found and found.kind == "exact":
            minute = clock.minute_of_day(found.first, found.first_half, part)
            start = self.utc(self.where.today, minute)
            if start <= self.now:
                start = self.utc(self.where.today + timedelta(days=1), minute)
            return self._made(start, start + timedelta(minutes=1), "minute", day_named=False)
        daily = clock.daily_span(found, part) if found else _within_day(part)
        if daily is None:
            return None
        return self._made(self.now, self.now + timedelta(days=_OPEN_DAYS), "open", daily, day_named=False)

    def _open_days(self, days: Days, found: ClockFound | None, part: Span | None, guard: str) -> TimeMention | None:
        """ "After tuesday" begins the day after, "before friday" ends with the day before."""
        if found and found.kind == "exact" and days.grain in ("day", "part"):
            return self._on(days, found._replace(kind="after" if guard == "A" else "before"), part)
        daily = clock.daily_span(found, part) if found and found.kind != "exact" else _within_day(part)
        if guard == "A":
            start = self.utc(days.last, 0)
            return self._made(start, start + timedelta(days=_OPEN_DAYS), "open", daily)
        end = self.utc(days.first, 0)
        return self._made(self.now, end, "open", daily) if end > self.now else self._on(days, found, part)

    def _on(self, days: Days, found: ClockFound | None, part: Span | None) -> TimeMention | None:
        if days.weekday_is_today and self._gone(days, found, part):
            week = timedelta(days=7)
            days = days._replace(first=days.first + week, last=days.last + week, weekday_is_today=False)
        several = days.last - days.first > timedelta(days=1)
        if found and found.kind == "exact":
            minute = clock.minute_of_day(found.first, found.first_half, part)
            if several:
                return self._made(self.utc(days.first, 0), self.utc(days.last, 0), days.grain, (minute, minute + 1))
            start = self.utc(days.first, minute)
            return self._made(start, start + timedelta(minutes=1), "minute")
        if found is None and part is None:
            return self._made(self.utc(days.first, 0), self.utc(days.last, 0), days.grain)
        daily = clock.daily_span(found, part) if found else part
        if daily is None:
            return None
        if several:
            return self._made(self.utc(days.first, 0), self.utc(days.last, 0), days.grain, _within_day(daily))
        return self._made(self.utc(days.first, daily[0]), self.utc(days.first, daily[1]), "hour" if found else "part")

    def _gone(self, days: Days, found: ClockFound | None, part: Span | None) -> bool:
        """Whether a weekday that is today must mean the next one: nothing else was said, or that hour has passed."""
        if found and found.kind == "exact":
            return self.utc(days.first, clock.minute_of_day(found.first, found.first_half, part)) <= self.now
        daily = clock.daily_span(found, part) if found else part
        return daily is None or self.utc(days.first, daily[1]) <= self.now


def _within_day(part: Span | None) -> Span | None:
    return (part[0], min(part[1], 1440)) if part else None
