"""Many phrases found in one walk over the tokens, longest first, with the endings a language adds to the last word."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from careline.language.text import Token, keys

T = TypeVar("T")
_LONGEST = 40
_HARDENED = {"g": "k", "d": "t", "b": "p"}


class Found(NamedTuple, Generic[T]):
    """A phrase at tokens [first, last), and the ending that was cut off its last word ("" for none)."""

    value: T
    first: int
    last: int
    ending: str = ""


class Endings:
    """The endings of a language as slots, each filled at most once and in order (agglutination: stem+plural+case)."""

    def __init__(self, slots: Iterable[Iterable[str]] = ()) -> None:
        pattern = "".join("(?:" + "|".join(sorted(map(re.escape, s), key=len, reverse=True)) + ")?" for s in slots)
        self._fits = re.compile(pattern).fullmatch
        self.stems = lru_cache(maxsize=8192)(self._stems)

    def _stems(self, word: str) -> tuple[tuple[str, str], ...]:
        """(stem, ending) for every way to cut the word, longest stem first; a softened last letter is restored too."""
        ways: list[tuple[str, str]] = []
        for cut in range(len(word) - 1, max(1, len(word) - 14), -1):
            stem, ending = word[:cut], word[cut:]
            if self._fits(ending):
                ways.append((stem, ending))
                if stem[-1] in _HARDENED:
                    ways.append((stem[:-1] + _HARDENED[stem[-1]], ending))
        return tuple(ways)


class _Node(Generic[T]):
    __slots__ = ("next", "value")

    def __init__(self) -> None:
        self.next: dict[str, _Node[T]] = {}
        self.value: T | None = None


class Phrases(Generic[T]):
    """A token trie. Adding a phrase twice keeps the first value."""

    def __init__(self, phrases: Mapping[str, T] | Iterable[tuple[str, T]] = (), endings: Endings | None = None) -> None:
        self._root: _Node[T] = _Node()
        self._endings = endings
        self._begins = lru_cache(maxsize=8192)(self._may_begin)
        for phrase, value in phrases.items() if isinstance(phrases, Mapping) else phrases:
            self.add(keys(phrase), value)

    def add(self, words: Sequence[str], value: T) -> None:
        if not words:
            return
        node = self._root
        for word in words:
            node = node.next.setdefault(word, _Node())
        if node.value is None:
            node.value = value
        self._begins.cache_clear()

    def words(self) -> set[str]:
        """Every word that occurs in a phrase."""
        seen: set[str] = set()
        waiting = [self._root]
        while waiting:
            for word, node in waiting.pop().next.items():
                seen.add(word)
                waiting.append(node)
        return seen

    def get(self, words: Sequence[str]) -> T | None:
        """The value of exactly this phrase, without endings."""
        node: _Node[T] | None = self._root
        for word in words:
            node = node.next.get(word) if node else None
        return node.value if node else None

    def longest(self, tokens: Sequence[Token], first: int) -> Found[T] | None:
        """The longest phrase that begins at this token."""
        if first >= len(tokens) or not self._begins(tokens[first].key, tokens[first].stem):
            return None
        node, best, at = self._root, None, first
        while at < len(tokens):
            token = tokens[at]
            after = node.next.get(token.key)
            if after is None or (after.value is None and not after.next):
                ended = self._ended(node, token)
                if ended:
                    best = Found(ended[0], first, at + 1, ended[1])
                break
            at += 1
            node = after
            if node.value is not None:
                best = Found(node.value, first, at)
        return best

    def find(self, tokens: Sequence[Token]) -> list[Found[T]]:
        """All phrases from left to right; what one covers, no other does."""
        found: list[Found[T]] = []
        at = 0
        while at < len(tokens):
            one = self.longest(tokens, at) if self._begins(tokens[at].key, tokens[at].stem) else None
            if one:
                found.append(one)
            at = one.last if one else at + 1
        return found

    def _may_begin(self, key: str, stem: str) -> bool:
        """Whether a phrase may begin with a word: with most words none does."""
        words = self._root.next
        if key in words or stem in words:
            return True
        return (
            self._endings is not None and len(key) <= _LONGEST and any(s in words for s, _ in self._endings.stems(key))
        )

    def _ended(self, node: _Node[T], token: Token) -> tuple[T, str] | None:
        if token.kind != "word":
            return None
        if token.stem != token.key:
            whole = node.next.get(token.stem)
            if whole and whole.value is not None:
                return whole.value, token.key[len(token.stem) :]
        if self._endings is None or len(token.key) > _LONGEST:
            return None
        for stem, ending in self._endings.stems(token.key):
            inner = node.next.get(stem)
            if inner and inner.value is not None:
                return inner.value, ending
        return None
