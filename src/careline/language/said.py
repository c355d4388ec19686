"""What a message says: the result of understanding it, and what has to be known to understand it."""

from datetime import datetime
from typing import Literal

import msgspec

Grain = Literal["minute", "hour", "part", "day", "week", "month", "open"]


class Reference(msgspec.Struct, frozen=True):
    """Where and when a message is said: `now` aware, `time_zone` IANA, `region` ISO 3166 alpha-2 (phone numbers, 12/3).

    A time zone that does not exist raises `zoneinfo.ZoneInfoNotFoundError` when a time is understood.
    """

    now: datetime
    time_zone: str = "UTC"
    region: str | None = None


class TimeMention(msgspec.Struct, frozen=True):
    """A time somebody named: [start, end) in UTC, never before the reference unless `past`.

    `grain` says how exactly: "minute" is one start time (the end is a minute later), "hour" a window of the clock on
    one day, "part" a part of a day, "day", "week" and "month" whole days, "open" any day from now on. `daily` narrows
    every local day of the window to these minutes. `time_zone` is the zone it was read in. `day_named` is False when
    only a time of day was said, and the next one was taken. `text` is as written.
    """

    start: datetime
    end: datetime
    grain: Grain
    daily: tuple[int, int] | None = None
    text: str = ""
    past: bool = False
    time_zone: str = "UTC"
    day_named: bool = True


class Excluded(msgspec.Struct, frozen=True):
    """Times said not to suit: whatever all of these hold for, those that are None aside.

    [`start`, `end`) in UTC, None where it is open; `weekdays` of the local day, Monday 0; `daily` minutes of it, past
    1440 into the next morning.
    """

    start: datetime | None = None
    end: datetime | None = None
    weekdays: tuple[int, ...] | None = None
    daily: tuple[int, int] | None = None


class Shift(msgspec.Struct, frozen=True):
    """ "An hour later", "two days earlier": how far from a time that is talked of. Negative is earlier."""

    minutes: int = 0
    days: int = 0


class Said(msgspec.Struct, frozen=True):
    """What one message says. Absent things are None; `text` is the message, NFC.

    `languages` are those the message may be in, the likeliest first; `language` is one of the loaded ones, and
    `language_sure` says that the message alone shows it (a short answer keeps the expected one).
    `foreign` is the language of a message that is in none of the loaded ones, where it can be told.
    `intents_only` says that the message is nothing but its intents and courtesies ("thank you very much").
    `name_explicit` says that the person introduced themselves, rather than the words merely looking like a name.
    `excluded` are the times said not to suit ("any day but Monday", "not in the morning").
    `birth_told`: a date of birth is in the message; it is no time, and no number of it an ordinal.
    `country_only` says that the message tells where the person lives and nothing else ("I live in Spain").
    `city_zone` is the time zone of the city in `country` that is named beside it or instead of it.
    `phone` is E.164, `country` ISO 3166 alpha-2, `language_request` a language code (loaded or not), `time_zone` IANA.
    `ordinal` counts from 1; -1 is the last. `negated` names what was said not to be so, among the fields and "yes".
    """

    text: str
    language: str
    language_sure: bool = False
    languages: tuple[str, ...] = ()
    intents: frozenset[str] = frozenset()
    intents_only: bool = False
    name: str | None = None
    name_explicit: bool = False
    phone: str | None = None
    email: str | None = None
    country: str | None = None
    country_only: bool = False
    city_zone: str | None = None
    foreign: str | None = None
    language_request: str | None = None
    time_zone: str | None = None
    time: TimeMention | None = None
    excluded: tuple[Excluded, ...] = ()
    birth_told: bool = False
    shift: Shift | None = None
    ordinal: int | None = None
    negated: frozenset[str] = frozenset()
