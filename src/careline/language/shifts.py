"""How far a time is to be moved: "an hour later", "two days earlier", "bir saat sonraya"."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from careline.language.lexemes import Lexeme, lexemes, time_words
from careline.language.lexicon import Language, listed
from careline.language.phrases import Phrases
from careline.language.said import Shift
from careline.language.text import Token

_MINUTES = {"minute": 1, "hour": 60}
_DAYS = {"day": 1, "week": 7, "month": 28}
_MOST = 366


@cache
def shift_words(language: Language) -> Phrases[int]:
    """The words that follow an amount of time, by their sign."""
    shifts = language.data["time"]["shifts"]
    entries = [(word, sign) for key, sign in (("later", 1), ("earlier", -1)) for word in listed(shifts[key])]
    return Phrases(entries, language.endings)


@cache
def _halves(language: Language) -> Phrases[int]:
    return Phrases([(word, 30) for word in listed(language.data["time"]["shifts"]["half_hour"])], language.endings)


def find_shift(tokens: Sequence[Token], language: Language) -> Shift | None:
    """The first amount of time in the message that is followed by the word for later or earlier."""
    words = shift_words(language)
    for at in range(min(len(tokens), 60)):
        if (half := _halves(language).longest(tokens, at)) and (sign := words.longest(tokens, half.last)):
            return Shift(minutes=half.value * sign.value)
    parts = lexemes(tokens[:60], time_words(language))
    for number, unit in pairwise(parts):
        if number.letter in "Dn1" and unit.letter == "U" and (sign := words.longest(tokens, unit.last)):
            return _amount(number, unit, sign.value)
    return None


def _amount(number: Lexeme, unit: Lexeme, sign: int) -> Shift | None:
    count = number.value if isinstance(number.value, int) else 1
    if not 0 < count <= _MOST:
        return None
    if unit.value in _MINUTES:
        return Shift(minutes=sign * count * _MINUTES[unit.value])
    return Shift(days=sign * count * _DAYS[unit.value])
