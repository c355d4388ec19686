"""Measured values in a message: temperature, oxygen, blood pressure, pulse, breathing rate, blood sugar, pain score.

Digits or words, English or Turkish, Celsius or Fahrenheit, mmol/L or mg/dL. A value no living person has is no value.
"""

import re

import msgspec

from careline.safety.findings import Vitals
from careline.safety.numerals import NUMBER_WORDS, in_digits
from careline.safety.text import fold

_N = r"(\d{1,3}(?:[.,]\d{1,2})?)"
_BETWEEN = (
    "is", "are", "were", "was", "of", "at", "reads?", "reading", "says?", "shows?", "now", "around", "about", "like",
    "it", "its", "s", "level", "levels", "rate", "my", "his", "her", "the", "and", "has", "been", "up", "to", "down",
    "dropped", "dropping", "went", "gone", "almost", "nearly", "over", "under", "above", "below", "only", "just",
    "hit", "reached", "yaklasik", "su", "an", "olcum", "olctum", "oldu", "cikti", "dustu", "im", "i", "si", "m", "a",
    "ya", "e", "ye", "derece", "degeri", "degerim", "seviyesi", "seviyem", "this", "morning", "today", "per", "cent",
)  # fmt: skip
_IS = rf"(?:[^\w.!?;]{{1,3}}|\b(?:{'|'.join(_BETWEEN)})\b){{0,7}}[^\w.!?;]{{0,2}}"
_WORDS: dict[str, str] = {
    "temperature": r"(?:temp|temps|temperature|fever|tmep|tempreture|temprature|ates|atesi|atesim|atesimiz|bt)",
    "oxygen": r"(?:sats?|spo2|o2 sats?|o2|oxygen|oximeter|pulse ox|saturation|oksijen\w*|saturasyon\w*|sao2)",
    "heart_rate": r"(?:heart ?rate|heart ?beat|pulse|hr|bpm|heart|nabiz|nabzi\w*|kalp atis\w*)",
    "breathing_rate": r"(?:breathing rate|respiratory rate|resp rate|resps|rr|respirations?|solunum sayi\w*)",
    "glucose": r"(?:blood sugars?|blood glucose|sugars?|glucose|bg|bsl|bm|cgm|dexcom|seker\w*|kan sekeri\w*|glukoz)",
    "pain": r"(?:pain|nrs|agri\w*)",
}
_NAMED = {name: re.compile(rf"\b{words}\b{_IS}{_N}(?![\d/])") for name, words in _WORDS.items()}
_PRESSURE = re.compile(
    r"(?:\b(?:bp|blood pressure|pressure|tansiyon\w*)\b[^.!?;\d]{0,30})?"
    r"\b(\d{2,3})\s?(?:/|over|uzeri|e|a)\s?(\d{2,3})\b(?!\s?/)"
)
_PRESSURE_NAMED = re.compile(r"\b(?:bp|blood pressure|tansiyon\w*|systolic)\b")
_SYSTOLIC = re.compile(
    rf"\b(?:sbp|systolic|bp|blood pressure|tansiyon\w*|buyuk tansiyon\w*)\b{_IS}(\d{{2,3}})\b(?!\s?/|\.)"
)
_SHORT_PRESSURE = re.compile(r"\btansiyon\w*\b[^.!?;\d]{0,20}\b(\d{1,2})\s?(?:/|e|a|ye|ya)?\s(\d{1,2})\b")
_DEGREES = re.compile(rf"\b{_N}\s?(?:°\s?|degrees? ?|deg ?|derece ?)?\s?(c|f|celsius|fahrenheit|centigrade)\b")
_BARE_DEGREES = re.compile(rf"\b{_N}\s?(?:degrees?\b|°|derece\b)")
_FEVERISH = re.compile(r"\b(?:fever|temp|temperature|ates\w*)\b")
_OF_FEVER = re.compile(rf"\b{_N}\s(?:degree )?(?:fever|temp|temperature|ates)\b")
_PER_MINUTE = re.compile(rf"\b{_N}\s?(?:bpm|beats)\b")
_PER_CENT = re.compile(rf"\b{_N}\s?(?:%|percent|per cent)\s?(?:oxygen|o2|sats?|saturation|spo2|oksijen)")
_SCORE = re.compile(r"\b(\d{1,2})\s?(?:/|out of)\s?10\b")
_MG_DL = re.compile(r"\bmg\s?/?\s?dl\b|\bmgdl\b")
_MMOL = re.compile(r"\bmmol")
_MG_PER_MMOL = 18.0
_LIMITS = {
    "temperature": (25.0, 44.0), "oxygen": (40.0, 100.0), "systolic": (40.0, 300.0), "diastolic": (20.0, 200.0),
    "heart_rate": (15.0, 300.0), "breathing_rate": (2.0, 99.0), "glucose": (0.5, 60.0), "pain": (0.0, 10.0),
}  # fmt: skip
_ANY_NUMBER = re.compile(rf"\d|\b(?:{'|'.join(NUMBER_WORDS)})\b")
_LONGEST = 4_000


def read_vitals(text: str) -> Vitals:
    """The values in a text. The last of several of one kind counts."""
    folded = fold_line(text)
    if not _ANY_NUMBER.search(folded):
        return Vitals()
    folded = in_digits(folded)
    found: dict[str, float] = {}
    for name, pattern in _NAMED.items():
        for match in pattern.finditer(folded):
            _keep(found, name, match.group(1), folded)
    _temperature(folded, found)
    _pressure(folded, found)
    for pattern, name in ((_PER_MINUTE, "heart_rate"), (_PER_CENT, "oxygen"), (_SCORE, "pain")):
        for match in pattern.finditer(folded):
            _keep(found, name, match.group(1), folded)
    return msgspec.convert(found, Vitals)


def fold_line(text: str) -> str:
    """The text folded word by word, on one line."""
    return " ".join(fold_long(part) for part in text[:_LONGEST].split())


def fold_long(part: str) -> str:
    return fold(part) if len(part) <= 40 else ""


def _keep(found: dict[str, float], name: str, digits: str, folded: str) -> None:
    value = float(digits.replace(",", "."))
    if name == "temperature" and value > 90:
        value = (value - 32) / 1.8
    if name == "glucose" and (_MG_DL.search(folded) or (value > 33.4 and not _MMOL.search(folded))):
        value = value / _MG_PER_MMOL
    least, most = _LIMITS[name]
    if least <= value <= most:
        found[name] = round(value, 2)


def _temperature(folded: str, found: dict[str, float]) -> None:
    for match in _DEGREES.finditer(folded):
        value = float(match.group(1).replace(",", "."))
        fahrenheit = match.group(2).startswith("f")
        if fahrenheit or 30 <= value <= 44:
            _keep(found, "temperature", str((value - 32) / 1.8 if fahrenheit else value), folded)
    for match in (*_OF_FEVER.finditer(folded), *(_BARE_DEGREES.finditer(folded) if _FEVERISH.search(folded) else ())):
        value = float(match.group(1).replace(",", "."))
        if 34 <= value <= 44 or 94 <= value <= 110:
            _keep(found, "temperature", match.group(1), folded)


def _pressure(folded: str, found: dict[str, float]) -> None:
    for match in _PRESSURE.finditer(folded):
        high, low = float(match.group(1)), float(match.group(2))
        named = _PRESSURE_NAMED.search(folded) is not None
        if 60 <= high <= 300 and 30 <= low < high and (named or "/" in match.group() or "over" in match.group()):
            found["systolic"], found["diastolic"] = high, low
    if "systolic" not in found and (alone := _SYSTOLIC.search(folded)):
        _keep(found, "systolic", alone.group(1), folded)
    if "systolic" not in found and (short := _SHORT_PRESSURE.search(folded)):
        high, low = float(short.group(1)) * 10, float(short.group(2)) * 10
        if 60 <= high <= 300 and 30 <= low < high:
            found["systolic"], found["diastolic"] = high, low
