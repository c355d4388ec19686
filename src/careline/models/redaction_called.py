"""Dates of birth, and numbers of documents that are known only by what they are called ("passport 1234567"), as they
are written in English and Turkish. Pure.

Of a date of birth the day and the month are found: the year says no more than an age, which an answer may need.
"""

import re
from collections.abc import Iterator

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?|ocak|[şs]ubat|mart|nisan|may[ıi]s|haziran|temmuz|a[ğg]ustos|eyl[üu]l|ekim|"
    r"kas[ıi]m|aral[ıi]k)\b"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_GAP = r"(?:[ .]|, |\. |-)"
_YEAR = r"(?:19|20)\d\d(?!\d)"
_DATE = (
    rf"(?:(?P<dm>{_DAY}(?P<sign> ?[./-] ?){_DAY})(?P=sign)(?:{_YEAR}|\d\d(?!\d))"
    rf"|(?P<spaced>{_DAY} {_DAY}) {_YEAR}"
    rf"|{_YEAR}(?P<dash>[./-])(?P<md>{_DAY}(?P=dash){_DAY})(?!\d)"
    rf"|(?P<named>{_DAY}(?:st|nd|rd|th)?(?: of)?{_GAP}{_MONTH})"
    rf"|(?P<first>{_MONTH}{_GAP}(?:the )?{_DAY}(?!\d)(?:st|nd|rd|th)?)"
    r"|(?P<whole>\d{8}(?!\d)))"
)
_YEARLESS = r"(?P<short>(?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|[12]\d|3[01]))(?![./]?\d)"
_SAID = r"(?:[ \t]*(?:[:=(\-–—]|,|\b(?:is|was|on|the|\w{3,6}day|it['’]?s|ise|şu)\b))*\s{0,3}"
_BORN = r"\bborn\b(?: in [^\W\d]{2,20}(?: [^\W\d]{2,20})?)?"
_BIRTHDAY = (
    r"(?:\bd\.?o\.?b\b\.?|\b(?:date of birth|birth[ -]?da(?:te|y))\b|"
    r"\bdo[ğg]um ?(?:tarih|g[üu]n)\w{0,6}|\bd\. ?tarihi\b)"
    r"(?: (?:of|for) (?:my|our|his|her|their|the) [^\W\d]{2,12})?"
)
_ENGLISH = ("birth", "dob", "d.o")
_TURKISH = ("doğ", "dog", "d.t", "d. t")
_DATES = (
    (
        ("born", *_ENGLISH, *_TURKISH),
        re.compile(rf"(?:{_BORN}|{_BIRTHDAY}){_SAID}(?<![\d./-]){_DATE}", re.I),
    ),
    ((*_ENGLISH, *_TURKISH), re.compile(rf"{_BIRTHDAY}{_SAID}(?<![\d./-]){_YEARLESS}", re.I)),
    (
        ("dünya", "dunya", *_TURKISH),
        re.compile(
            rf"(?<![\w./-]){_DATE}(?: {_YEAR})?['’]?\w{{0,4}},? (?:tarih\w{{0,5}} |g[üu]n[üu] )?(?:[\w'’]{{2,20}} )?"
            r"(?:do[ğg](?:um(?:lu|um)|du|mu[şs])|d[üu]nyaya gel)",
            re.I,
        ),
    ),
    (
        _ENGLISH,
        re.compile(rf"(?<![\w./-]){_DATE}(?:,? {_YEAR})?,? (?:is|was) (?:my|his|her|their|the) {_BIRTHDAY}", re.I),
    ),
)
"""Each with words of which a text that matches it has one: most texts have none, and are not looked at closely."""
_PARTS = ("dm", "spaced", "md", "named", "first", "whole", "short")

_CERTAIN = (
    r"passports?|pasaport\w{0,5}|nhs|ssn|mrn|tckn|t\.? ?c\.?(?: kimlik\w{0,4})?|kimlik\w{0,4}|"
    r"n[üu]fus c[üu]zdan\w{0,3}|"
    r"(?:national |health |social |medical |travel )?insurance|social security|(?:identity|id|health) card|"
    r"medicare|medicaid|driv(?:ing|er['’]?s?) licen[cs]e|polic(?:y|e)|"
    r"(?:sa[ğg]l[ıi]k )?sigorta\w{0,3}|sgk|ssk|poli[çc]e\w{0,3}|ehliyet\w{0,3}|s[üu]r[üu]c[üu] belge\w{0,3}"
)
"""A number after one of these is its number."""
_POSSIBLE = (
    r"patient|identity|id|personal|hospital|chart|file|case|member(?:ship)?|customer|client|account|tax|medical record|"
    r"record|national|citizen(?:ship)?|resident|residence permit|visa|sort|policy holder|subscriber|beneficiary|"
    r"hasta|protokol|dosya|[üu]ye(?:lik)?|m[üu][şs]teri|vergi|hesap|ikamet\w{0,3}|"
    r"vatanda[şs]l[ıi]k|yabanc[ıi] kimlik"
)
"""After these it is so only when it is called a number."""
_CALLED = r"(?:\bi\.?d\b\.?|\bno(?:m|su|s[ıi])?\b\.?|\bnum(?:ber|ara\w{0,5})?\b\.?|\bnr\b\.?|#|\bcode\b|\bkod\w{0,3}\b)"
_IS = r"(?:[ \t]*(?:[:=#(\-–—]|,|\b(?:is|was|it['’]?s|ise|şu|olarak)\b))*\s{0,3}"
_AMOUNT = (
    r"(?! ?(?:mg|mcg|µg|gr?|ml|l|kg|lbs?|cm|mm|m|iu|bpm|mmhg|%|°|[€$£₺]|tl|usd|eur|gbp|try|lira|euros?|dollars?|"
    r"pounds?|years?|yrs?|months?|weeks?|days?|hours?|minutes?|times|pills?|tablets?|steps|people|"
    r"ya[şs]\w{0,6}|g[üu]n|hafta|ay|y[ıi]l|saat|dakika|kez|kere|defa|tane|tablet|hap|derece|ki[şs]i)\b|[.,:]\d|\d)"
)
_VALUE = (
    r"(?P<value>(?<![\w.,/-])(?:(?!n[or]\b)[a-z]{1,3}[ -])?(?=[a-z]{0,6}\d)[a-z0-9]{1,20}(?:[-/.][a-z0-9]{1,12}){0,4}"
    rf"{_AMOUNT}(?: \d{{2,4}}{_AMOUNT}){{0,5}})(?![^\W_])"
)
_CERTAINLY, _CALLED_SO = 5, 4
"""The digits it has at least."""
_DIGITS = re.compile(rf"(?:\d[^\d\n]{{0,2}}){{{_CALLED_SO - 1}}}\d")
_REACH = 100
"""Characters, more than what a number is called can be away from it."""
_NUMBERS = (
    (re.compile(rf"(?<!\w)(?:{_CERTAIN})(?!\w){_IS}{_VALUE}", re.I), _CERTAINLY),
    (
        re.compile(
            rf"(?<!\w)(?:(?:{_CERTAIN}|{_POSSIBLE})(?:['’]s)?[ .:-]{{0,2}}(?:card )?{_CALLED}"
            rf"(?:[ .]?{_CALLED})?|\bmy id){_IS}{_VALUE}",
            re.I,
        ),
        _CALLED_SO,
    ),
    (re.compile(rf"{_VALUE} (?:numaral[ıi]|nolu|no['’]lu) (?:\w+ )?(?:{_CERTAIN}|{_POSSIBLE})", re.I), _CALLED_SO),
    (
        re.compile(
            rf"{_VALUE},? (?:is|was) (?:my|his|her|their|the) (?:(?:{_CERTAIN}|{_POSSIBLE}) {_CALLED}|\bid\b)", re.I
        ),
        _CALLED_SO,
    ),
)


def dates_of_birth(text: str) -> Iterator[tuple[int, int]]:
    """Where their days and months stand, in no order; they may overlap."""
    lowered = text.lower()
    for words, pattern in _DATES:
        for match in pattern.finditer(text) if any(word in lowered for word in words) else ():
            groups = match.groupdict()
            yield from (match.span(part) for part in _PARTS if groups.get(part))


def called_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where the numbers stand that are called one of a document, in no order; they may overlap."""
    for start, end in _around_digits(text):
        for pattern, least in _NUMBERS:
            for match in pattern.finditer(text, start, end):
                if sum(sign.isdigit() for sign in match["value"]) >= least:
                    yield match.span("value")


def _around_digits(text: str) -> Iterator[tuple[int, int]]:
    """The parts of a text that have digits enough: most of a long one has none, and is not looked at closely."""
    start = end = 0
    for match in _DIGITS.finditer(text):
        if match.start() - _REACH > end:
            if end:
                yield start, end
            start = max(0, match.start() - _REACH)
        end = match.end() + _REACH
    if end:
        yield start, min(end, len(text))
