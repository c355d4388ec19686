"""What a person says of themself, or of whom they write for: age, sex, pregnancy, conditions, medicines."""

import re
from collections.abc import Iterable
from typing import Literal

from careline.safety.findings import Finding, ProfileFacts

_UNITS = {"d": 1 / 365.25, "g": 1 / 365.25, "w": 7 / 365.25, "h": 7 / 365.25, "m": 1 / 12, "a": 1 / 12, "y": 1.0}
_UNIT = r"(days?|d|weeks?|wks?|wk|w|months?|mnths?|mths?|mos?|m|years?|yrs?|yr|y)"
_OLD = re.compile(rf"\b(\d{{1,3}}(?:\.5)?)\s?-?\s?{_UNIT}\s?-?\s?(?:olds?|o|of age)\b")
_SHORT = re.compile(r"\b(\d{1,3})\s?(yo|y/o|yrold|yearold|m/o|mo)\b")
_AGED = re.compile(
    r"\b(?:aged?|age is|age:|im|i am|hes|he is|shes|she is|who is|(?:son|daughter|child|kid|mother|mom|mum|father|dad|"
    r"wife|husband|boy|girl|grand\w+|brother|sister|aunt|uncle) is) "
    r"(\d{1,3})(?: now| and|,|\.|$| year| with| female| male| f\b| m\b)"
)
_INFANT = re.compile(
    r"\b(?:hes|he is|shes|she is|newborn|baby|aged?|only|just) (\d{1,2}) (days?|weeks?|wks?)\b"
    r"(?! (?:ago|pregnant|post|after|since))"
)
_YOUNG = re.compile(
    r"\b(?:hes|shes|aged?|(?:he|she|baby|boy|girl|son|daughter|grand(?:son|daughter)|twins?|little one|niece|nephew) "
    r"(?:is|are)) (?:only |just |about |nearly |almost )?(\d{1,2}) (days?|weeks?|wks?|months?|mths?)\b"
    r"(?! (?:ago|pregnant|post|after|since|into|in|out|along|late|sober|clean|away|overdue|gone))"
)
_MOTHERS = re.compile(
    r"\b(?:my (?:left |right )?(?:boobs?|nipples?|stitches|section|scar)|breasts?(?! ?(?:milk|fe))|mastitis|"
    r"lochia|i gave birth|i had (?:a |my )?(?:baby|section|c section))\b"
)
"""The complaint is the mother's: the age of the baby is not that of who is ill."""
_LETTER = re.compile(r"(?<![\d.,])\b(?:(\d{1,2})\s?([mf])|([mf])\s?(\d{1,2}))\b")
_TURKISH = re.compile(r"\b(\d{1,3})\s?(gunluk|haftalik|aylik|yasinda\w*|yasindayim|yas)\b(?!\s(?:hamile|gebe))")
_TURKISH_UNITS = {"gunluk": 1 / 365.25, "haftalik": 7 / 365.25, "aylik": 1 / 12}
_WORDED = (
    (re.compile(r"\b(?:newborn|yenidogan|just born)\b"), 0.02),
    (re.compile(r"\b(?:preemie|premature baby)\b"), 0.15),
    (re.compile(r"\b(?:infant|bebegi\w*|bebek\w*|baby|babys)\b"), 0.5),
    (re.compile(r"\b(?:toddler|diapers?|nappy|nappies)\b"), 2.0),
    (re.compile(r"\b(?:elderly|yasli)\b"), 80.0),
)
_WEEKS_PREGNANT = re.compile(
    r"\b(\d{1,2})(?:\s?\+\s?\d)?\s?(?:weeks?|wks?|w|haftalik) (?:and \d days? )?(?:pregnant|preggo|gestation|gebe\w*|hamile\w*|along)\b"  # noqa: E501
)
_PREGNANT_WEEKS = re.compile(
    r"\b(?:pregnant|hamile\w*|gebe\w*)\W+(?:at |im |i am |about )?(\d{1,2}) ?(?:weeks?|wks?|hafta\w*)\b"
)
_WEEKS_ALONG = re.compile(
    r"\b(?:im|i am) (?:about |now |almost |nearly )?(\d{1,2})(?:\s?\+\s?\d)? ?(?:weeks?|wks?)\b"
    r"(?! (?:post|after|old|out|into|late|since|away|sober|clean|ago|from|in|on|sick|ill))"
)
_BARE_WEEKS = re.compile(
    r"(?<!for )(?<!in )(?<!last )(?<!every )(?<!after )\b(2\d|3\d|4[0-2])(?:\s?\+\s?\d)?\s?(?:weeks?|wks?)\b"
    r"(?! ?(?:old|ago|of|later|after|post|since))"
)
_UNBORN = re.compile(
    r"\b(?:contract\w+|tighten\w+|waters?|kick\w*|movements?|bump|midwife|bleed\w*|flashing|ribs?|swell\w*|swollen|"
    r"push\w*|g\dp\d|placenta|scan|itch\w*)\b"
)
_MONTHS_PREGNANT = re.compile(r"\b(\d) ?(?:months?|aylik) (?:pregnant|hamile\w*|gebe\w*)\b")
_FEMALE = re.compile(
    r"\b(?:im a woman|female|woman|girl|f|my (?:wife|mom|mum|mother|daughter|sister|girlfriend|grandma|aunt)|kadinim|kizim\w*|annem\w*|esim hamile)\b"  # noqa: E501
)
_MALE = re.compile(
    r"\b(?:im a (?:man|guy)|male|man|boy|m|my (?:husband|dad|father|son|brother|boyfriend|grandpa|uncle|penis|testicles?|balls)|erkegim|oglum\w*|babam\w*)\b"  # noqa: E501
)


def read_facts(folded: str, findings: Iterable[Finding], fact_ids: frozenset[str]) -> ProfileFacts:
    """Facts in a folded line with its numbers in digits, with the findings that are about the person and not denied."""
    states = frozenset(f.id for f in findings if f.id in fact_ids and f.status == "present" and f.frame == "stated")
    weeks = _pregnancy_weeks(folded)
    if weeks is not None:
        states |= {"pregnant"}
    sex: Literal["female", "male"] | None = "female" if "pregnant" in states else _sex(folded)
    return ProfileFacts(age=_age(folded, pregnant="pregnant" in states), sex=sex, pregnancy_weeks=weeks, states=states)


def _pregnancy_weeks(folded: str) -> float | None:
    match = _WEEKS_PREGNANT.search(folded) or _PREGNANT_WEEKS.search(folded) or _WEEKS_ALONG.search(folded)
    if match and 1 <= int(match.group(1)) <= 44:
        return float(match.group(1))
    if (bare := _BARE_WEEKS.search(folded)) and _UNBORN.search(folded):
        return float(bare.group(1))
    months = _MONTHS_PREGNANT.search(folded)
    return float(months.group(1)) * 4.3 if months else None


def _age(folded: str, *, pregnant: bool) -> float | None:
    if match := _OLD.search(folded):
        unit = match.group(2)
        return _plausible(float(match.group(1)) * _UNITS[unit[0]])
    if match := _SHORT.search(folded):
        return _plausible(float(match.group(1)) / (12 if match.group(2).startswith("m") else 1))
    if match := _TURKISH.search(folded):
        return _plausible(float(match.group(1)) * _TURKISH_UNITS.get(match.group(2), 1.0))
    if (match := _YOUNG.search(folded) or _INFANT.search(folded)) and not _MOTHERS.search(folded):
        return _plausible(float(match.group(1)) * _UNITS[match.group(2)[0]])
    if match := _AGED.search(folded):
        return _plausible(float(match.group(1)))
    if match := _LETTER.search(folded):
        return _plausible(float(match.group(1) or match.group(4)))
    if pregnant:
        return None  # "the baby" is not born yet
    return next((age for pattern, age in _WORDED if pattern.search(folded)), None)


def _plausible(age: float) -> float | None:
    return round(age, 3) if age <= 120 else None


def _sex(folded: str) -> Literal["female", "male"] | None:
    female, male = _FEMALE.search(folded), _MALE.search(folded)
    if female and male:
        return None
    return "female" if female else "male" if male else None
