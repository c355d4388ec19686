"""What a model may not claim: that something was booked, moved or cancelled, and prices it was not told. Such a claim
is stopped before it goes out, and put right in its place.

A text passes at once, except while a claim may be in it: from the word it would begin with to the end of the sentence,
or to the word that shows that it is none. The result does not depend on how the text is cut.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

Claim = Literal["booking", "price"]

_S = r"[*_]{0,3}[ \u00a0]+[*_]{0,3}"
"""Between words that belong together, which may be in bold."""
_DONE = ("booked", "reserved", "scheduled", "confirmed", "cancelled", "canceled", "moved", "rescheduled")
_MATTERS = ("appointment", "consultation", "booking", "slot", "visit", "reservation")
_CURRENCIES = ("usd", "eur", "gbp", "try", "tl")
_ANY_DONE, _MATTER, _CURRENCY = "|".join(_DONE), "|".join(_MATTERS), f"[€$£₺]|(?:{'|'.join(_CURRENCIES)})\\b"

_OWN_DEED = re.compile(
    rf"(?:I|we)(?:{_S}have|['’]ve)?(?:{_S}(?:now|just|already|successfully))*{_S}(?:{_ANY_DONE})\b", re.I
)
_YOUR_STATE = re.compile(rf"you(?:{_S}are|['’]re)(?:{_S}(?:now|all))*{_S}(?:booked|scheduled|confirmed|set)\b", re.I)
_YOUR_MATTER = re.compile(rf"your{_S}(?:\w+{_S}){{0,2}}?(?:{_MATTER})\b", re.I)
_STATE = re.compile(
    rf"(?:your{_S}(?:\w+{_S}){{0,2}}?)?(?:{_MATTER})(?:{_S}[^\s,;()–—]+){{0,8}}?{_S}(?:is|was|has{_S}been)"
    rf"(?:{_S}(?:now|all|been|already|successfully))*{_S}(?:{_ANY_DONE}|set)\b",
    re.I,
)
_TURKISH_DEED = re.compile(
    rf"randevu\w*{_S}(?:[^\s,;()–—]+{_S}){{0,6}}?(?:aldım|aldık|ayarladım|ayarladık|oluşturdum|onayladım|kaydettim|"
    rf"değiştirdim|(?:iptal|rezerve){_S}(?:ettim|ettik))\b",
    re.I,
)
_TURKISH_STATE = re.compile(
    rf"randevu(?:nuz|n|su)?\b(?:{_S}[^\s,;()–—]+){{0,8}}?{_S}(?:alındı|ayarlandı|oluşturuldu|onaylandı|kaydedildi|"
    rf"planlandı|değiştirildi|ertelendi|iptal{_S}edildi)\b",
    re.I,
)
_GOING_ON = rf"(?:{_S.replace('+', '*')}\w*)?\Z"
"""The last word so far, which may not be whole."""
_BEGUN = {
    "own": (
        re.compile(rf"(?:I|we)(?:['’]\w*)?(?:{_S}(?:have|now|just|already|successfully))*{_GOING_ON}", re.I),
        _OWN_DEED,
    ),
    "you": (re.compile(rf"you(?:['’]\w*)?(?:{_S}(?:are|now|all))*{_GOING_ON}", re.I), _YOUR_STATE),
    "your": (re.compile(rf"your(?:{_S}\w+){{0,2}}{_GOING_ON}", re.I), _YOUR_MATTER),
}
"""What may still become a claim, and what it becomes that waits for the end of the sentence."""
_UNDONE = re.compile(r"cancel|moved|resched|iptal|ertelen|değiştir", re.I)
_SUPPOSED = re.compile(r"\b(?:once|if|when|until|unless|whether|after|before|as soon as|eğer|henüz)\b", re.I)
_CLAUSE = re.compile(r"[,;–—()\n]|:(?=\s)")
_DETERMINED = re.compile(rf"\b(?:your|the|this){_S}(?:\w+{_S}){{0,2}}\Z", re.I)

_NUMBER = re.compile(r"(\d[\d.,]*)(?: ?(k|thousand|bin|million|milyon)\b)?", re.I)
_N = r"\d[\d.,]*(?: ?(?:k|thousand|bin|million|milyon)\b)?"
_TO = r"(?: ?(?:-|–|—|\b(?:to|and|or|ile|ila|ve|veya)\b) ?)"
_AMOUNT = rf"{_N}(?:{_TO}{_N})?"
_MONEY = re.compile(
    rf"(?:{_CURRENCY}) ?{_AMOUNT}"
    rf"|{_AMOUNT} ?(?:[€$£₺]|(?:euro\w*|dollars?|lira\w*|avro\w*|dolar\w*|tl|usd|eur|gbp|try)\b)",
    re.I,
)
_MONEY_BEGUN = re.compile(rf"(?:(?:{_CURRENCY}) ?)?(?:{_N}(?:{_TO}(?:{_N})?)?)? ?[^\W\d_]*\Z", re.I)

_BEGINNING = re.compile(
    rf"\b(?:(?P<own>I|we)(?:['’]\w*)?|(?P<you>you)(?:['’]\w*)?|(?P<your>your)|(?P<matter>{_MATTER})"
    r"|(?P<turkish>randevu\w*))(?!\w)"
    rf"|(?P<money>(?<!\w)(?<!\d[.,])\d|[€$£₺]|\b(?:{'|'.join(_CURRENCIES)})\b)",
    re.I,
)
_LAST = re.compile(r"[^\W\d_][\w'’]*\Z")


def _beginnings(*words: str) -> frozenset[str]:
    return frozenset(word[:n] for word in words for n in range(1, len(word) + 1))


_TURKISH_MATTER = "randevu"
_BEGIN_A_CLAIM = _beginnings(
    "i've", "i’ve", "we've", "we’ve", "you're", "you’re", "your", _TURKISH_MATTER, *_CURRENCIES
)
_BEGIN_A_MATTER = _beginnings(*_MATTERS)
_BEGIN = _BEGIN_A_CLAIM | _BEGIN_A_MATTER
_END = re.compile(r"[.!?…][\"'”’)\]*_]{0,6}(?=\s)|(?=\n)")
_DIGIT = re.compile(r"\d")
_IN_EVERY_CLAIM = (*_DONE, "set", _TURKISH_MATTER)
"""One of these, or a digit."""
_TITLE = re.compile(r"\b(?:dr|prof|doç|op|uzm|mrs?|ms|st)\Z", re.I)
_CLOSERS = 8
"""Characters, more than the signs a sentence ends with, or a title has."""


class Claims:
    """Reads the pieces of one reply. `given` are the texts the model was given, which may still grow; with `booked`
    there is a booking; `right` are the words that put a claim right, said once in a reply.

    `stopped` are the claims that were stopped."""

    def __init__(self, given: Sequence[str], *, booked: bool, right: Callable[[Claim], str]) -> None:
        self.stopped: list[Claim] = []
        self._given = given
        self._booked = booked
        self._right = right
        self._sentence = ""
        self._passed = 0  # of the sentence, what is out
        self._free = 0  # of the sentence, where no claim begins

    def feed(self, piece: str) -> str:
        """What may go out now."""
        if self._is_harmless(piece):
            self._free = len(self._sentence) + 1
            self._sentence += piece
            self._passed = len(self._sentence)
            return piece
        out = ""
        start = max(0, len(self._sentence) - _CLOSERS)
        self._sentence += piece
        while (end := _sentence_end(self._sentence, start)) is not None:
            rest = self._sentence[end:]
            self._sentence = self._sentence[:end]
            out += self._settle()
            self._sentence, start = rest, 0
        until = self._held_from()
        out += self._sentence[self._passed : until]
        self._passed = until
        return out

    def close(self) -> str:
        """What was held back, as the text ends here."""
        return self._settle()

    def _is_harmless(self, piece: str) -> bool:
        """Whether it is a word that begins nothing, within a sentence of which all is out: most pieces are."""
        if piece[:1] != " " or self._passed != len(self._sentence) or not self._sentence[-1:].isalnum():
            return False
        word = piece[1:].lower()
        return word.isalpha() and word not in _BEGIN and not word.startswith(_TURKISH_MATTER)

    def _held_from(self) -> int:
        """Where the first claim that may still come begins; what is before it may go out."""
        text = self._sentence
        for match in _BEGINNING.finditer(text, self._free):
            if self._may_claim(match):
                self._free = match.start()
                return self._free
        last = _LAST.search(text, self._free)
        if last is None:
            self._free = len(text)
            return len(text)
        self._free, word = last.start(), last[0].lower()
        held = word in _BEGIN_A_CLAIM or (word in _BEGIN_A_MATTER and _determined(text, last.start()))
        return last.start() if held else len(text)

    def _may_claim(self, begun: re.Match[str]) -> bool:
        """Whether the sentence may still go on to claim something from here."""
        text, start = self._sentence, begun.start()
        match begun.lastgroup:
            case "money":
                return _MONEY_BEGUN.match(text, start) is not None or self._priced(text, start)
            case "matter":
                return _determined(text, start)
            case "turkish":
                return True
            case kind:
                return any(pattern.match(text, start) for pattern in _BEGUN[kind or ""])

    def _settle(self) -> str:
        """The rest of a sentence that is whole, without the claim in it and what comes after."""
        text, passed = self._sentence, self._passed
        self._sentence, self._passed, free, self._free = "", 0, self._free, 0
        if not _may_hold(text):
            return text[passed:]
        for match in _BEGINNING.finditer(text, free):
            claim = self._claimed(text, match)
            if claim is not None:
                start = match.start()
                return text[passed:start] + self._put_right(claim, begun=bool(text[:start].strip(" \n*_-•")))
        return text[passed:]

    def _claimed(self, text: str, begun: re.Match[str]) -> Claim | None:
        start = begun.start()
        if begun["money"]:
            return "price" if self._priced(text, start) else None
        if _SUPPOSED.search(_clause_around(text, start)):
            return None
        if any(pattern.match(text, start) for pattern in (_OWN_DEED, _TURKISH_DEED)):
            return "booking"
        if begun["matter"] and not _determined(text, start):
            return None
        state = next(filter(None, (one.match(text, start) for one in (_STATE, _YOUR_STATE, _TURKISH_STATE))), None)
        return "booking" if state is not None and (not self._booked or _UNDONE.search(state[0])) else None

    def _priced(self, text: str, start: int) -> bool:
        """Whether a price stands here that nobody told."""
        match = _MONEY.match(text, start)
        return match is not None and not _amounts([match[0]]) <= _amounts(self._given)

    def _put_right(self, claim: Claim, *, begun: bool) -> str:
        lead = "… " if begun else ""
        said = claim in self.stopped
        self.stopped.append(claim)
        return lead.rstrip() if said else lead + self._right(claim)


def _may_hold(text: str) -> bool:
    """Whether there may be a claim in a sentence: in most there is nothing that one is made of."""
    lowered = text.lower()
    return _DIGIT.search(text) is not None or any(part in lowered for part in _IN_EVERY_CLAIM)


def _sentence_end(text: str, start: int) -> int | None:
    """Where the first sentence ends, once it is sure. A title's full stop is no end."""
    for match in _END.finditer(text, start):
        at = match.start()
        if match[0][:1] == "." and _TITLE.search(text[max(0, at - _CLOSERS) : at]) is not None:
            continue
        if match[0] or text[:at].strip():
            return match.end()
    return None


def _clause_around(text: str, place: int) -> str:
    before = [match.end() for match in _CLAUSE.finditer(text, 0, place)]
    after = _CLAUSE.search(text, place)
    return text[before[-1] if before else 0 : after.start() if after is not None else len(text)]


def _determined(text: str, start: int) -> bool:
    """Whether it is a certain one that is spoken of."""
    return _DETERMINED.search(text, max(0, start - 60), start) is not None


def _amounts(texts: Iterable[str]) -> set[str]:
    return {amount for text in texts for amount in _amounts_in(text)}


def _amounts_in(text: str) -> Iterator[str]:
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"\D", "", match[1])
        times = (match[2] or "").lower()
        yield digits + ("000" if times in ("k", "thousand", "bin") else "000000" if times else "")
