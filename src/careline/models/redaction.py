"""Identifiers in a text replaced by placeholders, and put back: `restore(redact(text)) == text` for any text. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from careline.models.redaction_addresses import addresses
from careline.models.redaction_called import called_numbers, dates_of_birth

_PLACEHOLDER = re.compile(r"\[(?:NAME|EMAIL|PHONE|ADDRESS|BIRTH|ID|CARD|NUMBER|TEXT)_\d{1,4}\]")
_MAYBE = re.compile(r"\[(?:[A-Z]{0,7}|[A-Z]{2,7}_\d{0,4})$")
_EMAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}")
_BETWEEN = r"[ ().\-/\u00a0\u2009-\u2015\u202f\u2060]{0,3}"
_DIGITS = re.compile(rf"(?<![\w@])(?<!\d\.)(?:\+|00)?[ (]{{0,2}}\d(?:{_BETWEEN}\d){{6,22}}(?![\d@])")
_DATE = re.compile(r" ?(?:\d{1,2}([./-])\d{1,2}\1\d{2,4}|\d{4}-\d{1,2}-\d{1,2})(?![./-]?\d)")
_PRESSURES = re.compile(r"(?:(?:^| )\d{2,3}/\d{2,3})+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_ID = re.compile(r"\b(?:\d{3}-\d{2}-\d{4}|[A-Z]{1,3} ?\d{6,9}(?: ?[A-Z])?|[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D])\b")
_ENDING = (
    "(?:[ns]?[ıiuü]n|[yns]?[ıiuü]|[yns]?[ae]|[ns]?[ıiuü]?n?[dt][ae](?:n|ki)?|y?l[ae]|c[ae]|l[ae]r[a-zçğıöşü]{0,6}|"
    "[ıiuü]?m(?:[ıiuü]z)?|[ny]ken|y?[dm][ıiuü]ş?)"
)
"""Of a name in Turkish, often without its apostrophe: "Elifin", "Elife", "Elifte"."""
_LEAST_DIGITS, _LEAST_DIALLED = 9, 7
_MOST = 9_999

Names = Callable[[str], Iterable[str]]


class Redaction:
    """The identifiers of one request: the same text is always the same placeholder, in the order of their coming.

    With `restores` off nothing comes back as it was: only as what it is, such as "(name)".
    """

    def __init__(self, names: Iterable[str] = (), *, restores: bool = True) -> None:
        self._placeholders: dict[str, str] = {}
        self._originals: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._names = _names_pattern(names)
        self._restores = restores

    @property
    def empty(self) -> bool:
        return not self._originals

    def redact(self, text: str) -> str:
        """The text without its identifiers. What looks like a placeholder already is one afterwards."""
        out: list[str] = []
        at = 0
        for start, end, kind in _spans(text, self._names):
            out += (text[at:start], self._placeholder(text[start:end], kind))
            at = end
        return "".join((*out, text[at:]))

    def restore(self, text: str, *, in_json: bool = False) -> str:
        """The text with the identifiers in their places; a placeholder that stands for nothing is left out."""
        if "[" not in text:
            return text
        return _PLACEHOLDER.sub(lambda match: self._original(match[0], in_json=in_json), text)

    def _placeholder(self, original: str, kind: str) -> str:
        known = self._placeholders.get(original)
        if known is not None:
            return known
        number = self._counts.get(kind, 0) + 1
        if number > _MOST:
            return f"[{kind}_{_MOST}]"
        self._counts[kind] = number
        placeholder = f"[{kind}_{number}]"
        self._placeholders[original] = placeholder
        self._originals[placeholder] = original if self._restores else f"({kind.lower()})"
        return placeholder

    def _original(self, placeholder: str, *, in_json: bool) -> str:
        found = self._originals.get(placeholder, "")
        return msgspec.json.encode(found).decode()[1:-1] if in_json else found


class Restoring:
    """Puts identifiers back into a text that comes in pieces, wherever a placeholder is cut."""

    def __init__(self, redaction: Redaction, *, in_json: bool = False) -> None:
        self._redaction = redaction
        self._in_json = in_json
        self._held = ""

    def feed(self, piece: str) -> str:
        """What is sure by now, which may be nothing."""
        if not self._held and "[" not in piece:
            return piece
        text = self._held + piece
        unfinished = _MAYBE.search(text)
        end = unfinished.start() if unfinished is not None else len(text)
        self._held = text[end:]
        return self._redaction.restore(text[:end], in_json=self._in_json)

    def close(self) -> str:
        """What was still held back."""
        held, self._held = self._held, ""
        return held


def _spans(text: str, names: re.Pattern[str] | None) -> list[tuple[int, int, str]]:
    """What has to go. What overlaps goes as one, as what begins first, the longest of those."""
    kept: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(_found(text, names), key=lambda one: (one[0], -one[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end, kind))
        elif end > kept[-1][1]:
            kept[-1] = (kept[-1][0], end, kept[-1][2])
    return kept


def _found(text: str, names: re.Pattern[str] | None) -> Iterator[tuple[int, int, str]]:
    if "[" in text:
        yield from ((*match.span(), "TEXT") for match in _PLACEHOLDER.finditer(text))
    if names is not None:
        yield from ((*match.span(), "NAME") for match in names.finditer(text))
    if "@" in text:
        yield from ((*match.span(), "EMAIL") for match in _EMAIL.finditer(text))
    yield from ((*span, "ADDRESS") for span in addresses(text))
    yield from ((*match.span(), "ID") for match in _ID.finditer(text))
    yield from ((*match.span(), "CARD") for match in _IBAN.finditer(text))
    for match in _DIGITS.finditer(text):
        start, end = match.span()
        while date := _DATE.match(text, start, end):  # a number may follow a date: "12.05.1990 0532 123 45 67"
            start = date.end()
        start += len(text[start:end]) - len(text[start:end].lstrip())
        kind = _kind_of(text[start:end])
        if kind is not None:
            yield start, end, kind
    yield from ((*span, "BIRTH") for span in dates_of_birth(text))
    yield from ((*span, "ID") for span in called_numbers(text))


def _kind_of(candidate: str) -> str | None:
    """What a run of digits is; None for blood pressures and for numbers too short to be anybody's."""
    text = candidate.strip()
    digits = [int(sign) for sign in text if sign.isdigit()]
    if _PRESSURES.fullmatch(text):
        return None
    if len(digits) >= 13 and _luhn(digits):
        return "CARD"
    dialled = text.startswith(("+", "0", "("))
    if len(digits) < (_LEAST_DIALLED if dialled else _LEAST_DIGITS):
        return None
    return "PHONE" if dialled else "NUMBER"


def _luhn(digits: list[int]) -> bool:
    doubled = [digit * 2 - 9 * (digit > 4) if n % 2 else digit for n, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _names_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """Whole names however they are written, and their parts with a capital; also before a Turkish ending."""
    whole = {" ".join(name.split()) for name in names}
    parts = {part for name in whole for part in name.split(" ") if len(part) > 1 and part[0].isupper()}
    wanted = [rf"(?i:{re.escape(one)})" for one in sorted(whole, key=len, reverse=True) if len(one) > 1]
    wanted += [re.escape(one) for one in sorted(parts - whole, key=len, reverse=True)]
    if not wanted:
        return None
    inflected = sorted((one for one in {*whole, *parts} if len(one) > 2 and one[0].isupper()), key=len, reverse=True)
    before = rf"|(?:{'|'.join(map(re.escape, inflected))})(?={_ENDING}(?!\w))" if inflected else ""
    return re.compile(rf"(?<!\w)(?:(?:{'|'.join(wanted)})(?!\w){before})")
