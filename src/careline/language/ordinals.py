"""Which of several offers somebody means: "the second one", "number 3", "ikincisi", "the last one" (-1)."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from careline.language.lexemes import Lexeme, lexemes, time_words
from careline.language.lexicon import Language, listed
from careline.language.phrases import Phrases
from careline.language.text import Token
from careline.language.times import TimeFound

_MOST = 50
_LAST = -1


class _ChoiceWords(NamedTuple):
    before: Phrases[bool]
    after: Phrases[bool]
    last: Phrases[bool]
    excluded: Phrases[bool]


@cache
def choice_words(language: Language) -> _ChoiceWords:
    data = language.data["time"]["choice"]
    return _ChoiceWords(
        *(Phrases(((e, True) for e in listed(data[k])), language.endings) for k in ("before", "after", "last", "not"))
    )


def find_ordinal(tokens: Sequence[Token], language: Language, time: TimeFound) -> int | None:
    """Counted from 1. A bare number is an ordinal as well as, where one was asked for, a time: the caller knows."""
    words = choice_words(language)
    excluded = {at for hit in words.excluded.find(tokens) for at in range(hit.first, hit.last)}
    spoken = [token for token in tokens if token.kind != "sign" or token.key == "#"]
    for hit in words.last.find(tokens):
        whole = hit.last - hit.first == len(spoken)
        if hit.first not in excluded and (whole or hit.last - hit.first > 1 or words.after.longest(tokens, hit.last)):
            return _LAST
    for one in lexemes(tokens, time_words(language)):
        if one.letter in "DnOx" and one.first not in excluded and (found := _ordinal(one, tokens, words, time)):
            return found
    return None


def _ordinal(one: Lexeme, tokens: Sequence[Token], words: _ChoiceWords, time: TimeFound) -> int | None:
    if not 1 <= one.value <= _MOST:
        return None
    alone = all(
        at in range(one.first, one.last) or token.kind == "sign" or words.before.longest(tokens, at) is not None
        for at, token in enumerate(tokens)
    )
    in_time = one.first in time.tokens and not alone
    dotted = one.letter == "D" and one.last + 1 < len(tokens) and tokens[one.last].key == "."  # "2. olan"
    followed = words.after.longest(tokens, one.last + dotted) is not None
    led = one.first > 0 and words.before.longest(tokens, one.first - 1) is not None
    if one.letter in "Ox" or (dotted and followed):
        fits = alone or followed or led or one.last == len(tokens)
        return one.value if fits and (not in_time or followed) else None
    announced = led and tokens[one.first - 1].key != "the"
    return one.value if alone or (announced and not in_time) or (followed and led) else None
