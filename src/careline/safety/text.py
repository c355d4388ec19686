"""A message as words with spans: folded keys, sentence of each word, and how far words are apart."""

import re
import unicodedata
from functools import lru_cache

_LETTERS = r"[^\W\d_]+(?:['’‘`´ʼ][^\W\d_]+)*"
_TOKEN = re.compile(rf"({_LETTERS})|(\d+(?:[.,]\d+)?)|([.!?;,:()\n…])")
_HARD = frozenset(".!?;\n…")
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xAD))
_MOST_CHARACTERS = 16_000
_LONGEST_WORD = 40
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")


class _Fold(dict[int, str]):
    """str.translate table, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", chr(code)).casefold().replace("ı", "i")
        folded = "".join(c for c in plain if not unicodedata.combining(c))
        if len(self) < 20_000:
            self[code] = folded
        return folded


_FOLD = _Fold({ord(c): "" for c in "'’‘`´ʼ"})


@lru_cache(maxsize=16_384)
def fold(word: str) -> str:
    """The key of a word: lower case, without diacritics and apostrophes, so that every way of typing it is one key.

    Folding loses the difference between Turkish dotted and dotless i on purpose: people leave it out.
    """
    return word.translate(_FOLD)[:_LONGEST_WORD]


def squeezed(key: str) -> str:
    """A drawn-out word at its normal length ("helpppp", "pleaaase")."""
    return _DRAWN_OUT.sub(r"\1", key)


class Words:
    """The words and numbers of a text. `keys[i]` is folded; `text[starts[i]:ends[i]]` is what was typed.

    `sentence[i]` numbers the sentence, `bounds[s]` is its half-open range of words, `questions` holds those that end
    with a question mark. `commas[i]` counts the commas, colons and brackets before word i.
    """

    __slots__ = ("bounds", "commas", "ends", "keys", "questions", "sentence", "starts", "text")

    def __init__(self, text: str) -> None:
        if not text.isascii():
            text = unicodedata.normalize("NFC", text.translate(_INVISIBLE))
        self.text = text[:_MOST_CHARACTERS]
        self.keys: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.sentence: list[int] = []
        self.commas: list[int] = []
        self.bounds: list[tuple[int, int]] = []
        self.questions: set[int] = set()
        self._read()

    def _read(self) -> None:
        first = commas = 0
        for match in _TOKEN.finditer(self.text):
            kind = match.lastindex
            if kind == 3:
                sign = match.group()
                if sign not in _HARD:
                    commas += 1
                    continue
                if sign == "?" and len(self.keys) > first:
                    self.questions.add(len(self.bounds))
                if len(self.keys) > first:
                    self.bounds.append((first, len(self.keys)))
                    first = len(self.keys)
                elif sign == "?" and self.bounds:
                    self._asked_twice_or_after(match.start())
                continue
            raw = match.group()
            self.keys.append(fold(raw) if kind == 1 else raw.replace(",", "."))
            self.starts.append(match.start())
            self.ends.append(match.end())
            self.sentence.append(len(self.bounds))
            self.commas.append(commas)
        if len(self.keys) > first:
            self.bounds.append((first, len(self.keys)))

    def _asked_twice_or_after(self, place: int) -> None:
        """A question mark after another sign: "??" is alarm rather than a question, "!?" and "... ?" are one."""
        last = len(self.bounds) - 1
        if self.text[place - 1 : place] == "?":
            self.questions.discard(last)
        else:
            self.questions.add(last)

    def __len__(self) -> int:
        return len(self.keys)
