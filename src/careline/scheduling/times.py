"""A time as a person reads it: in a zone, in a language, always with the zone.

`data/<language>.json` has the words and the order of a language; adding a language is adding a file.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import msgspec

from careline.domain.errors import Invalid

FALLBACK = "en"
_NO_PLACE = ("UTC", "Etc", "GMT", "Universal", "Zulu", "UCT", "Greenwich")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a language writes times: names from Monday and January on, and templates."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    date: str
    date_with_year: str
    moment: str
    moment_without_place: str
    places: dict[str, str] = {}


def show_time(moment: datetime, time_zone: str, language: str, now: datetime | None = None) -> str:
    """Such as `Tuesday 24 November, 10:00 (Istanbul time, GMT+3)`; with the year when it is not that of `now`.

    `moment` is aware, `time_zone` IANA, `language` BCP 47; a language without data is shown in English.
    Raises Invalid when there is no such zone.
    """
    words, zone = words_of(language), _zone(time_zone)
    local = moment.astimezone(zone)
    place = place_name(time_zone, language)
    template = words.moment if place else words.moment_without_place
    return template.format(
        date=show_date(moment, time_zone, language, now),
        time=f"{local:%H:%M}",
        place=place,
        offset=offset_name(local),
    )


def show_date(moment: datetime, time_zone: str, language: str, now: datetime | None = None) -> str:
    """The day alone, such as `Tuesday 24 November`, as `show_time` writes it."""
    words, zone = words_of(language), _zone(time_zone)
    local = moment.astimezone(zone)
    same_year = now is None or now.astimezone(zone).year == local.year
    return (words.date if same_year else words.date_with_year).format(
        weekday=words.weekdays[local.weekday()],
        day=local.day,
        month=words.months[local.month - 1],
        year=local.year,
    )


def show_clock(moment: datetime, time_zone: str) -> str:
    """The time of day alone, such as `10:00`; for lists whose heading names the zone."""
    return f"{moment.astimezone(_zone(time_zone)):%H:%M}"


def place_name(time_zone: str, language: str) -> str:
    """What people call the zone: its city. Empty for zones without one, such as UTC."""
    if time_zone.split("/")[0] in _NO_PLACE:
        return ""
    return words_of(language).places.get(time_zone) or time_zone.rsplit("/", 1)[-1].replace("_", " ")


def offset_name(local: datetime) -> str:
    """The offset of an aware local time: `GMT`, `GMT+3`, `GMT+5:45`, `GMT-3:30`."""
    seconds = round((local.utcoffset() or timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    if not hours and not minutes:
        return "GMT"
    return f"GMT{'-' if seconds < 0 else '+'}{hours}" + (f":{minutes:02d}" if minutes else "")


def words_of(language: str) -> Words:
    """The words of a language (`tr-TR` finds `tr`), or the English ones."""
    return _load(language.partition("-")[0].lower()) or _load(FALLBACK) or _missing()


@lru_cache(maxsize=64)
def _load(language: str) -> Words | None:
    if not language.isalpha() or not language.isascii():
        return None
    file = files("careline.scheduling").joinpath("data", f"{language}.json")
    return msgspec.json.decode(file.read_bytes(), type=Words) if file.is_file() else None


def _missing() -> Words:
    raise FileNotFoundError("The package has lost its own data file for English times.")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Invalid("There is no such time zone.") from None
