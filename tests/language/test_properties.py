"""What holds for every text: nothing raises, spans and times are sound, and the work grows with the length alone."""

import time as clock
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careline.language import Reference, Said, Vocabulary
from tests.language.reading import LANGUAGES, said
from tests.language.test_vocabulary import VOCABULARY

ZONES = (
    "UTC",
    "Europe/London",
    "Europe/Istanbul",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Santiago",
)
WORDS = [
    "my",
    "name",
    "is",
    "john",
    "not",
    "no",
    "yes",
    "i'm",
    "from",
    "germany",
    "next",
    "last",
    "this",
    "tuesday",
    "friday",
    "at",
    "10",
    "3pm",
    "15:00",
    "half",
    "past",
    "quarter",
    "to",
    "between",
    "and",
    "after",
    "before",
    "until",
    "in",
    "two",
    "weeks",
    "ago",
    "the",
    "5th",
    "of",
    "may",
    "december",
    "2026",
    "31.02.2026",
    "03.12.2026",
    "12/3",
    "noon",
    "tonight",
    "morning",
    "weekend",
    "speak",
    "english",
    "berlin",
    "time",
    "gmt",
    "+3",
    "one",
    "second",
    "please",
    ",",
    ".",
    "?",
    "!",
    "👍",
    "adım",
    "ben",
    "Ahmet'tir",
    "Almanya'dan",
    "salı",
    "yarın",
    "saat",
    "3'te",
    "buçuk",
    "çeyrek",
    "geçe",
    "kala",
    "ile",
    "arası",
    "sonra",
    "önce",
    "haftaya",
    "gelecek",
    "ayın",
    "beşi",
    "değil",
    "olmaz",
    "ikincisi",
    "last",
    "one",
    "number",
    "2",
    "+44",
    "7911",
    "123456",
    "a@b.org",
    "hair",
    "transplat",
    "istiyorum",
    "robot",
    "musun",
    "cancel",
    "my",
    "appointment",
]
TEXTS = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
REFERENCES = st.builds(Reference, MOMENTS, st.sampled_from(ZONES), st.sampled_from(["GB", "US", "TR", None]))
ASKED = st.sampled_from([None, "name", "country", "time", "slot", "time_zone"])


def check(heard: Said, reference: Reference) -> None:
    assert heard.language in LANGUAGES.codes
    assert heard.name is None or (heard.name.strip() == heard.name != "" and len(heard.name) <= 60)
    assert heard.ordinal is None or heard.ordinal == -1 or heard.ordinal >= 1
    assert heard.phone is None or (heard.phone.startswith("+") and heard.phone[1:].isdigit())
    assert heard.time_zone is None or ZoneInfo(heard.time_zone)
    time = heard.time
    if time is None:
        return
    assert time.start.tzinfo is UTC
    assert time.end.tzinfo is UTC
    assert time.start < time.end
    assert time.past or time.start >= reference.now
    assert not time.past or time.start < reference.now
    assert time.text in heard.text
    assert time.daily is None or 0 <= time.daily[0] < time.daily[1] <= 1440


@settings(max_examples=400, deadline=None)
@given(TEXTS, REFERENCES, st.sampled_from(["en", "tr", "tr-TR", "xx", ""]), ASKED)
def test_any_text_is_understood_without_raising(text: str, reference: Reference, language: str, asked: str) -> None:
    check(said(text, language, asked, reference), reference)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_terms_are_where_they_say(text: str) -> None:
    at = 0
    for one in VOCABULARY.find(text):
        assert at <= one.start < one.end <= len(text)
        assert 0 < one.score <= 1
        at = one.end


@settings(max_examples=300, deadline=None)
@given(MOMENTS, st.sampled_from(ZONES), st.integers(0, 23), st.integers(0, 59), st.integers(2, 400))
def test_a_local_time_said_is_the_local_time_meant(now: datetime, zone: str, hour: int, minute: int, days: int) -> None:
    day = (now.astimezone(ZoneInfo(zone)) + timedelta(days=days)).date()
    heard = said(f"{day.isoformat()} at {hour:02}:{minute:02}", reference=Reference(now, zone))
    assert heard.time is not None
    local = heard.time.start.astimezone(ZoneInfo(zone))
    wanted = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
    exists = wanted.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wanted.replace(tzinfo=None)
    if exists:
        assert local.replace(tzinfo=None) == wanted.replace(tzinfo=None)
    else:
        assert timedelta(0) < local.replace(tzinfo=None) - wanted.replace(tzinfo=None) <= timedelta(days=1)


HOSTILE = [
    "a", "a ", "1", "1 ", "1-", "@", "a@", "a.", "my name is ", "i am ", "next ", "saat ", "at 3 ", "\u0300", "'", "a'", "0532 ", "from ", "john ", "not ", "friday to ", "👍", "evet ",
    "yes no ", "talk ", "in ", "+", "(1) ", "a-", "istanbul ", "english ", "hair ", "gmt ", "@a", "de ", "randevularimizdan ", "hairtransplan ", "john-", "half past ", "1:", "??", "not not ",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_message_costs_little(piece: str) -> None:
    """Processor time: a bound far above what it takes (some tens of milliseconds), far below what is quadratic."""
    text = (piece * 8000)[:8000]
    fresh = Vocabulary({"hair_transplant": ["hair transplant", "saç ekimi"]}, LANGUAGES)
    began = clock.thread_time()
    for asked in (None, "name", "slot"):
        said(text, expecting=asked)
    fresh.find(text)
    assert clock.thread_time() - began < 1.0
