"""Which language a message is in, from its words and letters."""

from collections.abc import Sequence

from careline.language.lexicon import Languages
from careline.language.text import Token

_MOST_WORDS = 200
_LETTER_WEIGHT = 2


def detect(
    tokens: Sequence[Token], languages: Languages, expected: str, *, first: bool = False
) -> tuple[str, bool, list[str]]:
    """(language, whether the message alone shows it, all languages it may be read in, likeliest first).

    A short answer, a name or a language that is not installed keeps the expected one. In a `first` message, when
    nothing was said yet that an answer could be expected in, words of one language alone are proof enough.
    """
    scores = dict.fromkeys(languages.codes, 0)
    words = 0
    for token in tokens[:_MOST_WORDS]:
        if token.kind == "word":
            words += 1
            for code in languages.votes(token.key) or languages.votes(token.stem):
                scores[code] += 1
    _count_letters(tokens, languages, scores)
    ranked = sorted(scores, key=lambda code: (-scores[code], code != expected, code))
    best, second = ranked[0], ranked[1] if len(ranked) > 1 else None
    margin = scores[best] - (scores[second] if second else 0)
    alone = first and margin == scores[best] > 0
    sure = (alone or (margin >= 2 and words >= 2)) and scores[best] * 3 >= words
    read_in = [code for code in ranked if scores[code] * 2 > scores[best]]
    if not sure:
        read_in = [*read_in, *([] if expected in read_in else [expected])]
    return (best if sure else expected), sure, read_in


def _count_letters(tokens: Sequence[Token], languages: Languages, scores: dict[str, int]) -> None:
    for one in languages.all():
        if one.letters:
            hits = sum(
                not one.letters.isdisjoint(token.text)
                for at, token in enumerate(tokens[:_MOST_WORDS])
                if at == 0 or not token.text[0].isupper()  # names are written the same in every language
            )
            scores[one.code] += _LETTER_WEIGHT * min(hits, 3)
