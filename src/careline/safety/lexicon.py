"""The lexicon's data files, read and compiled: words to concepts, and patterns indexed by their rarest item."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from careline.safety.patterns import Item, PatternError, phrase_words, read_pattern
from careline.safety.text import squeezed
from careline.safety.typos import Speller

DATA = Path(__file__).parent / "data"
NEGATED_ENDING = "@negated_ending"
EVERYTHING = "*"
"""In `FindingEntry.denies`: all that the person did not name."""
_SHORTEST_PREFIX = 2
_DENIED_AFTER = "@denied_after"
_PHRASE = re.compile(r"@[^\W_]+\*?(?:_[^\W_]+\*?)+")


class FindingEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finding as a language's file gives it. `name` and flags come from the English file.

    `red_flag`: only an explicit, adjacent negation makes it absent. `condition`: the name of an illness rather than
    something felt ("had a stroke" is then the past). `fact`: about the person, no complaint.
    `unless`: patterns that, in the same sentence, make it something else. `denies`: no finding of its own, but the
    plain words with which people rule these out ("I can walk on it"); `*` is everything that was not named.
    """

    id: str
    any: list[str]
    name: str = ""
    region: str | None = None
    red_flag: bool = False
    condition: bool = False
    fact: Literal["condition", "medication", "state"] | None = None
    unless: list[str] = []
    denies: list[str] = []


class LexiconFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`respelt`: endings as they are typed in chat (regular expressions on folded words) and the written ending."""

    respelt: dict[str, str] = {}
    concepts: dict[str, list[str]] = {}
    findings: list[FindingEntry] = []


class Pattern(msgspec.Struct, frozen=True):
    """One compiled item sequence. `anchor` is the item it is looked up by."""

    finding: int
    items: tuple[frozenset[str], ...]
    gaps: tuple[int, ...]
    anchor: int
    unless: bool = False


_Sequence = tuple[int, tuple[Item, ...], bool]
_Phrases = dict[str, list[tuple[tuple[str, ...], str]]]
"""Phrases by their second word; under "" those whose second word may have any ending."""


class Lexicon:
    """One language, compiled. Everything is keyed by folded words."""

    def __init__(
        self, language: str, files: Sequence[LexiconFile], context: Mapping[str, Any], ordinary: frozenset[str]
    ) -> None:
        self.language = language
        concepts: dict[str, list[str]] = dict(context["concepts"])
        entries: dict[str, FindingEntry] = {}
        for file in files:
            for name, phrases in file.concepts.items():
                concepts[name] = [*concepts.get(name, []), *phrases]
            for entry in file.findings:
                entries[entry.id] = _merged(entries.get(entry.id), entry)
        self.findings: tuple[FindingEntry, ...] = tuple(entries.values())
        self.fact_ids = frozenset(entry.id for entry in self.findings if entry.fact)
        self._respelt = [(re.compile(typed), written) for file in files for typed, written in file.respelt.items()]
        self.light: frozenset[str] = frozenset(word for phrase in context["light"] for word in phrase_words(phrase))
        self.negated_ending: str | None = context.get("negated_ending")
        self.clause_ending: str | None = context.get("clause_ending")
        self.past_ending: str | None = context.get("past_ending")
        self.cause_ending: str | None = context.get("cause_ending")
        self.supposed_ending: str | None = context.get("supposed_ending")
        self.may_ending: str | None = context.get("may_ending")
        self.own_ending: str | None = context.get("own_ending")
        self.numbers = {word: float(value) for word, value in context["numbers"].items()}
        sequences = _sequences(self.findings)
        uses = Counter(name for _, items, _ in sequences for item in items for name in item.names)
        # Phrases written as one item (`so_bad`) are concepts of their own.
        written_out = {name[1:]: [name[1:].replace("_", " ")] for name in uses if _PHRASE.fullmatch(name)}
        concepts = {**written_out, **concepts}
        self._patterns = _compile(sequences, uses, concepts)
        self._index_words(concepts, (name for name in uses if not name.startswith("@")), ordinary)

    def _index_words(
        self, concepts: Mapping[str, list[str]], literals: Iterable[str], ordinary: frozenset[str]
    ) -> None:
        self._words: dict[str, set[str]] = {}
        self._prefixes: dict[str, set[str]] = {}
        self._phrases: dict[str, _Phrases] = {}
        self._starred_phrases: dict[str, _Phrases] = {}
        parts: set[str] = set()
        for word in literals:
            self._add_word(word, word)
        for name, phrases in concepts.items():
            for phrase in phrases:
                words = phrase_words(phrase)
                if len(words) == 1:
                    self._add_word(words[0], f"@{name}")
                else:
                    self._add_phrase(words, f"@{name}")
                    parts.update(word.rstrip("*") for word in words)
        self._longest_prefix = max(map(len, self._prefixes), default=0)
        self._known_parts = parts
        vocabulary = set(self._words) | set(self._prefixes) | parts
        beginnings = self._prefixes if self.negated_ending else ()  # a language that says much by endings
        self._speller = Speller(vocabulary, ordinary | self.light, beginnings)
        self.lookup = lru_cache(maxsize=16_384)(self._lookup)
        self.by_anchor: dict[str, list[Pattern]] = {}
        for pattern in self._patterns:
            for name in pattern.items[pattern.anchor]:
                self.by_anchor.setdefault(name, []).append(pattern)

    def _add_word(self, word: str, name: str) -> None:
        if word.endswith("*"):
            self._prefixes.setdefault(word[:-1], set()).add(name)
        else:
            self._words.setdefault(word, set()).add(name)

    def _add_phrase(self, words: tuple[str, ...], name: str) -> None:
        index = self._starred_phrases if words[0].endswith("*") else self._phrases
        second = "" if words[1].endswith("*") else words[1]
        index.setdefault(words[0].rstrip("*"), {}).setdefault(second, []).append((words, name))

    def _lookup(self, key: str) -> tuple[frozenset[str], str]:
        """(names this word fills, the spelling it is taken for)."""
        for typed, written in self._respelt:
            key = typed.sub(written, key)
        names = self._exact(key)
        if names or key in self._known_parts:
            return names, key
        short = squeezed(key)
        whole = key + "g"
        if key.endswith("in") and self.language == "en" and (whole in self._words or whole in self._known_parts):
            return self._exact(whole), whole
        for spelling in [short] if short != key else self._speller.nearest(key):
            names |= self._exact(spelling)
            if names or spelling in self._known_parts:
                return names, spelling
        mended = self._speller.mended_beginning(key)
        return (self._exact(mended), mended) if mended else (names, key)

    def _exact(self, key: str) -> frozenset[str]:
        names = set(self._words.get(key, ()))
        for length in range(_SHORTEST_PREFIX, min(len(key), self._longest_prefix) + 1):
            names |= self._prefixes.get(key[:length], set())
        return frozenset(names)

    def lists_negated(self, spelling: str, place: int) -> bool:
        """Whether the lexicon lists this negated verb itself, or a beginning of it that holds the negation at `place`.

        That is two letters of it ("uyanmı*"), or the first one after the vowel of inability ("alam*", not "ağrım*").
        """
        first = place + 1 if place and spelling[place - 1] in "ae" else place + 2
        lengths = range(first, min(len(spelling), self._longest_prefix) + 1)
        return bool(self._words.get(spelling, set()) - {_DENIED_AFTER}) or any(
            spelling[:length] in self._prefixes for length in lengths
        )

    def unable(self, spelling: str, place: int) -> bool:
        """Whether the lexicon lists the beginning that ends in the ending of inability ("alam*"): it denies nothing."""
        return place > 0 and spelling[place - 1] in "ae" and spelling[: place + 1] in self._prefixes

    def relation(self, key: str) -> str:
        """A family word at its usual spelling."""
        return self.lookup(key)[1]

    def phrases_from(self, spelling: str, following: str) -> Iterator[tuple[tuple[str, ...], str]]:
        """The phrases that may begin with these two words."""
        if (starting := self._phrases.get(spelling)) is not None:
            yield from starting.get(following, ())
            yield from starting.get("", ())
        if self._starred_phrases:
            for length in range(_SHORTEST_PREFIX, len(spelling) + 1):
                if (starting := self._starred_phrases.get(spelling[:length])) is not None:
                    yield from starting.get(following, ())
                    yield from starting.get("", ())


def _merged(old: FindingEntry | None, new: FindingEntry) -> FindingEntry:
    if old is None:
        return new
    return msgspec.structs.replace(old, any=[*old.any, *new.any], unless=[*old.unless, *new.unless])


def _sequences(entries: Iterable[FindingEntry]) -> list[_Sequence]:
    return [
        (number, items, unless)
        for number, entry in enumerate(entries)
        for texts, unless in ((entry.any, False), (entry.unless, True))
        for text in texts
        for items in read_pattern(text)
    ]


def _compile(sequences: Iterable[_Sequence], uses: Mapping[str, int], concepts: Mapping[str, Any]) -> list[Pattern]:
    for name in uses:
        if name.startswith("@") and name[1:] not in concepts:
            raise PatternError(f"no concept {name}")
    return [_pattern(number, items, uses, unless) for number, items, unless in sequences]


def _pattern(number: int, items: tuple[Item, ...], uses: Mapping[str, int], unless: bool) -> Pattern:
    anchor = min(range(len(items)), key=lambda k: sum(uses[name] for name in items[k].names))
    return Pattern(number, tuple(frozenset(i.names) for i in items), tuple(i.gap for i in items), anchor, unless)


class _TextLoader(yaml.CBaseLoader):
    """Composes nodes without looking for their types, which is most of what reading YAML costs."""

    def descend_resolver(self, *_: Any) -> None:
        """No type depends on where a node is."""

    def ascend_resolver(self) -> None:
        """As above."""

    def resolve(self, kind: Any, *_: Any) -> str:
        """No node has a type."""
        return ""


def read_yaml(path: Path) -> Any:
    """A data file with every scalar as text: "no" and "on" are words here."""
    loader = _TextLoader(path.read_text(encoding="utf-8"))
    try:
        return _plain(loader.get_single_node())
    finally:
        loader.dispose()


def _plain(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one) for one in node.value]
    if isinstance(node, yaml.MappingNode):
        return {_plain(key): _plain(value) for key, value in node.value}
    return None


def load_lexicons(languages: Iterable[str] = ("en", "tr")) -> tuple[Lexicon, ...]:
    """The shipped lexicons. Reads files: for start-up. English comes first and owns names and flags of findings."""
    loaded: list[Lexicon] = []
    owned: dict[str, FindingEntry] = {}
    for language in languages:
        files = [
            msgspec.convert(read_yaml(p), LexiconFile, strict=False)
            for p in sorted((DATA / "lexicon" / language).glob("*.yaml"))
        ]
        if owned:
            files = [_with_flags(file, owned) for file in files]
        ordinary = frozenset((DATA / "ordinary" / f"{language}.txt").read_text(encoding="utf-8").split())
        lexicon = Lexicon(language, files, read_yaml(DATA / "context" / f"{language}.yaml"), ordinary)
        owned = owned or {entry.id: entry for entry in lexicon.findings}
        loaded.append(lexicon)
    return tuple(loaded)


def _with_flags(file: LexiconFile, owned: Mapping[str, FindingEntry]) -> LexiconFile:
    unknown = [entry.id for entry in file.findings if entry.id not in owned]
    if unknown:
        raise PatternError(f"no English finding {unknown}")
    findings = [msgspec.structs.replace(owned[e.id], any=e.any, unless=e.unless) for e in file.findings]
    return LexiconFile(file.respelt, file.concepts, findings)
