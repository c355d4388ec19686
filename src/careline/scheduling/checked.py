"""Reading parsed YAML with errors that name the path of what is wrong, such as `services[0].minutes`."""

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from careline.domain.errors import PackInvalid

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-\u2013]\s*(\d{1,2}):(\d{2})")


class Entry:
    """A mapping at a path. Every method raises PackInvalid, whose message begins with the path."""

    def __init__(self, path: str, data: Any, keys: Collection[str] = ()) -> None:
        self.path = path
        self.data = data
        if not isinstance(data, dict):
            raise self.wrong("", "must be a mapping")
        if keys:
            self.only(*keys)

    def wrong(self, key: str, problem: str) -> PackInvalid:
        """The error for something below this entry."""
        path = ".".join(part for part in (self.path, key) if part)
        return PackInvalid(f"{path or 'calendar'}: {problem}")

    def only(self, *keys: str) -> None:
        for key in self.data:
            if key not in keys:
                raise self.wrong(str(key), f"is not known here; known are {', '.join(keys)}")

    def _get(self, key: str) -> Any:
        if self.data.get(key) is None:
            raise self.wrong(key, "is missing")
        return self.data[key]

    def text(self, key: str) -> str:
        value = self._get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "must be a text")
        return value.strip()

    def texts(self, key: str) -> dict[str, str]:
        """A text per language."""
        inner = self.mapping(key)
        if not inner.data:
            raise self.wrong(key, "must have a text for at least one language")
        return {str(language): inner.text(language) for language in inner.data}

    def number(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number; without a default it has to be there."""
        if default is not None and self.data.get(key) is None:
            return default
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(key, f"must be a whole number from {low} to {high}")
        return value

    def mapping(self, key: str) -> "Entry":
        return Entry(f"{self.path}.{key}" if self.path else key, self._get(key))

    def list(self, key: str) -> list[Any]:
        value = self._get(key)
        if not isinstance(value, list):
            raise self.wrong(key, "must be a list")
        return value

    def zone(self, key: str) -> str:
        name = self.text(key)
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise self.wrong(key, f"{name!r} is not an IANA time zone such as Europe/Istanbul") from error
        return name

    def date(self, key: str) -> date:
        """A date, which YAML may have read already."""
        value = self._get(key)
        try:
            if isinstance(value, date) and not isinstance(value, datetime):
                return value
            return date.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise self.wrong(key, "must be a date such as 2026-12-31") from error

    def span(self, key: str, value: Any) -> tuple[int, int]:
        """Hours such as `09:00-12:30` as minutes of the day."""
        match = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            raise self.wrong(key, 'must be hours such as "09:00-12:30"')
        hours = [int(part) for part in match.groups()]
        opens, closes = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        if hours[1] > 59 or hours[3] > 59 or closes > 24 * 60:
            raise self.wrong(key, "is not a time of day")
        if opens >= closes:
            raise self.wrong(
                key, "must end after it begins; write hours past midnight as two days, until 24:00 and from 00:00"
            )
        return opens, closes


def entries(parent: Entry, key: str, *, optional: bool = False) -> Iterator[Entry]:
    """The mappings of the list at `key`, each with its own path."""
    if optional and parent.data.get(key) is None:
        return
    for index, data in enumerate(parent.list(key)):
        yield Entry(f"{parent.path}.{key}[{index}]" if parent.path else f"{key}[{index}]", data)
