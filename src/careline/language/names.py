"""The person's name, as they introduce themselves in running text or as the bare answer to "what is your name"."""

from collections.abc import Sequence
from typing import NamedTuple

from careline.language.lexicon import Language, Languages
from careline.language.text import Token, fold

_MOST_PARTS = 5
_MOST_LETTERS = 60
_VERB_ENDINGS = (
    *(
        "yor",
        "yorum",
        "yorsun",
        "yorsunuz",
        "yoruz",
        "yorlar",
        "cagim",
        "cegim",
        "caksiniz",
        "ceksiniz",
        "acak",
        "ecek",
    ),
    *("larim", "lerim", "siniz", "sunuz"),
)
_LONGEST_PAST_NAME = 5
"""Letters of the longest names that end as "I did" does: "Nedim"."""


class NameFound(NamedTuple):
    """`explicit`: introduced as a name. `negated`: "I'm not John". Tokens [first, last) are the name itself."""

    name: str | None
    explicit: bool
    negated: bool
    first: int
    last: int


def find_name(
    tokens: Sequence[Token], languages: Languages, language: Language, *, expected: bool, vocabulary: frozenset[str]
) -> NameFound | None:
    """The last name somebody gives themselves, or with `expected` a message that is a bare name.

    `vocabulary` holds keys that are never names here (places, times).
    """
    reader = _Reader(tokens, languages, language, expected, vocabulary)
    return reader.introduced() or reader.postposed() or (reader.bare() if expected else None)


class _Reader:
    def __init__(
        self, tokens: Sequence[Token], languages: Languages, language: Language, expected: bool, other: frozenset[str]
    ) -> None:
        self.tokens = tokens
        self.languages = languages
        self.language = language
        self.words = language.names
        self.expected = expected
        self.other = other
        letters = [t.text for t in tokens if t.kind == "word"]
        self.cased = any(w[0].isupper() for w in letters) and not all(w.isupper() for w in letters)

    def introduced(self) -> NameFound | None:
        best: NameFound | None = None
        for one in self.words.introductions.find(self.tokens):
            at = self._skip(one.last)
            if at < len(self.tokens) and self.tokens[at].key in self.words.negators:
                denied = self._skip(at + 1)
                if best is None and self._extent(denied, weak=True) > denied:
                    best = NameFound(None, one.value, True, at, at)
                continue
            last = self._extent(at, weak=not one.value)
            if last > at and self._denied_after(last):  # "adım Ayşe değil, Fatma"
                best = best or NameFound(None, one.value, True, at, at)
                at = self._skip(last + 1)
                last = self._extent(at, weak=not one.value)
            if last > at and not self._denied_after(last) and not self._asked(at, last):
                best = NameFound(self._written(at, last), one.value or self._sure(at), False, at, last)
        return best

    def postposed(self) -> NameFound | None:
        """ "John Doe here", "Ayşe ben"."""
        if not self.tokens or self.tokens[0].kind != "word":
            return None
        last = self._extent(0, weak=True)
        if last and last < len(self.tokens) and self.words.after.longest(self.tokens, last):
            return NameFound(self._written(0, last), True, False, 0, last)
        return None

    def bare(self) -> NameFound | None:
        tokens = self.tokens
        first = self._skip(self._opening())
        last = self._extent(first, weak=False)
        if last > first and self._couple(last):  # "John and Jane Doe"
            last = self._extent(last + 1, weak=False)
        if last == first or not (self._courtesies(last) or self._set_off(first, last)):
            return None
        if len(tokens[first].text) < 2 and last - first == 1:
            return None
        return NameFound(self._written(first, last), False, False, first, last)

    def _couple(self, at: int) -> bool:
        """Whether another well-known name is joined by an "and" here."""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        return (
            self.tokens[at : at + 1] != []
            and self.tokens[at].key in self.words.couples
            and (after is not None and after.stem in self.languages.given)
        )

    def _opening(self) -> int:
        """The end of what comes before a bare name: "ok", "sure,", "thanks,"."""
        at = 0
        while at < len(self.tokens):
            hit = self.language.intents.longest(self.tokens, at)
            agrees = hit and ("yes", "opening") in hit.value
            courtesy = self.language.tail.longest(self.tokens, at) or self.language.filler.longest(self.tokens, at)
            if self.tokens[at].stem in self.languages.given:
                break
            if hit and agrees:
                at = hit.last
            elif courtesy:
                at = courtesy.last
            elif self.tokens[at].kind == "sign":
                at += 1
            else:
                break
        return at

    def _set_off(self, first: int, last: int) -> bool:
        """A well-known name, then a pause, then anything: "Sarah, why?"."""
        return self.tokens[first].stem in self.languages.given and self.tokens[last].key in (",", ".", ";", "!", "(")

    def _asked(self, at: int, last: int) -> bool:
        """ "Is my name required?" asks about the name and says none."""
        token = self.tokens[at]
        after = self.tokens[last].key if last < len(self.tokens) else ""
        known = token.stem in self.languages.given or (self.cased and token.text[0].isupper())
        return not known and (after == "?" or after in self.language.question_after)

    def _courtesies(self, at: int) -> bool:
        while at < len(self.tokens):
            if self.tokens[at].kind == "sign" and self.tokens[at].key != "?":
                at += 1
            elif tail := self.language.tail.longest(self.tokens, at):
                at = tail.last
            else:
                return False
        return True

    def _skip(self, at: int) -> int:
        """Over "is", ":", titles and the like."""
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.key in (":", "-", '"', "“", "=", ".", ",", "*") or (
                token.kind == "word" and token.key in self.words.skip and token.key not in self.languages.given
            ):
                at += 1
            else:
                break
        return at

    def _extent(self, first: int, *, weak: bool) -> int:
        """The end of the name that begins at this token; `first` itself if none does."""
        at = first
        while at < len(self.tokens) and at - first < _MOST_PARTS:
            if self._joins(at, first):
                at += 1
            elif self._is_part(at, first, weak):
                at += 1
                if self.tokens[at - 1].stem != self.tokens[at - 1].key and self._inflected(at - 1):
                    break
            elif not (at > first and self._particle(at, weak)):
                break
            else:
                at += 1
        while at > first and (self.tokens[at - 1].kind != "word" or self._dangles(at - 1, first)):
            at -= 1
        return at

    def _joins(self, at: int, first: int) -> bool:
        """A hyphen between two letters, or the dot of an initial."""
        token = self.tokens[at]
        if at == first or at + 1 >= len(self.tokens):
            return False
        before, after = self.tokens[at - 1], self.tokens[at + 1]
        if token.key == "-":
            return before.end == token.start and after.start == token.end and after.kind == "word"
        return token.key == "." and len(before.key) == 1 and after.kind == "word" and after.text[0].isupper()

    def _particle(self, at: int, weak: bool) -> bool:
        if self.tokens[at].key not in self.words.particles or at + 1 >= len(self.tokens):
            return False
        after = self.tokens[at + 1]
        if after.key in self.words.particles:
            return True
        return self._is_part(at + 1, at, weak) and (not self.cased or after.text[0].isupper())

    def _dangles(self, at: int, first: int) -> bool:
        """A small particle that no name follows."""
        token = self.tokens[at]
        return at > first and token.key in self.words.particles and token.text.islower() and len(token.key) > 1

    def _is_part(self, at: int, first: int, weak: bool) -> bool:
        token = self.tokens[at]
        if token.kind != "word" or len(token.text) > 40 or not any(c.isalpha() for c in token.text):
            return False
        capital, given = token.text[0].isupper(), token.stem in self.languages.given
        if at > first:
            return self._is_later_part(token, capital, given, first)
        if token.key in self.other or token.stem in self.other:
            return given and capital and not weak
        if token.key in self.language.ordinary:
            return given and (not weak or (capital and self.cased))
        if weak and not given:
            return (capital and self.cased) or (self.expected and not _ends_like_a_state(token.key))
        if given or token.text[0].isupper() or not token.text[0].islower():
            return True
        return not (self.languages.knows(token.key) or _ends_like_a_verb(token.key))

    def _is_later_part(self, token: Token, capital: bool, given: bool, first: int) -> bool:
        if self.cased and self.tokens[first].text[0].isupper():
            return capital and (given or token.key not in self.language.ordinary or len(token.key) == 1)
        if self.languages.knows(token.key) or token.key in self.other:
            return given and token.key not in self.language.ordinary
        return given or capital or not _ends_like_a_verb(token.key)

    def _denied_after(self, last: int) -> bool:
        return last < len(self.tokens) and self.tokens[last].key in self.language.negators_after

    def _inflected(self, at: int) -> bool:
        """Whether what follows the apostrophe is an ending ("Ahmet'tir") and not part of the name ("O'Brien")."""
        token = self.tokens[at]
        ending = token.key[len(token.stem) :]
        return (
            len(token.stem) > 2
            and any(stem == token.stem for stem, _ in self.language.endings.stems(token.key))
            and bool(ending)
        )

    def _sure(self, at: int) -> bool:
        return self.tokens[at].stem in self.languages.given or (self.cased and self.tokens[at].text[0].isupper())

    def _written(self, first: int, last: int) -> str:
        """The name as people write names: their own capitals, or ours if they typed all small or all big."""
        parts: list[str] = []
        for at in range(first, last):
            token = self.tokens[at]
            text = token.text
            if token.stem != token.key and self._inflected(at):
                text = text[: next(i for i, c in enumerate(text) if not c.isalpha())]
            gap = "" if at == first or self.tokens[at - 1].end == token.start else " "
            parts.append(gap + text)
        name = "".join(parts)[:_MOST_LETTERS]
        if name.islower() or (name.isupper() and len(name) > 3):
            name = _capitals(name, self.language, self.words.particles)
        return name


def _ends_like_a_state(key: str) -> bool:
    return _ends_like_a_verb(key) or key.endswith(("ing", "ed", "iyim", "ly", "ous", "ful", "less", "able", "ible"))


def _ends_like_a_verb(key: str) -> bool:
    """As Turkish verbs do, and "my ...s": "dökülüyor", "gördüm", "saçlarım"."""
    return key.endswith(_VERB_ENDINGS) or (len(key) > _LONGEST_PAST_NAME and key.endswith(("dim", "dum", "tim", "tum")))


def _capitals(name: str, language: Language, particles: frozenset[str]) -> str:
    lower = {big: small for small, big in language.upper.items()}
    words: list[str] = []
    for word in name.split(" "):
        small = "".join(lower.get(c, c.lower()) for c in word) if word.isupper() else word
        pieces = small.split("-")
        keep = fold(small) in particles and words
        words.append(small if keep else "-".join(_capital(piece, language) for piece in pieces))
    return " ".join(words)


def _capital(word: str, language: Language) -> str:
    if not word:
        return word
    first = language.upper.get(word[0], word[0].upper())
    rest = word[1:]
    if len(word) > 2 and word[1] in "'’" and len(word[2:]) > 2:
        rest = word[1] + word[2].upper() + word[3:]
    return first + rest
