"""Countries, languages and time zones that a message names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import msgspec
import yaml

from careline.language.lexicon import Languages, listed
from careline.language.phrases import Found, Phrases
from careline.language.text import Token, fold

_OFFSET = re.compile(r"\b(?:gmt|utc)\s{0,2}([+\-−–])\s{0,2}(\d{1,2})(?::?([0-5]\d))?(?!\d)", re.IGNORECASE)
_ZONE_ID = re.compile(
    r"\b(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z_]{2,20}(?:/[A-Za-z_]{2,20})?"
)
_GAP = 3
_PERSON = ("i", "we", "the", "now", "currently", "ben", "biz", "şimdi", "şu", "an", "şimdilik")


class Place(msgspec.Struct, frozen=True):
    """A country or a city. `zone` is None where one country has several."""

    country: str | None
    zone: str | None
    city: bool = False


class PlacesFound(NamedTuple):
    """What was named. `words` are the keys of all place names in the text (none of them is the person's name)."""

    country: str | None = None
    country_negated: bool = False
    language_request: str | None = None
    time_zone: str | None = None
    words: frozenset[str] = frozenset()
    only: bool = False
    """A country is named, and besides it only what introduces one: "I live in Spain"."""
    city_zone: str | None = None


class _Cues(NamedTuple):
    before: Phrases[str]
    after: frozenset[str]
    endings: frozenset[str]
    time_before: Phrases[str]
    time_after: Phrases[str]
    languages: frozenset[str]
    language_beginnings: tuple[str, ...]
    capital_only: frozenset[str]


class Places:
    """The compiled place and language names of all installed languages."""

    def __init__(self, languages: Languages) -> None:
        shared = _shared()
        self.offsets: Mapping[str, str] = shared["offsets"]
        self.zone_ids = frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())
        zones = shared["country_zones"]
        self.introducing: set[str] = set()
        self.places: list[Phrases[Place]] = []
        self.languages: list[Phrases[str]] = []
        self.cues: list[_Cues] = []
        self.zone_names: Phrases[str] = Phrases(
            (name, zone) for zone, names in shared["zone_names"].items() for name in listed(names)
        )
        cities = [
            (name, Place(line[:2], zone, city=True))
            for zone, line in shared["cities"].items()
            for name in listed(line[3:])
        ]
        for one in languages.all():
            named = [
                (name, Place(code, zones.get(code)))
                for code, names in one.data["countries"].items()
                for name in listed(names)
            ]
            self.places.append(Phrases([*named, *cities], one.endings))
            self.languages.append(
                Phrases(
                    ((n, code) for code, names in one.data["languages"].items() for n in listed(names)), one.endings
                )
            )
            cues = _cues(one.data)
            self.cues.append(cues)
            self.introducing |= {*cues.before.words(), *cues.after, *(fold(word) for word in _PERSON)}

    def find(self, text: str, tokens: Sequence[Token], *, expecting: str | None) -> PlacesFound:
        """Countries are taken when introduced ("from", "live in"), asked for, or all there is in the message."""
        hits = [hit for phrases in self.places for hit in phrases.find(tokens)]
        hits = list({(hit.first, hit.last): hit for hit in reversed(hits) if self._is_place(hit, tokens)}.values())
        hits.sort(key=lambda hit: (hit.first, -hit.last))
        spoken = [hit for phrases in self.languages for hit in phrases.find(tokens)]
        words = frozenset(t.key for hit in hits for t in tokens[hit.first : hit.last])
        words |= {t.stem for hit in hits for t in tokens[hit.first : hit.last]}
        words |= {t.key for hit in spoken for t in tokens[hit.first : hit.last]}
        request = self._requested(spoken, tokens, expecting)
        zone = self._zone(text, tokens, hits, expecting)
        country, negated = self._country(hits, spoken, tokens, expecting, request)
        spoken_words = {t.key for t in tokens if t.kind == "word"}
        only = country is not None and spoken_words - words <= self.introducing and "?" not in text
        city_zone = next((h.value.zone for h in hits if h.value.city and h.value.country == country and country), None)
        return PlacesFound(country, negated, request, zone, words, only, city_zone)

    def _is_place(self, hit: Found[Place], tokens: Sequence[Token]) -> bool:
        first = tokens[hit.first]
        if hit.last - hit.first == 1 and any(first.key in cues.capital_only for cues in self.cues):
            return first.text.isupper()
        return len(first.key) > 1 or hit.last - hit.first > 1

    def _country(
        self,
        hits: Sequence[Found[Place]],
        spoken: Sequence[Found[str]],
        tokens: Sequence[Token],
        expecting: str | None,
        request: str | None,
    ) -> tuple[str | None, bool]:
        languages_at = {hit.first for hit in spoken} if request else set()
        wanted = expecting in ("country", "residence")
        negated = False
        best: str | None = None
        alone = len({hit.value.country for hit in hits}) == 1 and _words(tokens) == sum(h.last - h.first for h in hits)
        for hit in hits:
            if hit.value.country is None or hit.first in languages_at:
                continue
            cue = self._cue(hit, tokens)
            if cue == "not":
                negated = True
            elif cue == "yes":
                return hit.value.country, False
            elif best is None and (wanted or alone):
                best = hit.value.country
        return best, negated and best is None

    def _cue(self, hit: Found[Place], tokens: Sequence[Token]) -> str | None:
        for cues in self.cues:
            if hit.ending in cues.endings:
                return "yes"
            if hit.last < len(tokens) and tokens[hit.last].key in cues.after | cues.endings:
                return "yes"
            if hit.last + 1 < len(tokens) and tokens[hit.last + 1].key in cues.after:
                return "yes"
            led = self._led(hit, tokens, cues)
            if led:
                return "not" if "not" in led else "yes"
        return None

    def _led(self, hit: Found[Place], tokens: Sequence[Token], cues: _Cues) -> set[str]:
        """The cues right before the place, at most one word between."""
        led: set[str] = set()
        for at in range(max(0, hit.first - 6), hit.first):
            found = cues.before.longest(tokens, at)
            if found and 0 <= hit.first - found.last <= 1:
                led.add(found.value)
        return led

    def _requested(self, spoken: Sequence[Found[str]], tokens: Sequence[Token], expecting: str | None) -> str | None:
        length = _words(tokens) if spoken else 0
        for hit in spoken:
            if length == hit.last - hit.first and expecting not in ("country", "residence"):
                return hit.value
            around = [*tokens[max(0, hit.first - _GAP) : hit.first], *tokens[hit.last : hit.last + _GAP]]
            for cues in self.cues:
                if any(t.key in cues.languages or t.key.startswith(cues.language_beginnings) for t in around):
                    return hit.value
        return None

    def _zone(
        self, text: str, tokens: Sequence[Token], hits: Sequence[Found[Place]], expecting: str | None
    ) -> str | None:
        if "/" in text and (named := _ZONE_ID.search(text)) and named.group() in self.zone_ids:
            return named.group()
        offset = _OFFSET.search(text) if "+" in text or "-" in text or "−" in text or "–" in text else None
        if offset:
            return self._fixed(offset)
        for hit in hits:
            if hit.value.zone and (expecting == "time_zone" or self._of_time(hit.first, hit.last, tokens)):
                return hit.value.zone
        for name in self.zone_names.find(tokens):
            bare = tokens[name.first].text.isupper() or expecting == "time_zone"
            if bare or self._of_time(name.first, name.last, tokens):
                return name.value
        return None

    def _of_time(self, first: int, last: int, tokens: Sequence[Token]) -> bool:
        for cues in self.cues:
            if cues.time_after.longest(tokens, last):
                return True
            for back in range(1, 5):
                found = cues.time_before.longest(tokens, first - back) if first >= back else None
                if found and found.last == first:
                    return True
        return False

    def _fixed(self, offset: re.Match[str]) -> str | None:
        sign, hours, minutes = "+" if offset[1] == "+" else "-", int(offset[2]), int(offset[3] or 0)
        if minutes:
            return self.offsets.get(f"{sign}{hours:02}:{minutes:02}")
        if hours == 0:
            return "UTC"
        # IANA's Etc zones count west of Greenwich as positive.
        return f"Etc/GMT{'-' if sign == '+' else '+'}{hours}" if hours <= (14 if sign == "+" else 12) else None


@cache
def _shared() -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    file = resources.files("careline.language").joinpath("places.yaml")
    data: Mapping[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    return data


@cache
def month_first() -> frozenset[str]:
    """The regions where 12/3 is the third of December."""
    return frozenset(_shared()["month_first"].split())


def _cues(data: Mapping[str, Mapping[str, str]]) -> _Cues:
    words = data["places"]
    cues = [fold(cue) for cue in listed(str(data["language_cues"]))]
    before = [(entry, "not") for entry in listed(words["not_from"])] + [(e, "yes") for e in listed(words["from"])]
    return _Cues(
        before=Phrases(before),
        after=_folded(listed(words["after"])),
        endings=_folded(listed(words.get("endings"))),
        time_before=Phrases((entry, "") for entry in listed(words["time_before"])),
        time_after=Phrases((entry, "") for entry in listed(words["time_after"])),
        languages=frozenset(cue for cue in cues if not cue.endswith("*")),
        language_beginnings=tuple(cue[:-1] for cue in cues if cue.endswith("*")) or ("\0",),
        capital_only=_folded(listed(words["capital_only"])),
    )


def _folded(entries: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(entry) for entry in entries)


def _words(tokens: Sequence[Token]) -> int:
    return sum(token.kind != "sign" for token in tokens)
