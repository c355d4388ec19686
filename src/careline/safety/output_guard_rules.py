"""The guard's rules as data, compiled to one automaton over words that all patterns share."""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from careline.safety.output_guard_words import NUMBER, is_number, whole
from careline.safety.text import fold

Kind = Literal["dose", "diagnosis", "claim", "unsafe", "privacy"]
DATA = Path(__file__).parent / "data" / "guard"
_KEPT = 8_192


class RuleData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Patterns and what lifts them: words shortly before, anywhere before or right after in the sentence.

    `skip_after` may stand between the phrase and the word that lifts it.
    """

    kind: Kind
    patterns: list[str]
    unless_near: list[str] = []
    unless_earlier: Literal["conditionals"] | None = None
    unless_after: list[str] = []
    skip_after: list[str] = []
    needs_earlier: list[str] = []


class LanguageData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language's data file."""

    language: str
    numbers: dict[str, float]
    units: dict[str, list[str]]
    mail_words: list[str]
    conditionals: list[str]
    groups: dict[str, list[str]]
    near: int
    rules: list[RuleData]
    says: dict[Kind, str]


class Rule(msgspec.Struct, frozen=True, eq=False):
    """A rule with its words folded. `near` is how many words before a match count as near."""

    kind: Kind
    language: str
    near: int
    unless_near: frozenset[str]
    unless_earlier: frozenset[str]
    unless_after: frozenset[str]
    skip_after: frozenset[str]
    needs_earlier: frozenset[str]


class Node:
    """A place in the automaton. `edges` lead on by a word name (`word`, `word*` or `#`), `gap` by any word."""

    __slots__ = ("_prefixes", "edges", "gap", "rules")

    def __init__(self) -> None:
        self.edges: dict[str, list[Node]] = {}
        self.gap: list[Node] = []
        self.rules: list[Rule] = []
        self._prefixes: frozenset[str] | None = None

    def may_begin(self, partial: str, names: tuple[str, ...]) -> bool:
        """Whether a word that begins so, and has these names as it stands, may lead on."""
        if self.gap:
            return True
        if self._prefixes is None:
            words = [name.rstrip("*") for name in self.edges]
            self._prefixes = frozenset(word[:n] for word in words for n in range(1, len(word) + 1))
        return partial in self._prefixes or any(name in self.edges for name in names)


class GuardRules:
    """All languages' rules. Pure and shared: one for the program."""

    def __init__(self, languages: Iterable[LanguageData], only: Kind | None = None) -> None:
        self.root = Node()
        self.clause_root = Node()
        self.says: dict[str, Mapping[Kind, str]] = {}
        self.numbers: dict[str, str] = {}
        self.units: dict[str, str] = {}
        self.mail_words: frozenset[str] = frozenset()
        self.conditionals: frozenset[str] = frozenset()
        self._names: set[str] = set()
        for data in languages:
            self._add(data, only)
        self._starred = {name[:-1] for name in self._names if name.endswith("*")}
        self._lengths = sorted({len(word) for word in self._starred})
        self._number_starts = frozenset(word[:n] for word in self.numbers for n in range(1, len(word) + 1))
        self.names = lru_cache(_KEPT)(self._names_of)
        """What the patterns call a folded word; nothing for most words."""
        self.dull = lru_cache(_KEPT)(self._dull)
        """The folded word of a token that ends nothing, begins no phrase and lifts none; "" for any other token."""
        self.may_start = lru_cache(_KEPT)(self._may_start)
        """Whether a word that begins so may be the first of a match, at the beginning of a clause or within one."""

    def may_continue(self, node: Node, partial: str) -> bool:
        number = NUMBER in node.edges and partial in self._number_starts
        return number or node.may_begin(partial, self.names(partial))

    def _names_of(self, key: str) -> tuple[str, ...]:
        found = [key] if key in self._names else []
        found += [key[:n] + "*" for n in self._lengths if n <= len(key) and key[:n] in self._starred]
        if key in self.numbers or is_number(key):
            found.append(NUMBER)
        return tuple(found)

    def _dull(self, token: str) -> str:
        _, keys, letters, ends_sentence, ends_clause = whole(token)
        if not letters or ends_sentence or ends_clause or len(keys) != 1:
            return ""
        key = keys[0][1]
        roots = (self.root, self.clause_root)
        begins = any(root.gap or any(name in root.edges for name in self.names(key)) for root in roots)
        return "" if begins or key in self.mail_words or key in self.conditionals else key

    def _may_start(self, partial: str, clause: bool) -> bool:
        names = self.names(partial)
        if partial in self._number_starts or self.root.may_begin(partial, names):
            return True
        return clause and self.clause_root.may_begin(partial, names)

    def _add(self, data: LanguageData, only: Kind | None) -> None:
        self.says[data.language] = data.says
        self.numbers.update((fold(word), f"{number:g}") for word, number in data.numbers.items())
        self.units.update((fold(word), unit) for unit, words in data.units.items() for word in words)
        self.mail_words |= _folded(data.mail_words)
        self.conditionals |= _folded(data.conditionals)
        conditionals = _folded(data.conditionals)
        for each in (rule for rule in data.rules if only in (None, rule.kind)):
            rule = Rule(
                kind=each.kind,
                language=data.language,
                near=data.near,
                unless_near=_folded(each.unless_near),
                unless_earlier=conditionals if each.unless_earlier else frozenset(),
                unless_after=_folded(each.unless_after),
                skip_after=_folded(each.skip_after),
                needs_earlier=_folded(each.needs_earlier),
            )
            for pattern in each.patterns:
                self._compile(pattern, data.groups, rule)

    def _compile(self, pattern: str, groups: dict[str, list[str]], rule: Rule) -> None:
        items = pattern.split()
        root = self.clause_root if items[0] == "^" else self.root
        for node in self._sequence([root], items[1:] if items[0] == "^" else items, groups):
            node.rules.append(rule)

    def _sequence(self, here: list[Node], items: list[str], groups: dict[str, list[str]]) -> list[Node]:
        """The nodes reached from these by the items. Gaps and optional items leave several."""
        for item in items:
            here = _gap(here, int(item[1:])) if item.startswith("~") else self._item(here, item, groups)
        return here

    def _item(self, here: list[Node], item: str, groups: dict[str, list[str]]) -> list[Node]:
        then = Node()
        for alternative in item.removesuffix("?").split("|"):
            phrases = groups[alternative[1:]] if alternative.startswith("@") else [alternative]
            for phrase in phrases:
                *first, last = phrase.split()
                for node in self._sequence(here, first, groups):
                    for name in self._word_names(last):
                        node.edges.setdefault(name, []).append(then)
        return [*here, then] if item.endswith("?") else [then]

    def _word_names(self, word: str) -> list[str]:
        """The names of the alternatives, as the automaton knows them."""
        names = [
            NUMBER if w == NUMBER else fold(w.rstrip("*")) + ("*" if w.endswith("*") else "") for w in word.split("|")
        ]
        self._names.update(names)
        return names


def _gap(here: list[Node], most: int) -> list[Node]:
    reached = list(here)
    for _ in range(most):
        then = Node()
        for node in here:
            node.gap.append(then)
        here = [then]
        reached.append(then)
    return reached


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(part) for word in words for part in word.split())


@cache
def load_guard_rules(only: Kind | None = None) -> GuardRules:
    """The shipped rules, all or of one kind, read once."""
    return GuardRules((_decode(path) for path in sorted(DATA.glob("*.yaml"))), only)


def _decode(path: Path) -> LanguageData:
    """Read as plain text first: `no` and 112 are words here."""
    data: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506 - makes plain text only
    return msgspec.convert(data, LanguageData, strict=False)
