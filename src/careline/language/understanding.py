"""Everything a message says, in one call."""

import unicodedata
from functools import cache

from careline.language.births import birth_words, find_births, without_births
from careline.language.contacts import find_email, find_phone
from careline.language.detection import detect
from careline.language.foreign import find_foreign
from careline.language.intents import IntentsRead, read_intents, squeezed
from careline.language.lexemes import time_words
from careline.language.lexicon import Language, Languages, read_languages
from careline.language.names import NameFound, find_name
from careline.language.ordinals import choice_words, find_ordinal
from careline.language.places import Places
from careline.language.said import Reference, Said, Shift
from careline.language.shifts import find_shift, shift_words
from careline.language.text import Token, tokens
from careline.language.times import TimeFound, find_time

_LONGEST = 16_000
_MOST_TOKENS = 2_000


@cache
def load_languages() -> Languages:
    """The packaged languages, compiled; to be called at start, so that no later call reads a file.

    Only the metadata of telephone numbers is loaded with the first message that holds one. Raises LanguageDataError.
    """
    languages = read_languages()
    _places(languages)
    for one in languages.all():
        time_words(one)
        choice_words(one)
        shift_words(one)
        birth_words(one)
    return languages


@cache
def _places(languages: Languages) -> Places:
    return Places(languages)


def understand(
    text: str,
    languages: Languages,
    reference: Reference,
    expected_language: str | None = None,
    expecting: str | None = None,
    *,
    first: bool = False,
) -> Said:
    """What the message says. Never raises on any text; what follows the first 2,000 words and signs is not read.

    `expected_language` is the conversation's (BCP 47). `expecting` is what was asked: "name", "country", "time_zone",
    "time" or "slot" make a bare answer count as one; anything else changes nothing. `first`: nothing was said before in
    this conversation, so the expected language is only a guess.
    """
    text = unicodedata.normalize("NFC", text[:_LONGEST])
    spoken = tokens(text)[:_MOST_TOKENS]
    language, sure, read_in = detect(spoken, languages, languages.nearest(expected_language), first=first)
    places = _places(languages).find(text, spoken, expecting=expecting)
    phone = _phone(text, spoken, languages, reference, language)
    email = find_email(text)
    births = frozenset(at for code in read_in for at in find_births(spoken, languages[code]))
    told = without_births(spoken, births)
    time, ordinal = _time(text, told, languages, read_in, reference, places.time_zone, expecting, phone)
    beside = places.words | time.words
    name = None if _address_alone(email, spoken, expecting) else _name(told, languages, read_in, expecting, beside)
    bare = expecting == "name" and name is not None and name.name is not None and not name.explicit
    if bare:  # somebody called Jordan or June
        time, places = TimeFound(), places._replace(country=None, only=False, city_zone=None)
    foreign, by_words = find_foreign(spoken, languages)
    if name is not None and by_words and not name.explicit:
        name = None
    heard = _intents(spoken, languages, read_in, time)
    negated = heard.negated | {
        k for k, v in (("name", name and name.negated), ("country", places.country_negated)) if v
    }
    return Said(
        text=text,
        language=language,
        language_sure=sure,
        languages=tuple(read_in) if any(languages.votes(t.key) for t in spoken) else tuple(sorted(languages.codes)),
        intents=heard.intents,
        intents_only=heard.only,
        name=name.name if name else None,
        name_explicit=bool(name and name.explicit),
        phone=phone[0] if phone else None,
        email=email,
        country=places.country,
        country_only=places.only,
        city_zone=places.city_zone,
        foreign=foreign,
        language_request=places.language_request,
        time_zone=places.time_zone,
        time=time.mention,
        excluded=time.excluded,
        birth_told=bool(births),
        shift=_shift(spoken, languages, read_in),
        ordinal=ordinal,
        negated=negated | ({"time"} if time.negated else set()),
    )


def _address_alone(email: str | None, spoken: list[Token], expecting: str | None) -> bool:
    """An address in place of the name that was asked for is no name."""
    return email is not None and expecting == "name" and len(spoken) <= 7


def _intents(spoken: list[Token], languages: Languages, read_in: list[str], time: TimeFound) -> IntentsRead:
    """Of the likeliest language that finds any; a second reading forgives drawn-out letters."""
    rest = [t._replace(key="", stem="") if at in time.tokens else t for at, t in enumerate(spoken)]
    for reading in (rest, squeezed(rest)):
        for code in read_in:
            found = read_intents(reading, languages[code], spoken)
            if found.intents:
                return found
    return IntentsRead()


def _name(
    spoken: list[Token], languages: Languages, read_in: list[str], expecting: str | None, other: frozenset[str]
) -> NameFound | None:
    negated: NameFound | None = None
    for asked in [False, True] if expecting == "name" else [False]:
        for code in read_in:
            found = find_name(spoken, languages, languages[code], expected=asked, vocabulary=other)
            if found and found.name:
                return found
            negated = negated or found
    return negated


def _shift(spoken: list[Token], languages: Languages, read_in: list[str]) -> Shift | None:
    return next((found for code in read_in if (found := find_shift(spoken, languages[code]))), None)


def _phone(
    text: str, spoken: list[Token], languages: Languages, reference: Reference, language: str
) -> tuple[str, int, int] | None:
    if sum(len(t.key) for t in spoken if t.kind == "number") < 7:
        return None
    others: list[Language] = [languages[language], *languages.all()]
    return find_phone(text, [reference.region, *(one.phone_region for one in others)])


def _time(
    text: str,
    spoken: list[Token],
    languages: Languages,
    read_in: list[str],
    reference: Reference,
    zone: str | None,
    expecting: str | None,
    phone: tuple[str, int, int] | None,
) -> tuple[TimeFound, int | None]:
    if phone:
        spoken = [t._replace(kind="sign", key="#") if phone[1] <= t.start < phone[2] else t for t in spoken]
    best = TimeFound()
    ordinal: int | None = None
    for code in read_in:
        if best.mention is None:
            found = find_time(text, spoken, languages[code], reference, zone, bare=expecting in ("time", "slot"))
            best = found if found.mention or not best.negated else best
        if ordinal is None:
            ordinal = find_ordinal(spoken, languages[code], best)
    return best, ordinal
