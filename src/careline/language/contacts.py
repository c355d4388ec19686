"""Telephone numbers and e-mail addresses in running text."""

import re
from collections.abc import Iterable, Sequence

_EMAIL_LEFT = re.compile(r"[\w.+%'-]{1,64}\Z")
_EMAIL_RIGHT = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}")
_PHONE = re.compile(r"(?<![\w@.])(?:\+|00)?[ (]{0,2}\d(?:[ ().\-/\u00a0]{0,3}\d){6,16}(?![\w@])")
_DATE = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2,4}(?![./-]\d|\d)|\d{4}-\d{1,2}-\d{1,2}")
_MOST_CANDIDATES = 3


def find_email(text: str) -> str | None:
    """The first well-formed e-mail address, lower-cased in its domain; punctuation after it is left out."""
    at = text.find("@")
    for _ in range(_MOST_CANDIDATES):
        if at < 0:
            break
        local = _EMAIL_LEFT.search(text, max(0, at - 64), at)
        domain = _EMAIL_RIGHT.match(text, at + 1, at + 256)
        if local and domain:
            name = local.group().lstrip(".'-%")
            if name and ".." not in name and not name.endswith("."):
                return f"{name}@{domain.group().lower()}"
        at = text.find("@", at + 1)
    return None


def find_phone(text: str, regions: Sequence[str | None]) -> tuple[str, int, int] | None:
    """(E.164, start, end) of the first valid telephone number; national ones are tried in each of the regions."""
    for number, match in enumerate(_PHONE.finditer(text)):
        if number >= _MOST_CANDIDATES:
            break
        candidate = match.group().strip()
        if not _DATE.match(candidate):
            valid = _valid(candidate, regions)
            if valid:
                return valid, match.start(), match.end()
    return None


def _valid(candidate: str, regions: Iterable[str | None]) -> str | None:
    # Imported here: its metadata takes longer to load than the program may take to start.
    import phonenumbers

    tries: list[tuple[str, str | None]] = []
    if candidate.startswith("00"):
        tries.append(("+" + candidate[2:], None))
    tries += [(candidate, region) for region in dict.fromkeys(regions) if region or candidate.startswith("+")]
    if sum(c.isdigit() for c in candidate) >= 11 and not candidate.startswith(("+", "0")):
        tries.append(("+" + candidate, None))
    for text, region in tries:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None
