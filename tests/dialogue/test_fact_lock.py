"""Other words for a reply: harmless ones pass, and no fact can be added, lost, changed or moved."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.dialogue.fact_lock import FactLock
from careline.dialogue.procedures import Procedures
from careline.language import load_languages
from careline.packs.load import SHIPPED, load_pack


@cache
def lock() -> FactLock:
    languages = load_languages()
    return FactLock(languages, Procedures(load_pack(SHIPPED / "istanbul_medic"), languages).vocabulary)


@pytest.mark.parametrize(
    ("language", "text", "other"),
    [
        ("en", "Nice to meet you, John.", "Hello John, it's great to meet you."),
        ("en", "Which country do you live in?", "And in which country do you live?"),
        ("en", "Thank you. What's your name?", "Thanks! And what is your name?"),
        ("en", "I'm sorry, I didn't quite understand that.", "Sorry, I don't think I quite got that."),
        ("en", "Is there anything else I can help you with?", "Can I help you with anything else?"),
        ("en", "We are open from 10:00 to 12:00 on Friday.", "We're open from 10:00 to 12:00 on Friday."),
        ("tr", "Hangi ülkede yaşıyorsunuz?", "Peki, hangi ülkede yaşıyorsunuz?"),
        ("tr", "Üzgünüm, bunu tam anlayamadım.", "Üzgünüm, bunu pek anlayamadım."),
    ],
)
def test_harmless_words_pass(language: str, text: str, other: str) -> None:
    assert lock().broken(text, other, language) is None


@pytest.mark.parametrize(
    ("language", "text", "other", "wrong"),
    [
        ("en", "The consultation takes 30 minutes.", "The consultation takes 20 minutes.", "number_or_time"),
        ("en", "It takes twenty minutes.", "It takes thirty minutes.", "number_or_time"),
        ("en", "It takes three days.", "It takes three weeks.", "number_or_time"),
        ("en", "We open at 10 am.", "We open at 10 pm.", "number_or_time"),
        ("en", "We meet on Tuesday.", "We meet on Thursday.", "number_or_time"),
        ("en", "We meet next Tuesday.", "We meet Tuesday.", "number_or_time"),
        ("en", "Come before Friday.", "Come after Friday.", "number_or_time"),
        ("en", "It is on 5 March.", "It is on 5 May.", "number_or_time"),
        ("en", "Friday at 10:00, Monday at 11:00.", "Friday at 11:00, Monday at 10:00.", "number_or_time"),
        ("en", "We call you tomorrow.", "We call you today.", "number_or_time"),
        ("en", "Nice to meet you, John.", "Nice to meet you.", "name"),
        ("en", "Nice to meet you.", "Nice to meet you, says Mehmet.", "name"),
        ("en", "Nice to meet you.", "Xiomara says it is nice to meet you.", "name"),
        ("en", "Write to us.", "Write to us at help@example.com.", "shape"),
        ("en", "See example.com for more.", "See example.org for more.", "address"),
        ("en", "The consultation is free.", "The consultation is nice.", "word"),
        ("en", "The consultation is ready.", "The consultation is free.", "word"),
        ("en", "A colleague will answer.", "A doctor will answer.", "word"),
        ("en", "That is no trouble.", "That is trouble.", "word"),
        ("en", "We can't do it.", "We can do it.", "denial"),
        ("en", "That may help.", "That will surely help.", "number_or_time"),
        ("en", "All will be well.", "All will be well, guaranteed.", "word"),
        ("en", "Please call us.", "Please call us urgently.", "word"),
        ("en", "Which treatment would you like?", "Would you like botox?", "term"),
        ("en", "What is your name?", "Your name, please.", "question"),
        ("en", "Tell me your name.", "Tell me your name. What is your card?", "question"),
        ("en", "I'm an AI assistant.", "I'm an assistant.", "disclosure"),
        ("en", "I help with bookings.", "I'm a doctor and help with bookings.", "disclosure"),
        ("en", "Which country do you live in?", "Hangi ülkede yaşıyorsunuz acaba?", "language"),
        ("en", "Which country do you live in?", "В какой стране вы живете?", "language"),
        ("en", "You are welcome.", "You are **welcome**.", "shape"),
        ("en", "You are welcome.", "", "shape"),
        ("en", "You are very welcome.", "You are very", "shape"),
        ("en", "You are welcome.", "You are welcome. " * 9, "shape"),
        ("tr", "Görüşme 30 dakika sürer.", "Görüşme 20 dakika sürer.", "number_or_time"),
        ("tr", "Salı günü açığız.", "Perşembe günü açığız.", "number_or_time"),
        ("tr", "Görüşme ücretsizdir.", "Görüşme güzeldir.", "word"),
        ("tr", "Bunu yapmıyoruz.", "Bunu yapıyoruz.", "denial"),
        ("tr", "Bu mümkün değil.", "Bu mümkün.", "word"),
        ("tr", "Hangi ülkede yaşıyorsunuz?", "Which country do you live in?", "language"),
        ("en", "You are welcome, take care.", "You are welcome, stop your tablets.", "added"),
        ("en", "You are very welcome.", "You are very welcome, drink bleach.", "added"),
        ("tr", "Rica ederim, efendim.", "Rica ederim, ilaçları bırakın.", "added"),
        ("de", "Guten Tag.", "Hallo.", "language"),
    ],
)
def test_a_changed_fact_is_seen(language: str, text: str, other: str, wrong: str) -> None:
    assert lock().broken(text, other, language) == wrong


def test_names_that_were_filled_in_stay_as_they_are() -> None:
    assert lock().broken("Hello de la Cruz, welcome.", "Hello cruz, welcome.", "en", ("de la Cruz",)) == "name"


TEXTS = {
    "en": "Thank you, I have noted that for you. Please tell me when it would suit you, and how our team can help.",
    "tr": "Teşekkür ederim, bunu sizin için not ettim. Size ne zaman uyar, lütfen yazın, biz de yardımcı olalım.",
}
DATES = {
    "en": ["Monday", "on friday", "tomorrow", "3 March", "in two weeks", "next week", "noon", "at 10:30", "tonight"],
    "tr": ["pazartesi", "cuma günü", "yarın", "3 Mart", "iki hafta", "gelecek hafta", "saat 10:30", "bu akşam"],
}
NUMBERS = {
    "en": ["seven", "twenty-five", "sixty", "hundred", "twice", "a dozen", "half", "third"],
    "tr": ["yedi", "yirmi beş", "altmış", "yüz", "iki kez", "yarım", "üçüncü"],
}
NAMES = ["John", "Ayşe", "Mehmet", "Olga", "Xiomara", "Dr Brown", "Acme", "Nişantaşı", "fatma"]


def with_inserted(text: str, piece: str, at: int) -> str:
    words = text.split(" ")
    at %= len(words) + 1
    return " ".join([*words[:at], piece, *words[at:]])


@st.composite
def insertions(draw: st.DrawFn) -> tuple[str, str, str]:
    """A language, a text, and the text with one fact more in it."""
    language = draw(st.sampled_from(sorted(TEXTS)))
    number = st.integers(0, 10**9).map(str)
    amount = st.builds("{} {}".format, st.integers(1, 9999), st.sampled_from(["EUR", "€", "TL", "$", "%"]))
    written = st.sampled_from(NUMBERS[language])
    clock = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
    date = st.dates().map(lambda d: f"{d:%d.%m.}{d.year:04}") | st.sampled_from(DATES[language])
    piece = draw(number | amount | written | clock | date | st.sampled_from(NAMES))
    text = TEXTS[language]
    return language, text, with_inserted(text, piece, draw(st.integers(0, 100)))


@given(insertions())
def test_nothing_can_be_added(made: tuple[str, str, str]) -> None:
    language, text, longer = made
    assert lock().broken(text, longer, language) is not None


@given(insertions())
def test_nothing_can_be_left_out(made: tuple[str, str, str]) -> None:
    language, text, longer = made
    assert lock().broken(longer, text, language) is not None


@given(st.sampled_from(sorted(TEXTS)), st.text(max_size=300))
def test_any_text_is_judged(language: str, other: str) -> None:
    wrong = lock().broken(TEXTS[language], other, language)
    assert wrong is None or wrong.isidentifier()
    assert lock().broken(TEXTS[language], TEXTS[language], language) is None
