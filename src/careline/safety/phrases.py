"""Phrases as data: words in order, a lone `*` for up to three other words, a trailing `*` for any ending."""

import re
import unicodedata

_CLAUSE_END = re.compile(r"[.!?;,\n]+|\b(?:but|just|ama|fakat)\b")
_NOT_WORD = re.compile(r"[^\w']+")
_GAP = r"(?:\w[\w']* ){0,3}"


def normalise(text: str) -> str:
    """Lower case without combining dots, typographic apostrophes made plain. Clause marks stay."""
    lowered = unicodedata.normalize("NFKC", text).replace("İ", "i").replace("’", "'").lower()
    return lowered.replace("\u0307", "")


def clauses(text: str) -> list[str]:
    """The normalised text cut at punctuation, `but` and `just`: a negation does not reach past these."""
    return [" ".join(_NOT_WORD.sub(" ", part).split()) for part in _CLAUSE_END.split(normalise(text))]


def compile_phrases(phrases: list[str]) -> re.Pattern[str]:
    """One pattern for all phrases, to be searched in a clause. Linear: gaps are bounded."""
    return re.compile(r"\b(?:" + "|".join(_one(phrase) for phrase in phrases) + ")")


def _one(phrase: str) -> str:
    parts: list[str] = []
    for word in normalise(phrase).split():
        if word == "*":
            parts.append(_GAP)
        elif word.endswith("*"):
            parts.append(re.escape(word[:-1]) + r"[\w']* ")
        else:
            parts.append(re.escape(word) + " ")
    joined = "".join(parts)
    return joined[:-1] + r"\b" if joined.endswith(" ") else joined
