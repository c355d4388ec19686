import pytest

from careline.language import LanguageDataError, load_languages
from careline.language.lexicon import listed
from careline.language.text import fold, tokens
from tests.language.reading import LANGUAGES, said


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hello, I want to schedule an appointment", "en"), ("how much does it cost?", "en"), ("do you have anything on friday", "en"), ("My name is Şükrü Çağlar Özgüneş", "en"),
        ("Merhaba, saç ekimi için randevu almak istiyorum", "tr"), ("fiyatlar ne kadar acaba", "tr"), ("yarin saat 15 olur mu", "tr"), ("doktorla gorusmek istiyorum", "tr"), ("Ağrım var, ne yapmalıyım?", "tr"),
    ],
)  # fmt: skip
def test_a_sentence_shows_its_language(text: str, language: str) -> None:
    for expected in ("en", "tr"):
        heard = said(text, expected)
        assert (heard.language, heard.language_sure) == (language, True)


@pytest.mark.parametrize(
    "text", ["ok", "John Doe", "12:30", "", "😀", "a@b.org", "Berlin", "evet", "no", "guten tag ich habe eine frage"]
)
def test_a_short_or_foreign_message_keeps_the_expected_language(text: str) -> None:
    for expected in ("en", "tr"):
        heard = said(text, expected)
        assert (heard.language, heard.language_sure) == (expected, False)


def test_an_expected_language_that_is_not_installed_becomes_one_that_is() -> None:
    assert said("ok", "pt-BR").language in LANGUAGES.codes
    assert said("ok", "tr-TR").language == "tr"


def test_typing_without_diacritics_and_in_capitals_is_the_same_word() -> None:
    assert fold("İSTANBUL") == fold("istanbul") == fold("ıstanbul") == fold("İstanbul") == "istanbul"
    assert fold("Çağrı Göğüş") == "cagri gogus"
    assert [t.key for t in tokens("Ahmet'tir u\u0308c\u0327")] == ["ahmettir", "uc"]
    assert tokens("Ahmet'tir")[0].stem == "ahmet"


def test_every_language_has_every_section() -> None:
    shapes = [
        {key: sorted(value) if isinstance(value, dict) else None for key, value in one.data.items()}
        for one in LANGUAGES.all()
    ]
    for section in ("intents", "time", "names", "countries"):
        assert all(shape[section] == shapes[0][section] for shape in shapes)


def test_languages_are_loaded_once() -> None:
    assert load_languages() is LANGUAGES
    assert issubclass(LanguageDataError, Exception)
    assert listed(" a , b,c ") == ["a", "b", "c"]
