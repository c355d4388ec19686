"""Answers to the questions of triage: a yes or no to each, findings that were said, or one word for all of them."""

import re
from collections.abc import Mapping, Sequence

from careline.dialogue.triage_pack import Question
from careline.dialogue.triage_state import Answer
from careline.language import Said
from careline.language.text import fold

_YES = r"yes|yep|yeah|yup|y|evet|var|oldu|aynen"
_NO = r"no|nope|none|nah|n|neither|never|not|hayir|yok|degil|hic"
_WORD = re.compile(rf"\b(?:({_YES})|({_NO}))\b")
_UNSURE = re.compile(
    r"\b(?:not sure|unsure|dont know|do not know|maybe|perhaps|no idea|idk|emin degilim|bilmiyorum|belki|galiba)\b"
)
_DENYING = frozenset(
    ("no", "nope", "none", "nah", "neither", "never", "nothing", "dont", "havent", "hayir", "yok", "hicbiri", "hic")
)
_COURTEOUS = frozenset(("to", "all", "of", "these", "those", "them", "any", "the", "above", "like", "that", "thanks"))
_PLAIN = _DENYING | _COURTEOUS | frozenset(("i", "do", "have", "not", "at", "thank", "you", "bunlarin", "hepsine"))
_RESERVED = re.compile(r"\b(?:but|except|only|although|though|however|ama|fakat|sadece|ancak)\b")
_PARTS = re.compile(r"[,.;\n/]+|\band\b|\bbut\b|\bve\b|\bama\b")
_ORDINAL = re.compile(
    r"\b(?:(first|1st|1|ilk\w*|birinci\w*)|(second|2nd|2|ikinci\w*)|(third|3rd|3|last|ucuncu\w*|son\w*))\b"
)


def read_answers(
    text: str, said: Said, findings: Mapping[str, str], pending: Sequence[Question], asked: int
) -> dict[str, Answer]:
    """The answers found, by question id; what is not in it was not answered.

    `findings` are the message's ids with "present" or "absent"; `asked` is how many questions there were, these first.
    A plain yes to several questions counts for all of them: it is better to take one too many warning signs for there
    than one too few.
    """
    answers = _by_findings(findings, pending)
    rest = [question for question in pending if question.id not in answers]
    if not rest:
        return answers
    folded = fold(text)
    if _UNSURE.search(folded):
        return {**answers, **{question.id: "unsure" for question in rest}}
    if "absent" in findings.values() and not _plain_no(folded):
        return answers  # "no stiff neck, no rash" says nothing of the other questions
    listed = _listed(folded)
    if len(listed) == asked > 1:
        return {**dict(zip((question.id for question in pending), listed, strict=False)), **answers}
    return {**answers, **_for_all(folded, said, listed, rest, any_yes="yes" in answers.values())}


def _plain_no(folded: str) -> bool:
    """Whether a part of the answer is a no that names nothing: "no", "none of these", "hiçbiri yok"."""
    parts = [set(part.split()) for part in _PARTS.split(folded)]
    return any(words and words <= _PLAIN and not words.isdisjoint(_DENYING) for words in parts)


def _by_findings(findings: Mapping[str, str], pending: Sequence[Question]) -> dict[str, Answer]:
    answered = {question.id: question.answered_by(findings) for question in pending}
    return {question_id: answer for question_id, answer in answered.items() if answer is not None}


def _listed(folded: str) -> list[Answer]:
    """A yes or no of each part of an answer such as "no, yes, no" or "1 no 2 yes 3 no"."""
    found: list[Answer] = []
    for part in _PARTS.split(folded):
        words: list[Answer] = ["yes" if match.group(1) else "no" for match in _WORD.finditer(part)]
        nothing_else = len(words) == len(part.split())
        found += words if nothing_else or _ORDINAL.search(part) else words[:1]
    return found


def _for_all(
    folded: str, said: Said, listed: list[Answer], rest: Sequence[Question], *, any_yes: bool
) -> dict[str, Answer]:
    ordinal = _named(folded, rest)
    if ordinal:
        return ordinal
    if {"yes", "no"} <= set(listed) or (_RESERVED.search(folded) and not any_yes):
        return {}
    if "yes" in said.intents and "no" not in said.intents:
        return {} if any_yes else {question.id: "yes" for question in rest}
    if ("no" in said.intents and "yes" not in said.intents) or (listed and set(listed) == {"no"}):
        return {question.id: "no" for question in rest}
    if any_yes:
        return {question.id: "unsure" for question in rest}
    return {}


def _named(folded: str, rest: Sequence[Question]) -> dict[str, Answer]:
    """A yes to the one named ("only the second") and a no to the others."""
    matches = list(_ORDINAL.finditer(folded))
    if (
        len(matches) != 1
        or any(match.group(2) for match in _WORD.finditer(folded))
        or len(folded.split()) > 6
        or len(rest) < 2
    ):
        return {}
    groups = matches[0].groups()
    place = min(next(n for n, group in enumerate(groups) if group), len(rest) - 1)
    return {question.id: ("yes" if n == place else "no") for n, question in enumerate(rest)}
