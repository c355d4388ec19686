"""Whether a text put into other words still says the same: what can be checked by rule, and refused when in doubt.

A rephrasing passes only if it is made of the words of the text and of courtesies, and every fact of the text is in it
and no other: numbers in digits and words, times, dates,
names, links, addresses, money, roles, urgency, certainty, denials, questions, and the disclosure of the AI. Times and
numbers keep their order, so that none is put beside another thing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from careline.dialogue import disclosure
from careline.dialogue.fact_words import DENYING_ENDINGS, FACT_WORDS, HARMLESS
from careline.language import Languages, Vocabulary
from careline.language.detection import detect
from careline.language.foreign import find_foreign
from careline.language.lexemes import TIMELY, Lexeme, lexemes, time_words
from careline.language.lexicon import Language
from careline.language.phrases import Phrases
from careline.language.text import Token, fold, tokens

LONGEST = 600
"""Characters of a text that may be put into other words at all."""
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|[\w.+%'-]+@[\w.-]+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b(?:/\S*)?", re.I)
_MARKUP = frozenset("<>{}[]*_#`|\\~^=@$€£₺%&+/")
_SENTENCE_ENDS = frozenset(".!?:…;\n•")
_STEM = 5
"""Letters that two forms of a word have in common."""
_ALWAYS = frozenset("nxWMRQEGPSTU")
_BESIDE = frozenset("NLABZVoIwf")
"""Marks that change a time they stand beside: next, last, after, before, ago, within, between, from."""

Fact = tuple[str, str]


class Facts(msgspec.Struct, frozen=True):
    """`ordered` are numbers and times as they follow one another; `others` all the rest, sorted."""

    ordered: tuple[Fact, ...]
    others: tuple[Fact, ...]


class FactLock:
    """Holds the words of all languages. `terms` are a pack's own (its treatments): facts wherever they stand."""

    def __init__(self, languages: Languages, terms: Vocabulary | None = None) -> None:
        self._languages = languages
        self._terms = terms
        self._words = {
            one.code: Phrases(
                ((word.strip(), fact) for fact, words in FACT_WORDS[one.code].items() for word in words.split(",")),
                one.endings,
            )
            for one in languages.all()
            if one.code in FACT_WORDS
        }

        self._harmless = {code: frozenset(HARMLESS[code].split()) for code in self._words}

    def broken(self, text: str, other: str, language: str, names: Iterable[str] = ()) -> str | None:
        """What the other words of a text in this language get wrong, in a word; None when they may be used.

        `names` were filled into the text, and must be in it as they are.
        """
        if language not in self._words:
            return "language"
        text, other = unicodedata.normalize("NFC", text), unicodedata.normalize("NFC", other)
        if not _alike_in_shape(text, other):
            return "shape"
        if any(text.count(name) != other.count(name) for name in names if name):
            return "name"
        if not self._same_language(other, language):
            return "language"
        if disclosure.claims(other) or (disclosure.discloses(text) and not disclosure.discloses(other)):
            return "disclosure"
        before, after = self.facts(text, language), self.facts(other, language)
        if before.ordered != after.ordered:
            return "number_or_time"
        if before.others != after.others:
            changed = Counter(before.others)
            changed.subtract(after.others)
            return next(kind for (kind, _), count in sorted(changed.items()) if count)
        return "added" if self._adds(text, other, language) else None

    def facts(self, text: str, language: str) -> Facts:
        """All facts of a text, as comparable values."""
        own = self._languages[language]
        addresses = [("address", match.group().rstrip(".,;:!?").casefold()) for match in _ADDRESS.finditer(text)]
        spoken = tokens(_ADDRESS.sub(" ", text))
        others = [
            *addresses,
            *(("word", hit.value) for hit in self._words[language].find(spoken)),
            *(("denial", "") for _ in re.finditer(DENYING_ENDINGS[language], text.lower())),
            *(("question", "") for character in text if character in "?？؟"),
            *(("name", token.key) for token in self._names(spoken, own)),
            *(("term", match.id) for match in (self._terms.find(text) if self._terms else ())),
        ]
        return Facts(tuple(_ordered(spoken, own)), tuple(sorted(others)))

    def _adds(self, text: str, other: str, language: str) -> bool:
        """Whether there is a word that is neither of the text, in whatever form, nor one that says nothing."""
        said = [token.key for token in tokens(text) if token.kind == "word"]
        beginnings = {key[:_STEM] for key in said if len(key) >= _STEM}
        harmless = self._harmless[language]
        return any(
            token.kind == "word"
            and token.key not in harmless
            and token.key not in said
            and token.key[:_STEM] not in beginnings
            for token in tokens(other)
        )

    def _names(self, spoken: Sequence[Token], own: Language) -> Iterable[Token]:
        """Capitalised words, but those any sentence can begin with; first names however they are written."""
        begins = True
        for token in spoken:
            given = token.stem in self._languages.given and token.stem not in own.ordinary
            if token.kind == "word" and len(token.stem) > 1:  # not "I" and "I'm"
                capital = token.text[0].isupper()
                usual = token.key in own.ordinary or bool(self._languages.votes(token.key))
                if given or (capital and not (begins and usual)):
                    yield token
            if token.kind == "sign":
                begins = token.key in _SENTENCE_ENDS or (begins and token.key in "\"'“”«»(-–—")
            else:
                begins = False

    def _same_language(self, text: str, language: str) -> bool:
        spoken = tokens(text)
        found, sure, _ = detect(spoken, self._languages, language)
        latin = all("LATIN" in unicodedata.name(c, "") for c in text if c.isalpha())
        return latin and not (sure and found != language) and find_foreign(spoken, self._languages)[0] is None


def _alike_in_shape(text: str, other: str) -> bool:
    """Neither much longer nor much shorter, to the end of a sentence, and with no sign that is more than writing."""
    if not other.strip() or max(len(text), len(other)) > LONGEST:
        return False
    if text.rstrip()[-1:] in _SENTENCE_ENDS and other.rstrip()[-1] not in _SENTENCE_ENDS:
        return False
    signs = {c for c in other if c in _MARKUP or unicodedata.category(c)[0] == "C"} - {"\n"}
    lines = other.count("\n") <= text.count("\n")
    return lines and signs <= set(text) and 0.5 * len(text) - 20 <= len(other) <= 1.6 * len(text) + 20


def _ordered(spoken: Sequence[Token], own: Language) -> Iterable[Fact]:
    """Numbers and times in their order. Digits count as they are written, whatever they mean."""
    words = time_words(own)
    read = lexemes(spoken, words)
    letters = "".join(one.letter for one in read)
    found: list[tuple[int, Fact]] = [(n, ("digits", t.key)) for n, t in enumerate(spoken) if t.kind == "number"]
    found += [(n, ("weak", t.key)) for n, t in enumerate(spoken) if t.key in words.weak]
    for at, one in enumerate(read):
        if _counts(at, one, letters) and spoken[one.first].kind == "word":
            found.append((one.first, (one.letter, fold(str(one.value)))))
    return [fact for _, fact in sorted(found)]


def _counts(at: int, one: Lexeme, letters: str) -> bool:
    """Whether a word of time or number is a fact where it stands."""
    before, after = letters[at - 1 : at] if at else "", letters[at + 1 : at + 2]
    beside = any(letter and letter in TIMELY | {"U"} for letter in (before, after))
    if one.letter == "n" and one.value == 1:
        return after in ("U", "k")  # "one of us" is no number, "bir" mostly an article
    if one.letter == "m":
        return before in ("D", "H", "n")
    if one.letter == "D":
        return True  # of a named day
    return one.letter in _ALWAYS or (one.letter in _BESIDE and beside)
