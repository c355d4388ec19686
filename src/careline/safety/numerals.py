"""Numbers written as words, made digits, so that "thirty nine point eight" reads like "39.8"."""

import re

_EN = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
       "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
       "seventeen": 17, "eighteen": 18, "nineteen": 19}  # fmt: skip
_EN_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
            "eighty": 80, "ninety": 90}  # fmt: skip
_TR = {"sifir": 0, "bir": 1, "iki": 2, "uc": 3, "dort": 4, "bes": 5, "alti": 6, "yedi": 7, "sekiz": 8, "dokuz": 9}
_TR_TENS = {"on": 10, "yirmi": 20, "otuz": 30, "kirk": 40, "elli": 50, "altmis": 60, "yetmis": 70, "seksen": 80,
            "doksan": 90}  # fmt: skip
_UNITS = {**_EN, **_TR}
_TENS = {**_EN_TENS, **_TR_TENS}
_HUNDREDS = frozenset({"hundred", "yuz"})
_POINTS = frozenset({"point", "nokta", "virgul"})
_AMBIGUOUS = frozenset({"on", "bir", "alti", "yuz", "kirk"})
NUMBER_WORDS = sorted({*_UNITS, *_TENS, *_HUNDREDS} - {"on", "bir", "one"})
_MEASURED = re.compile(r"(?:ates|nabiz|nabzi|oksijen|saturasyon|tansiyon|seker|yuzde)\w*")
_HALF = re.compile(r"\b(\d{1,3}) (?:and a half|bucuk)\b")
_DATIVE = re.compile(r"\b(on|yirmi|otuz|bir|iki|uc|dor[td]|bes|alti|yedi|sekiz|dokuz)y?[ea]\b")
_TEENS = range(10, 20)
_PIECE = re.compile(r"[^\W\d_]+|[^\s\w]+|\S+|\s+")


def in_digits(folded: str) -> str:
    """The folded text with its number words as digits, "one eighty" and "yirmiye on iki" as they are said.

    A lone "on" or "bir" stays: it is also another word.
    """
    if "tansiyon" in folded:
        folded = _DATIVE.sub(lambda said: said.group(1).replace("dord", "dort") + " e", folded)
    pieces: list[str] = _PIECE.findall(folded)
    written: list[str] = []
    place = 0
    while place < len(pieces):
        value, last = _number(pieces, place)
        if value is None or (last == place + 1 and pieces[place] in _AMBIGUOUS and not _measures(pieces, place)):
            written.append(pieces[place])
            place += 1
        else:
            written.append(value)
            place = last
    return _HALF.sub(r"\1.5", "".join(written))


def _measures(pieces: list[str], place: int) -> bool:
    """Whether the word before names something measured ("ateşim kırk")."""
    return place > 1 and _MEASURED.fullmatch(pieces[place - 2]) is not None


def _number(pieces: list[str], place: int) -> tuple[str | None, int]:
    total, last = _whole(pieces, place)
    if total is None:
        return None, place
    after = _next_word(pieces, last)
    if after is not None and pieces[after] in _POINTS:
        digit = _next_word(pieces, after + 1)
        if digit is not None and (decimal := _UNITS.get(pieces[digit])) is not None:
            return f"{total}.{decimal}", digit + 1
    return str(total), last


def _whole(pieces: list[str], place: int) -> tuple[int | None, int]:
    total: int | None = None
    last = place
    at: int | None = place
    smallest = 1000
    while at is not None:
        word = pieces[at]
        if word in _HUNDREDS and smallest > 99:
            total, smallest = 100 if not total else total * 100, 100
        elif word in _HUNDREDS and total is not None and total < 10:
            total, smallest = total * 100, 100
        elif word in _TENS and smallest > 10:
            total, smallest = (total or 0) + _TENS[word], 10
        elif _said_in_hundreds(total, smallest) and (word in _EN_TENS or _EN.get(word) in _TEENS):
            total, smallest = (total or 0) * 100 + _TENS.get(word, _UNITS.get(word, 0)), 10 if word in _EN_TENS else 1
        elif _said_in_hundreds(total, smallest) and word == "oh":
            total, smallest = (total or 0) * 100, 10
        elif word in _UNITS and smallest > 1:
            total, smallest = (total or 0) + _UNITS[word], 1
        elif word == "and" and total is not None and total % 100 == 0:
            pass
        else:
            break
        if word != "and":
            last = at + 1
        at = _next_word(pieces, at + 1)
    return total, last


def _said_in_hundreds(total: int | None, smallest: int) -> bool:
    """ "One" in "one eighty", "two" in "two ten"."""
    return total is not None and smallest == 1 and 1 <= total <= 3


def _next_word(pieces: list[str], place: int) -> int | None:
    while place < len(pieces) and (pieces[place].isspace() or pieces[place] == "-"):
        place += 1
    return place if place < len(pieces) else None
