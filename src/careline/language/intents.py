"""What the person wants of the conversation itself: yes, no, skip, cancel, a person, and so on."""

from collections.abc import Sequence
from typing import NamedTuple

from careline.language.lexicon import Language, NearRule
from careline.language.phrases import Found
from careline.language.text import Token, undrawn

_NEAR = 10
_CLAUSE_ENDS = frozenset(".,;:!?…-–—()\n")

_COURTESY = frozenset({"greeting", "thanks"})
_Hit = Found[frozenset[tuple[str, str]]]


class IntentsRead(NamedTuple):
    """`negated` of the intents; `only`: the message is nothing else but them and courtesies."""

    intents: frozenset[str] = frozenset()
    negated: frozenset[str] = frozenset()
    only: bool = False


def read_intents(tokens: Sequence[Token], language: Language, whole: Sequence[Token]) -> IntentsRead:
    """The intents of the message in this language. `whole` are all tokens, `tokens` may lack those of times."""
    found = _phrases(tokens, language)
    near = {rule.intent for rule in language.near if _near(whole, rule)}
    alone = not near and _nothing_else(tokens, found, language)
    intents: set[str] = set()
    negated: set[str] = set()
    opening_until = _skip_fillers(tokens, 0, language)
    for one in found:
        opens = one.first <= opening_until or _after_clause_end(tokens, one.first)
        only = alone and _of_one_mind(one, found)
        wanted = {intent for intent, mode in one.value if mode == "anywhere" or (mode == "opening" and opens) or only}
        if wanted & {"yes"} and (denial := _denied(tokens, one, language)):
            wanted.discard("yes")
            if denial == "no":
                wanted.add("no")
                negated.add("yes")
        if wanted & {"no"} and one.last < len(tokens) and tokens[one.last].key in language.question_after:
            wanted.discard("no")  # "yok mu?" asks whether there is any
        intents |= wanted
        if opens and wanted:
            opening_until = _skip_fillers(tokens, one.last, language)
    intents |= near
    for intent, others in language.overrides.items():
        if intent in intents:
            intents -= others
    if {"yes", "no"} <= intents:
        intents -= _weaker(tokens, found)
    return IntentsRead(frozenset(intents), frozenset(negated), bool(intents) and alone)


def squeezed(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with drawn-out letters shortened ("yesss", "evettt"), for a second reading."""
    return [t._replace(key=key) if t.kind == "word" and (key := undrawn(t.key)) != t.key else t for t in tokens]


def _phrases(tokens: Sequence[Token], language: Language) -> list[_Hit]:
    """The phrases of intents. A lone question mark is one only when there is nothing else."""
    found = language.intents.find(tokens)
    if all(token.kind == "sign" for token in tokens):
        return found
    return [one for one in found if tokens[one.first].key not in _CLAUSE_ENDS]


def _of_one_mind(one: _Hit, found: Sequence[_Hit]) -> bool:
    """Whether all else that is said means the same or is courtesy: "please" is no yes in "something later please"."""
    own = {intent for intent, _ in one.value}
    return all(own & {i for i, _ in other.value} or {i for i, _ in other.value} <= _COURTESY for other in found)


def _skip_fillers(tokens: Sequence[Token], at: int, language: Language) -> int:
    """The first token from here on that is neither a filler nor a sign."""
    while at < len(tokens):
        if tokens[at].kind == "sign" and tokens[at].key in _CLAUSE_ENDS:
            at += 1
        elif filler := language.filler.longest(tokens, at):
            at = filler.last
        else:
            break
    return at


def _after_clause_end(tokens: Sequence[Token], at: int) -> bool:
    return at > 0 and tokens[at - 1].key in _CLAUSE_ENDS


def _nothing_else(tokens: Sequence[Token], found: Sequence[_Hit], language: Language) -> bool:
    """Whether the message is made of intent phrases, fillers, courtesies and signs only."""
    if len(tokens) > 12 or not found:
        return False
    at = 0
    starts = {one.first: one.last for one in found}
    while at < len(tokens):
        if at in starts:
            at = starts[at]
        elif tokens[at].kind == "sign":
            at += 1
        elif courtesy := language.tail.longest(tokens, at) or language.filler.longest(tokens, at):
            at = courtesy.last
        else:
            return False
    return True


def _denied(tokens: Sequence[Token], one: _Hit, language: Language) -> str | None:
    """Why a yes is none: "no" for a negation beside it, "question" for a question mark or particle after it."""
    after = tokens[one.last].key if one.last < len(tokens) else ""
    if after in language.negators_after:
        return "no"
    if after == "?" or after in language.question_after:
        return "question"
    if one.first and tokens[one.first - 1].kind == "word":
        before = tuple(token.key for token in tokens[max(0, one.first - 2) : one.first])
        if before in language.negators_before or before[-1:] in language.negators_before:
            return "no"
    return None


def _weaker(tokens: Sequence[Token], found: Sequence[_Hit]) -> set[str]:
    """Of a yes and a no in one message the one that came first stands ("no, that works on friday" is a no)."""
    for one in found:
        kinds = {intent for intent, _ in one.value} & {"yes", "no"}
        if len(kinds) == 1:
            return {"yes", "no"} - kinds
    return set()


def _near(tokens: Sequence[Token], rule: NearRule) -> bool:
    whole, beginnings = rule.groups[0]
    for at, token in enumerate(tokens):
        if token.key in whole or (beginnings and token.key.startswith(beginnings)):
            window = tokens[max(0, at - _NEAR) : at + _NEAR + 1]
            if all(_any_of(window, words, begins) for words, begins in rule.groups[1:]):
                return True
    return False


def _any_of(window: Sequence[Token], whole: frozenset[str], beginnings: tuple[str, ...]) -> bool:
    return any(t.key in whole or (bool(beginnings) and t.key.startswith(beginnings)) for t in window)
