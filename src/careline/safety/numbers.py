"""Emergency numbers and crisis lines as data, and which country's they should be."""

from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Self

import msgspec
import yaml

from careline.domain.conversation import Conversation, Hints


class Whereabouts(msgspec.Struct, frozen=True):
    """What is known of where a person is: ISO 3166 country, IANA time zone, BCP 47 locale, language of the talk."""

    country: str | None = None
    time_zone: str | None = None
    language: str | None = None
    locale: str | None = None

    @classmethod
    def of(cls, conversation: Conversation, hints: Hints, language: str | None) -> Self:
        """What was said in the conversation goes before what the client hints. `language` is that of the talk."""
        return cls(
            country=conversation.country or hints.country,
            time_zone=conversation.time_zone or hints.time_zone,
            language=language,
            locale=hints.locale,
        )


class NumberGroup(msgspec.Struct, frozen=True):
    source: str
    number: str
    countries: list[str]


class CrisisLine(msgspec.Struct, frozen=True):
    country: str
    number: str
    source: str


class Numbers(msgspec.Struct, frozen=True):
    """`unknown` is dialled where no country is known: 112 reaches help from mobile phones in most of the world."""

    verified_on: date
    unknown: str
    groups: list[NumberGroup]
    crisis_lines: list[CrisisLine]

    def country(self, where: Whereabouts) -> str | None:
        """The country if its number is known: said, then by time zone, then by locale."""
        region = (where.locale or "").replace("_", "-").split("-")[-1].upper()
        for candidate in (where.country, _zone_country(where.time_zone), region):
            if candidate and self._number(candidate):
                return candidate
        return None

    def emergency(self, country: str | None) -> str:
        return (self._number(country) if country else None) or self.unknown

    def crisis_line(self, country: str | None) -> str | None:
        return next((line.number for line in self.crisis_lines if line.country == country), None)

    def _number(self, country: str) -> str | None:
        return next((group.number for group in self.groups if country in group.countries), None)


NUMBERS = Path(__file__).parent / "data" / "numbers.yaml"


def load_numbers(path: Path = NUMBERS) -> Numbers:
    return msgspec.convert(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader), Numbers)


def _zone_country(time_zone: str | None) -> str | None:
    """The country of an IANA zone, by the zone database's own table."""
    return _zone_table().get(time_zone) if time_zone else None


@cache
def _zone_table() -> dict[str, str]:
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}
