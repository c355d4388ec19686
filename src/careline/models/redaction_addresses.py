"""How street addresses and postcodes are written, in the countries people most write from. Pure.

Words that are also ordinary ones ("a long way") count only where the whole is written as a name.
"""

import re
from collections.abc import Iterator

_WORD = r"[^\W\d_][\w.'’-]{0,30}"
_CAPITAL = r"[^\W\d_a-zçğıöşüäß][\w'’.-]{0,30}"
_NAMED = "Road|Rd|St|Ave|Lane|Ln|Drive|Dr|Blvd|Court|Ct|Square|Sq|Place|Pl|Way|Terrace|Close|Crescent|Gardens|Mews"
_PLAIN = "street|st|road|rd|avenue|ave|lane|ln|terrace|crescent|gardens|boulevard|blvd|mews"
_CADDE = "Caddesi|Cad|Cd|Sokağı|Sokak|Sok|Sk|Bulvarı|Blv|Mahallesi|Mah|Mh|Sitesi|Apartmanı"
_NO = r"[ ,.:]{1,3}(?:no[.:]{0,2}[ ]?)?\d{1,4}(?!\d)(?:/\d{1,4})?"
_UNIT = r"(?:flat|apt|apartment|unit|suite|daire|da|d|kat|k|blok)\b[ .:#]{0,2}\d{1,4}[a-z]?\b"
_AFTER = rf"(?:(?:,? {{0,2}}{_UNIT}){{1,3}})?"
_UK = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}"
_STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|"
    "W[AIVY]"
)
# Before "road" these make no name of it: "5 miles down the road", "2 bad roads".
_NO_NAME = (
    r"(?!(?:a|an|the|my|this|that|of|in|on|at|to|by|down|up|off|from|and|or|for|with|per|each|long|short|bad|more|"
    r"miles?|km|kms|met(?:er|re)s?|yards?|feet|steps?|blocks?|mins?|minutes?|hours?|hrs?|days?|weeks?|months?|years?|"
    r"times?|pills?|tablets?|mg|ml|people|cars?)\b)"
)
_PATTERNS = (
    re.compile(
        rf"(?:\b{_UNIT},? {{0,2}})?\b\d{{1,5}}[A-Za-z]?,? (?:{_CAPITAL} ){{1,4}}(?:{_NAMED})\b(?: [NS]?[EW]\b)?"
    ),
    re.compile(
        rf"(?:\b{_UNIT},? {{0,2}})?\b\d{{1,5}}[a-z]?,? (?:{_NO_NAME}{_WORD} ){{1,2}}(?:{_PLAIN})\b"
        rf"(?: [ns]?[ew]\b)?{_AFTER}",
        re.I,
    ),
    re.compile(rf"\b(?:{_CAPITAL} ){{1,3}}(?:Street|Road|Avenue|Lane|Boulevard)\b"),
    re.compile(rf"\b(?:{_CAPITAL} ){{1,3}}(?:{_CADDE})\b(?:(?i:{_NO}))?(?i:{_AFTER})"),
    re.compile(rf"\b(?:{_WORD} ){{1,2}}(?:{_CADDE}){_NO}{_AFTER}", re.I),
    re.compile(rf"\b\d{{2,5}}\.? ?(?:Cadde(?:si)?|Cad|Sokak|Sok|Sk)\b\.?(?:{_NO})?{_AFTER}", re.I),
    re.compile(r"\b[^\W\d_][\w.-]{0,40}(?:straße|strasse|str\.|weg|platz|allee|gasse) \d{1,4}[a-z]?\b", re.I),
    re.compile(r"\b\d{1,4}(?: bis)?,? (?:rue|avenue|boulevard|chemin|quai) [^\W\d_][\w'’ -]{1,40}", re.I),
    re.compile(r"(?:\b(?:calle|avenida|plaza|paseo)|\bc/) ?[^\W\d_][\w'’ ]{1,40},? \d{1,4}\b", re.I),
    re.compile(rf"\b(?:Via|Viale|Piazza|Corso) (?:{_CAPITAL} ?){{1,3}},? \d{{1,4}}\b"),
    re.compile(r"\b(?:улица|ул\.|проспект|пр\.) [^\W\d_][\w -]{1,40},?(?: д\.)? ?\d{1,4}(?:,? кв\. ?\d{1,4})?", re.I),
    re.compile(r"\bP\.? ?O\.? ?box \d{1,7}\b", re.I),
    re.compile(rf"\b{_UK}\b"),
    re.compile(rf"\b(?:{_STATES}),? \d{{5}}(?:-\d{{4}})?\b"),
    re.compile(rf"\b\d{{5}} {_CAPITAL} ?/ ?{_CAPITAL}"),
)
_TOWN = re.compile(rf"[.,]? \d{{5}} {_CAPITAL}(?: ?/ ?{_CAPITAL})?")
"""After a street."""


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where they stand, in no order; they may overlap."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            town = _TOWN.match(text, match.end())
            yield match.start(), town.end() if town is not None else match.end()
