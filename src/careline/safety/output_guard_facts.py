"""What a reply may say after all: the contacts, numbers and doses that stand in texts it is allowed to draw on."""

import re
from collections.abc import Callable, Iterable, Iterator

from careline.safety.output_guard_rules import GuardRules
from careline.safety.output_guard_words import TOKEN, is_number, keys_of, values

Amount = tuple[str, str]
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_DIGITS = re.compile(r"\+?\d[\d ()./\u00a0-]{5,40}\d")
_REFERENCE = re.compile(r"[A-Za-z]{1,4}-?\d[\d-]{5,}")
_ENDING = 9  # digits that tell phone numbers apart, with and without country code
_ONE = frozenset({"a", "an", "another"})
_JOINING = frozenset({"or", "to", "and", "veya", "ya", "da", "ile", "ila"})


class Facts:
    """Read from the texts when first asked, which most replies never do."""

    def __init__(self, rules: GuardRules, texts: Callable[[], Iterable[str]]) -> None:
        self._rules = rules
        self._texts = texts
        self._more: list[str] = []
        self._read = False
        self._emails: set[str] = set()
        self._digits: set[str] = set()
        self._references: set[str] = set()
        self._amounts: set[Amount] = set()

    def add(self, text: str) -> None:
        if self._read:
            self._learn(text)
        else:
            self._more.append(text)

    def has_email(self, address: str) -> bool:
        self._load()
        return address.casefold() in self._emails

    def has_digits(self, digits: str) -> bool:
        """A phone number or another number of a person, however it is grouped."""
        self._load()
        return digits in self._digits or (
            len(digits) >= _ENDING and any(d[-_ENDING:] == digits[-_ENDING:] for d in self._digits if len(d) >= _ENDING)
        )

    def has_reference(self, reference: str) -> bool:
        self._load()
        return reference.casefold() in self._references

    def has_amounts(self, amounts: set[Amount]) -> bool:
        self._load()
        return bool(amounts) and amounts <= self._amounts

    def _load(self) -> None:
        if not self._read:
            self._read = True
            for text in (*self._texts(), *self._more):
                self._learn(text)

    def _learn(self, text: str) -> None:
        if "@" in text:
            self._emails.update(address.casefold() for address in EMAIL.findall(text))
        for run in _DIGITS.findall(text):
            self._digits.add("".join(c for c in run if c.isdigit()))
        self._references.update(found.casefold() for found in _REFERENCE.findall(text))
        keys = [key for token in TOKEN.findall(text) for _, key in keys_of(token)]
        self._amounts.update(amounts_in(keys, self._rules))


def amounts_in(keys: list[str], rules: GuardRules) -> Iterator[Amount]:
    """Every number with its unit: `one or two tablets` gives both, `two 500 mg tablets` two tablets and 500 mg."""
    for place, key in enumerate(keys):
        unit = rules.units.get(key)
        if unit is None:
            continue
        at = place - 1
        while at > 0 and keys[at] in rules.units:
            at -= 2
        while at >= 0 and (found := _values(keys[at], rules)) is not None:
            yield from ((value, unit) for value in found)
            at -= 1


def _values(key: str, rules: GuardRules) -> tuple[str, ...] | None:
    """What a word adds to an amount; None when it is not part of one."""
    if is_number(key):
        return values(key)
    if key in rules.numbers:
        return (rules.numbers[key],)
    if key in _ONE:
        return ("1",)
    return () if key in _JOINING else None


def is_reference(token: str) -> bool:
    """A document or record number: a few letters and at least six digits."""
    return _REFERENCE.fullmatch(token) is not None
