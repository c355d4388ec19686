"""What a model may not make up, whatever it is told: links are left out as they come, and claims of bookings and prices
are put right after its words."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

Claim = Literal["booking", "price"]

_SPACE = re.compile(r"(\s+)")
_LAST = re.compile(r"\s(\S*)\Z")
_SIGN = re.compile(r"[./:]")
"""In every link."""
_LINK = re.compile(
    r"(?P<whole>https?://|(?<![\w.-])www\.\w)"
    r"|[\w-]\.(?:com|net|org|info|biz|io|app|dev|xyz|site|online|shop|link|page|clinic|health|example)(?![\w-])"
    r"|\w\.[a-z]{2,8}/\w",
    re.I,
)
_AROUND = "([<\"'*.,;:!?)]>“”‘’„«»"
_LONGEST_WORD = 300

_DONE = "booked|reserved|scheduled|confirmed|cancelled|canceled|moved|rescheduled"
_MATTER = "appointment|consultation|booking|slot|visit|reservation"
_OWN_DEED = re.compile(
    rf"\b(?:I(?:['’]ve| have)?|we(?:['’]ve| have)) (?:now |just |already |successfully )*(?:{_DONE})\b"
    r"|\brandevu\w* (?:\w+ ){0,4}?(?:aldım|aldık|ayarladım|ayarladık|oluşturdum|onayladım|kaydettim|değiştirdim|"
    r"(?:iptal|rezerve) (?:ettim|ettik))\b",
    re.I,
)
_STATE = re.compile(
    rf"\b(?:your|the|this) (?:\w+ ){{0,2}}?(?:{_MATTER})(?: \w+){{0,6}}? (?:is|was|has been)"
    rf" (?:now |all |been |already |successfully )*(?:{_DONE}|set)\b"
    rf"|\byou(?:['’]re| are) (?:now |all )*(?:booked|scheduled|confirmed|all set|set for)\b"
    r"|\brandevu(?:nuz|n|su)?\b(?: \w+){0,6}? (?:alındı|ayarlandı|oluşturuldu|onaylandı|kaydedildi|planlandı|"
    r"değiştirildi|ertelendi|iptal edildi)\b",
    re.I,
)
_UNDONE = re.compile(r"cancel|moved|resched|iptal|ertelen|değiştir", re.I)
_SUPPOSED = re.compile(r"\b(?:once|if|when|until|unless|whether|after|before|as soon as|eğer|henüz)\b", re.I)
_CLAUSES = re.compile(r"[,;:–—()]|(?<=[.!?…])\s|\n")
_MONEY = re.compile(
    r"(?:[€$£₺]|\b(?:USD|EUR|GBP|TRY|TL)) ?(\d[\d.,]*)"
    r"|(\d[\d.,]*) ?(?:[€$£₺]|(?:euros?|dollars?|liras?|avro|dolar|TL|USD|EUR|GBP|TRY)\b)",
    re.I,
)
_NUMBER = re.compile(r"\d[\d.,]*")


class Links:
    """Reads the pieces of one reply. A link stays where it stands in one of the texts `given` to the model."""

    def __init__(self, given: Sequence[str]) -> None:
        self.left_out = 0
        self._given = given
        self._word = ""
        self._leaving = False

    def feed(self, piece: str) -> str:
        """The piece without what makes a link of its word; nothing is held back."""
        if piece[:1].isspace():
            self._word, self._leaving = "", False
        if not (self._leaving or _SIGN.search(piece) or _SIGN.search(self._word)):
            last = _LAST.search(piece)
            self._word = (self._word if last is None else "") + (piece if last is None else last[1])
            return piece
        kept: list[str] = []
        for part in _SPACE.split(piece):
            if not part or part.isspace():
                self._word, self._leaving = ("", False) if part else (self._word, self._leaving)
            else:
                self._word = (self._word + part)[-_LONGEST_WORD:]
                link = None if self._leaving else _LINK.search(self._word)
                if link is not None and not self._known(max(0, link.start("whole"))):
                    self._leaving = True
                    self.left_out += 1
                if self._leaving:
                    continue
            kept.append(part)
        return "".join(kept)

    def _known(self, start: int) -> bool:
        word = self._word[start:].strip(_AROUND).lower()
        return any(word in text.lower() for text in self._given)


def claims(said: str, given: Iterable[str], *, booked: bool) -> list[Claim]:
    """What a text claims that cannot be so: that something was booked, moved or cancelled, and prices that are in none
    of the texts `given`. `booked`: that there is a booking is true."""
    found: list[Claim] = []
    if any(_booking(clause, booked=booked) for clause in _CLAUSES.split(said) if clause):
        found.append("booking")
    prices = {_plain(match[1] or match[2]) for match in _MONEY.finditer(said)}
    if prices and prices - {_plain(number) for text in given for number in _NUMBER.findall(text)}:
        found.append("price")
    return found


def _booking(clause: str, *, booked: bool) -> bool:
    if _SUPPOSED.search(clause):
        return False
    state = _STATE.search(clause)
    return bool(_OWN_DEED.search(clause)) or (state is not None and (not booked or bool(_UNDONE.search(state[0]))))


def _plain(number: str) -> str:
    return re.sub(r"\D", "", number)
