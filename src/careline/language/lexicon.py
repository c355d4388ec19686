"""The languages, loaded from their data files and compiled for one walk over a message."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

import msgspec
import yaml

from careline.language.phrases import Endings, Phrases
from careline.language.text import fold, keys, undrawn

Mode = str  # "opening" of a clause, "anywhere", or "alone" (with nothing else but fillers)
_MODES = ("opening", "anywhere", "alone")
_SHORTEST_STEM = 4
_LONGEST_WORD = 32
_COMMA = re.compile(r"\s*,\s*")


class LanguageDataError(Exception):
    """A data file of a language cannot be read: the message names file and entry."""


class NearRule(msgspec.Struct, frozen=True):
    """An intent whose word groups all occur within a few words. Each group is (whole words, beginnings)."""

    intent: str
    groups: tuple[tuple[frozenset[str], tuple[str, ...]], ...]


class NameWords(msgspec.Struct, frozen=True):
    """How people introduce themselves: `introductions` -> explicit?, `after` the name, words that are no names."""

    introductions: Phrases[bool]
    after: Phrases[bool]
    skip: frozenset[str]
    negators: frozenset[str]
    particles: frozenset[str]
    titles: frozenset[str]
    given: frozenset[str]
    couples: frozenset[str]


class Language(msgspec.Struct, frozen=True, eq=False):
    """One compiled language. `data` is the rest of its file, for the parts that compile their own."""

    code: str
    phone_region: str | None
    letters: frozenset[str]
    upper: Mapping[str, str]
    ordinary: frozenset[str]
    known: frozenset[str]
    endings: Endings
    intents: Phrases[frozenset[tuple[str, Mode]]]
    filler: Phrases[bool]
    tail: Phrases[bool]
    negators_before: frozenset[tuple[str, ...]]
    negators_after: frozenset[str]
    question_after: frozenset[str]
    near: tuple[NearRule, ...]
    overrides: Mapping[str, frozenset[str]]
    names: NameWords
    joiners: tuple[str, ...]
    data: Mapping[str, Any]


class Languages:
    """All languages that are installed, in the order of their codes."""

    def __init__(self, languages: Mapping[str, Language]) -> None:
        self._languages = dict(languages)
        self.codes = frozenset(languages)
        self.ordinary = frozenset[str]().union(*(one.ordinary for one in languages.values()))
        self.given = frozenset[str]().union(*(one.names.given for one in languages.values()))
        self._votes: dict[str, tuple[str, ...]] = {}
        for code, one in languages.items():
            for word in one.known:
                self._votes[word] = (*self._votes.get(word, ()), code)
        self.votes = lru_cache(maxsize=16384)(self._votes_for)

    def all(self) -> Iterator[Language]:
        return iter(self._languages.values())

    def __getitem__(self, code: str) -> Language:
        return self._languages[code]

    def knows(self, key: str) -> bool:
        """Whether it is an ordinary word, a word of intents or a word of time in any language."""
        return key in self._votes

    def _votes_for(self, key: str) -> tuple[str, ...]:
        """The languages that have this word, as it is, with drawn-out letters, or with their endings."""
        known = self._votes.get(key) or self._votes.get(undrawn(key))
        if known or not 5 <= len(key) <= _LONGEST_WORD:
            return known or ()
        return tuple(
            code
            for code, one in self._languages.items()
            if any(len(stem) >= _SHORTEST_STEM and stem in one.known for stem, _ in one.endings.stems(key))
        )

    def nearest(self, code: str | None) -> str:
        """The installed language for a BCP 47 tag, the first one if there is none."""
        primary = (code or "").split("-")[0].lower()
        return primary if primary in self._languages else next(iter(self._languages))

    def country_name(self, country: str, language: str) -> str:
        """A country (ISO 3166 alpha-2) as it is called in a language; the code itself when no file names it."""
        names = self[self.nearest(language)].data["countries"].get(country, country)
        return str(names).partition(",")[0]


def read_languages() -> Languages:
    """The packaged languages, read from their files. Raises LanguageDataError."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    languages: dict[str, Language] = {}
    for file in sorted(resources.files("careline.language").joinpath("data").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".yaml"):
            continue
        try:
            data = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader
            languages[data["code"]] = _compiled(data)
        except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise LanguageDataError(f"{file.name}: {error}") from error
    return Languages(languages)


def listed(text: str | None) -> list[str]:
    """The entries of a comma-separated list of a data file."""
    return [entry for entry in _COMMA.split(text.strip()) if entry] if text else []


def _texts(data: Any) -> Iterator[str]:
    """All texts within a section."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping | list):
        for inner in data.values() if isinstance(data, Mapping) else data:
            yield from _texts(inner)


def _folded(text: str | None) -> frozenset[str]:
    return frozenset(fold(entry) for entry in listed(text))


def _compiled(data: Mapping[str, Any]) -> Language:
    endings = Endings([fold(e) for e in listed(slot)] for slot in data["endings"])
    intents = _intents(data["intents"])
    ordinary = _folded(data["words"])
    spoken = {word for text in _texts(data["time"]) for entry in listed(text) for word in keys(entry)}
    return Language(
        code=data["code"],
        phone_region=data["phone_region"],
        letters=frozenset(data["letters"]),
        upper=data["casing"],
        ordinary=ordinary,
        known=ordinary | frozenset(word for word in intents.words() | spoken if len(word) > 1),
        endings=endings,
        intents=intents,
        filler=Phrases((entry, True) for entry in listed(data["filler"])),
        tail=Phrases((entry, True) for entry in listed(data["tail"])),
        negators_before=frozenset(keys(entry) for entry in listed(data["negators_before"])),
        negators_after=_folded(data["negators_after"]),
        question_after=_folded(data["question_after"]),
        near=tuple(_near(intent, rule) for intent, rules in data["near"].items() for rule in rules),
        overrides={intent: frozenset(listed(others)) for intent, others in data["overrides"].items()},
        names=_names(data["names"]),
        joiners=tuple(listed(data["joiners"])),
        data=data,
    )


def _intents(data: Mapping[str, Mapping[str, str]]) -> Phrases[frozenset[tuple[str, Mode]]]:
    merged: dict[tuple[str, ...], frozenset[tuple[str, Mode]]] = {}
    for intent, modes in data.items():
        for mode, entries in modes.items():
            if mode not in _MODES:
                raise KeyError(f"intents.{intent}.{mode} (one of {', '.join(_MODES)})")
            for entry in listed(entries):
                words = keys(entry)
                merged[words] = merged.get(words, frozenset()) | {(intent, mode)}
    phrases: Phrases[frozenset[tuple[str, Mode]]] = Phrases()
    for words, value in merged.items():
        phrases.add(words, value)
    return phrases


def _near(intent: str, rule: str) -> NearRule:
    groups = [[fold(word) for word in group.split()] for group in rule.split("/")]
    return NearRule(
        intent,
        tuple(
            (frozenset(w for w in group if not w.endswith("*")), tuple(w[:-1] for w in group if w.endswith("*")))
            for group in groups
        ),
    )


def _names(data: Mapping[str, str]) -> NameWords:
    introductions = [(entry, True) for entry in listed(data["explicit"])]
    introductions += [(entry, False) for entry in listed(data["weak"])]
    return NameWords(
        introductions=Phrases(introductions),
        after=Phrases((entry, True) for entry in listed(data["after"])),
        skip=_folded(data["skip"]),
        negators=_folded(data["negators"]),
        particles=_folded(data["particles"]),
        titles=_folded(data["titles"]),
        given=_folded(data["given"]),
        couples=_folded(data["couples"]),
    )
