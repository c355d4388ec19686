"""The time zone of a country that has only one, from the zone table of the time zone database."""

from collections import defaultdict
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def _by_country() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found[country].append(zone)
    return found


# Countries whose other zones are far islands or small exceptions nearly nobody lives in.
_MAINLAND = {
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PS": "Asia/Gaza",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}


def zone_of(country: str | None) -> str | None:
    """The IANA zone of a country (ISO 3166 alpha-2), None when it has several or is unknown."""
    if country is None:
        return None
    zones = _by_country().get(country.upper(), [])
    return zones[0] if len(zones) == 1 else _MAINLAND.get(country.upper())
