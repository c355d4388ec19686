import pytest

from tests.language.reading import LANGUAGES, said


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("I live in Germany", "DE"), ("I'm from the UK", "GB"), ("from London, UK", "GB"), ("I live in the US", "US"), ("I'm in London", "GB"), ("I am Turkish", "TR"),
        ("germany", "DE"), ("ALMANYA", "DE"), ("London", "GB"), ("based in south africa", "ZA"), ("Fransa", "FR"), ("Almanya'dan", "DE"), ("almanyadan yazıyorum", "DE"),
        ("İngiltere'de yaşıyorum", "GB"), ("Berlin'de oturuyorum", "DE"), ("Türkiye'den", "TR"), ("Almanım", "DE"), ("ABD'de yaşıyorum", "US"),
    ],
)  # fmt: skip
def test_where_somebody_lives(text: str, country: str) -> None:
    assert said(text).country == country


@pytest.mark.parametrize(
    "text",
    [
        "contact us",
        "call us",
        "how do I get to Istanbul?",
        "is the clinic in turkey good?",
        "Türkiye'ye nasıl gelirim",
        "do you speak German?",
    ],
)
def test_countries_somebody_only_speaks_of(text: str) -> None:
    assert said(text).country is None


def test_a_mention_counts_when_it_was_asked_for() -> None:
    assert said("well, Sweden I guess", expecting="country").country == "SE"
    assert said("turkish", expecting="country").country == "TR"


def test_a_denied_country() -> None:
    heard = said("I'm not from Germany")
    assert heard.country is None
    assert "country" in heard.negated
    assert said("I'm not from Germany, I'm from Spain").country == "ES"


@pytest.mark.parametrize(
    ("text", "language"),
    [("can we speak English", "en"), ("English please", "en"), ("Türkçe konuşalım", "tr"), ("türkçe", "tr"), ("ingilizce konuşabilir miyiz", "en"),
     ("do you speak German?", "de"), ("Auf Deutsch bitte", "de"), ("Können wir bitte auf Deutsch weitermachen?", "de")],
)  # fmt: skip
def test_a_wish_for_a_language(text: str, language: str) -> None:
    assert said(text).language_request == language
    assert said(text).country is None


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("3pm Berlin time", "Europe/Berlin"), ("UK time", "Europe/London"), ("GMT+3", "Etc/GMT-3"), ("utc -5", "Etc/GMT+5"), ("UTC+05:30", "Asia/Kolkata"),
        ("my time zone is Europe/Paris", "Europe/Paris"), ("5pm EST", "America/New_York"), ("berlin saatiyle", "Europe/Berlin"), ("türkiye saatiyle", "Europe/Istanbul"),
        ("İstanbul saatiyle çarşamba 15:00", "Europe/Istanbul"),
    ],
)  # fmt: skip
def test_time_zones(text: str, zone: str) -> None:
    assert said(text).time_zone == zone


@pytest.mark.parametrize("text", ["US time", "Europe/Atlantis", "GMT+25", "I live in Berlin"])
def test_no_time_zone(text: str) -> None:
    assert said(text).time_zone is None


def test_every_language_names_every_country() -> None:
    codes = [set(one.data["countries"]) for one in LANGUAGES.all()]
    assert len(codes[0]) >= 249
    assert all(one == codes[0] for one in codes)
