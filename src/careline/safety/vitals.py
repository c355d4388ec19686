"""Measured values in a message: temperature, oxygen, blood pressure, pulse, breathing rate, blood sugar, pain score.

Digits or words, English or Turkish, Celsius or Fahrenheit, mmol/L or mg/dL, blood pressure also in cmHg as it is said
in Turkish ("20'ye 12"). A value no living person has is no value; nor is a price, a date or a dose.
"""

import re
from collections.abc import Sequence

import msgspec

from careline.safety.findings import Vitals
from careline.safety.numerals import NUMBER_WORDS, in_digits
from careline.safety.text import fold

_TOKEN = re.compile(r"\d+(?:[.,]\d{1,2})?(?!\d)|\d+|[^\W\d_][^\W_]*|[%°/.!?;]")
_BETWEEN = frozenset({
    "is", "are", "were", "was", "of", "at", "reads", "read", "reading", "say", "says", "show", "shows", "now",
    "around", "about", "like", "it", "its", "s", "level", "levels", "rate", "my", "his", "her", "the", "and", "has",
    "been", "up", "to", "down", "dropped", "dropping", "went", "gone", "almost", "nearly", "over", "under", "above",
    "below", "only", "just", "hit", "reached", "measured", "yaklasik", "su", "an", "olcum", "olctum", "oldu", "cikti",
    "dustu", "im", "i", "si", "m", "a", "ya", "e", "ye", "derece", "degeri", "degerim", "seviyesi", "seviyem", "this",
    "morning", "today", "per", "cent", "percent", "yuzde", "%", "°", "currently", "still", "ile", "cok", "falan",
    "civari", "dun", "bugun", "sabah", "on", "finger", "thing", "monitor", "machine", "clip", "probe",
})  # fmt: skip
_MOST_BETWEEN = 7
_NAMES: dict[str, str] = {
    **dict.fromkeys(("temp", "temps", "temperature", "fever", "tmep", "tempreture", "temprature", "bt"), "temperature"),
    **dict.fromkeys(("sat", "sats", "spo2", "o2", "oxygen", "oximeter", "saturation", "sao2", "ox"), "oxygen"),
    **dict.fromkeys(("heartrate", "heartbeat", "pulse", "hr", "bpm", "heart"), "heart_rate"),
    **dict.fromkeys(("rr", "resps", "respiration", "respirations"), "breathing_rate"),
    **dict.fromkeys(("sugar", "sugars", "glucose", "bg", "bsl", "bm", "cgm", "dexcom", "glukoz"), "glucose"),
    **dict.fromkeys(("pain", "nrs"), "pain"),
    **dict.fromkeys(("bp", "pressure", "sbp", "systolic"), "systolic"),
    "diastolic": "diastolic", "kucuk": "diastolic", "buyuk": "systolic",
    "breathing rate": "breathing_rate", "respiratory rate": "breathing_rate", "resp rate": "breathing_rate",
    "solunum sayisi": "breathing_rate", "solunum sayim": "breathing_rate", "kalp atisi": "heart_rate",
    "kalp atisim": "heart_rate", "heart beat": "heart_rate", "heart rate": "heart_rate",
}  # fmt: skip
_PREFIXES = (
    ("ates", "temperature"), ("oksijen", "oxygen"), ("saturasyon", "oxygen"), ("nabiz", "heart_rate"),
    ("nabzi", "heart_rate"), ("sekeri", "glucose"), ("seker", "glucose"), ("agri", "pain"), ("tansiyon", "systolic"),
)  # fmt: skip
_NOT_NAMES = frozenset({"sekersiz", "sekerli", "sekerleme", "atesli", "atessiz", "agrisiz"})
_NO_VALUE_BEFORE = re.compile(
    r"(?:days?|weeks?|months?|years?|hours?|hrs?|minutes?|mins?|nights?|gun|hafta|yil|saat|dakika|aydir|ay|sene)\w{0,4}|"
    r"mg|mcg|ml|g|gr|units?|lira|tl|euros?|dollars?|usd|pounds?|tablets?|pills?|hap\w*|tane|pieces?|people|kisi|"
    r"st|nd|th|oclock|pm|am|january|february|march|april|may|june|july|august|september|october|november|december|"
    r"times|kez|defa|yas\w*"
)
_FEVER = re.compile(r"fever|temp|temperature|ates\w*")
_DEGREE_WORDS = frozenset({"°", "degree", "degrees", "deg", "derece"})
_SCALES = {"c": "c", "f": "f", "celsius": "c", "centigrade": "c", "fahrenheit": "f", "santigrat": "c"}
_JOINED = frozenset({"/", "over", "uzeri", "e", "a", "ye", "ya"})
_CLEARLY_JOINED = frozenset({"/", "over"})
_PRESSURE_NAMED = re.compile(r"\b(?:bp|blood pressure|tansiyon\w*|systolic)\b")
_HURTS = re.compile(r"\b(?:pain\w*|hurt\w*|\w*ache\w*|sore|cramp\w*|agri\w*|sanci\w*|nrs)\b")
_OF_SOMETHING_ELSE = re.compile(
    r"\b(?:price|cost|costs|order|number|no|room|page|flat|bus|flight|gate|seat|size|bra|oven|wash|weather|outside|"
    r"invoice|ref|date|hava|firin|oda|otobus|beden|fiyat\w*|siparis|clinic|service|rate it)\b"
)
_CHILD = re.compile(r"\b(?:baby|babys|newborn|preemie|infant|toddler|(?:day|week|month)s? old|child)\b")
_RATES = {"bpm": "heart_rate", "beats": "heart_rate", "breaths": "breathing_rate", "nefes": "breathing_rate"}
_MG_DL = re.compile(r"\bmg\s?/?\s?dl\b|\bmgdl\b")
_MMOL = re.compile(r"\bmmol")
_MG_PER_MMOL = 18.0
_LIMITS = {
    "temperature": (25.0, 44.0), "oxygen": (40.0, 100.0), "systolic": (40.0, 300.0), "diastolic": (20.0, 200.0),
    "heart_rate": (15.0, 300.0), "breathing_rate": (2.0, 99.0), "glucose": (0.5, 60.0), "pain": (0.0, 10.0),
}  # fmt: skip
_MOST_CMHG = 30
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS)}|bucuk|half)\b|tansiyon")
_DIGIT = re.compile(r"\d")
_LONGEST = 4_000
_LONGEST_WORD = 40


def read_vitals(text: str) -> Vitals:
    """The values in a text. The last of several of one kind counts."""
    return vitals_of(numbered_line(text))


def numbered_line(text: str) -> str:
    """The text folded word by word, on one line, with its numbers in digits."""
    folded = " ".join(fold(part) for part in text[:_LONGEST].split() if len(part) <= _LONGEST_WORD)
    return in_digits(folded) if _NUMBER_WORD.search(folded) else folded


def vitals_of(folded: str) -> Vitals:
    """The values in a folded line with its numbers in digits."""
    if not _DIGIT.search(folded):
        return Vitals()
    measures = _Measures(folded)
    for place, token in enumerate(measures.tokens):
        if token[0].isdecimal():
            measures.read(place)
    return msgspec.convert(measures.found, Vitals)


class _Measures:
    """One line as tokens, and what was measured in it so far."""

    def __init__(self, folded: str) -> None:
        self.tokens: list[str] = _TOKEN.findall(folded)
        self.found: dict[str, float] = {}
        self._mg_dl = _MG_DL.search(folded) is not None
        self._mmol = _MMOL.search(folded) is not None
        self._pressure = _PRESSURE_NAMED.search(folded) is not None
        self._cmhg = "tansiyon" in folded
        self._hurts = _HURTS.search(folded) is not None
        self._feverish = any(_FEVER.fullmatch(token) for token in self.tokens)
        self._child = _CHILD.search(folded) is not None
        self._something_else = _OF_SOMETHING_ELSE.search(folded) is not None

    def read(self, place: int) -> None:
        """What the number at `place` measures, if anything."""
        value = float(self.tokens[place].replace(",", "."))
        if self._pair(place, value) or self._score(place, value) or self._degrees(place, value):
            return
        if self._rate(place, value) or self._percentage(place, value):
            return
        name = self._name_before(place)
        if name is not None and self._may_be_value(place):
            self._keep(name, value)
        elif name is None and self._child and "temperature" not in self.found and self._fever_of_a_child(place, value):
            self._keep("temperature", value)

    def _fever_of_a_child(self, place: int, value: float) -> bool:
        """ "6 week old with 38.4": nothing else about a child is that number."""
        following = self._at(place + 1)
        plain = not _NO_VALUE_BEFORE.fullmatch(following) and following not in ("%", "/", "kg", "kilos", "cm")
        return plain and value != int(value) and 35 <= value <= 42

    def _at(self, place: int) -> str:
        return self.tokens[place] if 0 <= place < len(self.tokens) else ""

    def _name_before(self, place: int) -> str | None:
        first = place - 1
        while first >= 0 and place - first <= _MOST_BETWEEN and self.tokens[first] in _BETWEEN:
            if (name := _name(self.tokens, first)) is not None:
                return name
            first -= 1
        return _name(self.tokens, first) if first >= 0 else None

    def _may_be_value(self, place: int) -> bool:
        following = self._at(place + 1)
        if following == "mg":
            return "dl" in self.tokens[place + 2 : place + 4]
        return following not in ("/", "uzerinden") and not _NO_VALUE_BEFORE.fullmatch(following)

    def _keep(self, name: str, value: float) -> None:
        if name == "temperature" and value > 90:
            value = (value - 32) / 1.8
        if name == "glucose" and (self._mg_dl or (value > 33.4 and not self._mmol)):
            value = value / _MG_PER_MMOL
        if self._cmhg and name in ("systolic", "diastolic") and value <= _MOST_CMHG:
            value = value * 10
        least, most = _LIMITS[name]
        if least <= value <= most:
            self.found[name] = round(value, 2)

    def _pair(self, place: int, high: float) -> bool:
        """ "210 over 120", "180/110", "20 ye 12"."""
        joint, second = self._at(place + 1), self._at(place + 2)
        if joint not in _JOINED or not second[:1].isdecimal() or self._at(place + 3) == "/":
            return False
        low = float(second.replace(",", "."))
        if self._cmhg and high <= _MOST_CMHG:
            high, low = high * 10, low * 10
        if not self._pressure and (joint not in _CLEARLY_JOINED or self._something_else):
            return False
        if not (60 <= high <= 300 and 30 <= low < high):
            return False
        self.found["systolic"], self.found["diastolic"] = high, low
        return True

    def _score(self, place: int, value: float) -> bool:
        after = self.tokens[place + 1 : place + 4]
        if after[:2] == ["/", "10"] or after == ["out", "of", "10"]:
            if self._hurts and not self._something_else:
                self._keep("pain", value)
            return True
        if self.tokens[max(0, place - 2) : place] == ["10", "uzerinden"]:
            if self._hurts:
                self._keep("pain", value)
            return True
        return False

    def _degrees(self, place: int, value: float) -> bool:
        following = place + 1 + (self._at(place + 1) in _DEGREE_WORDS)
        scale = _SCALES.get(self._at(following))
        if scale is None:
            in_degrees = following > place + 1 and self._feverish
            if (in_degrees or _FEVER.fullmatch(self._at(following))) and (34 <= value <= 44 or 94 <= value <= 110):
                self._keep("temperature", value)
                return True
            return False
        if self._something_else and not self._feverish:
            return True
        celsius = (value - 32) / 1.8 if scale == "f" else value
        if scale == "f" or 30 <= value <= 44:
            self._keep("temperature", celsius)
        return True

    def _rate(self, place: int, value: float) -> bool:
        following = self._at(place + 1)
        if following in ("bpm", "beats", "breaths") or (following == "nefes" and self._at(place - 1) == "dakikada"):
            self._keep(_RATES[following], value)
            return True
        per_minute = following in ("times", "kez", "defa", "x") and "minute" in self.tokens[place + 2 : place + 5]
        if not per_minute and self._at(place - 1) != "dakikada":
            return False
        for token in self.tokens[max(0, place - 6) : place]:
            if token.startswith(("breath", "nefes", "solu")):
                self._keep("breathing_rate", value)
            elif token.startswith(("heart", "pulse", "kalb", "kalp", "nab")):
                self._keep("heart_rate", value)
        return True

    def _percentage(self, place: int, value: float) -> bool:
        if self._at(place + 1) not in ("%", "percent"):
            return False
        if any(_name(self.tokens, k) == "oxygen" for k in range(place + 2, min(place + 4, len(self.tokens)))):
            self._keep("oxygen", value)
            return True
        return False


def _name(tokens: Sequence[str], place: int) -> str | None:
    """What the word at `place`, with the one before it, is the name of."""
    word = tokens[place]
    if place and (name := _NAMES.get(f"{tokens[place - 1]} {word}")) is not None:
        return name
    if (name := _NAMES.get(word)) is not None:
        return name
    if word in _NOT_NAMES:
        return None
    return next((name for prefix, name in _PREFIXES if word.startswith(prefix)), None)
