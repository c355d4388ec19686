"""Which of several offers somebody means."""

from collections.abc import Sequence

from careline.language.lexicon import Language
from careline.language.text import Token
from careline.language.times import TimeFound


def find_ordinal(tokens: Sequence[Token], language: Language, time: TimeFound) -> int | None:
    return None
