"""Identifiers leave as placeholders and come back as they were, whatever the text and however it is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.models.redaction import Redaction, Restoring

NAMES = ("Ayşe Yılmaz", "John Doe")
SAMPLES = (
    "I am Ayşe Yılmaz",
    "john doe",
    "Doe's",
    "+90 532 123 45 67",
    "020 7946 0958",
    "ayse.y@example.com.tr",
    "12 Old Baker Street",
    "Atatürk Caddesi No: 5/3",
    "Hauptstraße 5",
    "4111 1111 1111 1111",
    "GB82 WEST 1234 5698 7654 32",
    "10000000146",
    "AB123456C",
    "born 12.05.1990",
    "doğum tarihim 12 Mayıs 1990",
    "passport 1234567",
    "sigorta no 12345",
    "[NAME_1]",
    "[NAME_",
    "[TEXT_1]",
    "[1]",
    "\\",
    '"',
)
texts = st.lists(st.one_of(st.sampled_from(SAMPLES), st.text(max_size=12)), max_size=12).map(" ".join)
cuts = st.lists(st.integers(0, 400), max_size=12)


def pieces(text: str, at: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(place for place in at if place < len(text))})
    return [text[start:end] for start, end in pairwise(edges)]


@given(texts, st.lists(st.text(max_size=8), max_size=3))
def test_what_is_redacted_is_restored(text: str, more: list[str]) -> None:
    redaction = Redaction([*NAMES, *more])
    assert redaction.restore(redaction.redact(text)) == text


@given(texts, cuts)
def test_a_stream_is_restored_wherever_it_is_cut(text: str, at: list[int]) -> None:
    redaction = Redaction(NAMES)
    redacted = redaction.redact(text)
    restoring = Restoring(redaction)
    assert "".join([*(restoring.feed(piece) for piece in pieces(redacted, at)), restoring.close()]) == text


@given(texts)
def test_the_same_text_is_the_same_placeholder(text: str) -> None:
    redaction = Redaction(NAMES)
    assert redaction.redact(text) == redaction.redact(text)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("I am Ayşe Yılmaz, Ayşe's sister", "I am [NAME_1], [NAME_2]'s sister"),
        ("JOHN DOE here", "[NAME_1] here"),
        ("Call +90 532 123 45 67 or 0532 123 45 67.", "Call [PHONE_1] or [PHONE_2]."),
        ("ring (020) 7946 0958 please", "ring [PHONE_1] please"),
        ("mail ayse.y@example.com.tr!", "mail [EMAIL_1]!"),
        ("I live at 12 Old Baker Street, London", "I live at [ADDRESS_1], London"),
        ("card 4111 1111 1111 1111 thanks", "card [CARD_1] thanks"),
        ("IBAN GB82 WEST 1234 5698 7654 32 ok", "IBAN [CARD_1] ok"),
        ("TC 10000000146", "TC [NUMBER_1]"),
        ("SSN 078-05-1120", "SSN [ID_1]"),
        ("NI AB123456C", "NI [ID_1]"),
        ("since 12.05.1990 05321234567", "since 12.05.1990 [PHONE_1]"),
        ("born 12.05.1990 05321234567", "born [BIRTH_1].1990 [PHONE_1]"),
        ("on 2026-11-24 12345678901", "on 2026-11-24 [NUMBER_1]"),
        ("06.12.34.56.78 or 0532-12-34-567", "[PHONE_1] or [PHONE_2]"),
        ("Tel.05321234567, no...05321234568", "Tel.[PHONE_1], no...[PHONE_2]"),
        ("02079460958x12, 05321234567den", "[PHONE_1]x12, [PHONE_2]den"),
        ("+90\u2013532\u2013123\u201345\u201367", "[PHONE_1]"),
        ("+90 532 1\u200b23 45 67", "[PHONE_1]"),
        ("Musterweg 12 in Köln", "[ADDRESS_1] in Köln"),
        ("Bağdat Caddesi No: 5/3 Kadıköy", "[ADDRESS_1] Kadıköy"),
        ("bağdat caddesi no 12", "[ADDRESS_1]"),
        ("i am at 12 baker street", "i am at [ADDRESS_1]"),
        ("Lives at 5 John Doe Road", "Lives at [ADDRESS_1]"),
        ("10 rue de la Paix", "[ADDRESS_1]"),
        ("flat 3, 10 downing st, London SW1A 2AA", "[ADDRESS_1], London [ADDRESS_2]"),
        ("742 evergreen terrace apt 5", "[ADDRESS_1]"),
        ("1600 Pennsylvania Avenue NW, Washington, DC 20500", "[ADDRESS_1], Washington, [ADDRESS_2]"),
        ("I live in Baker Street", "I live in [ADDRESS_1]"),
        ("write to PO box 77", "write to [ADDRESS_1]"),
        ("bağdat cad no 45 kat 2 daire 5 kadıköy", "[ADDRESS_1] kadıköy"),
        ("1245. sokak no:7/3", "[ADDRESS_1]"),
        ("Gül Sokak 12 D:4, 34710 Kadıköy/İstanbul", "[ADDRESS_1]"),
        ("Hauptstraße 12, 10115 Berlin", "[ADDRESS_1]"),
        ("Çankaya Mah. 06420 Ankara", "[ADDRESS_1]"),
        ("ул. Ленина, д. 5, кв. 12", "[ADDRESS_1]"),
    ],
)
def test_what_is_replaced(text: str, redacted: str) -> None:
    assert Redaction(NAMES).redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "My blood pressure was 140/90 and my temperature 38.5 for 3 days.",
        "On 2026-11-24 at 10:00, or 24.11.2026 10:30.",
        "Between 24.11.2026 25.11.2026 and 2026-11-26 10",
        "At home 120/80 130/85 140/90 mmHg.",
        "I weigh 82.5 kg, 178 cm, and take 500 mg twice a day.",
        "I took 2 pills in a healthy way, 3 blocks down the street; 2 times a day on the road.",
        "Sokak ortasında bayıldım, 3 gün oldu.",
        "I walked 5 miles down the road and 20 minutes more on a bad road.",
        "Vitamin D 50000 IU weekly, 10000 Steps a day.",
        "D3 5UM, B12 5MG, at week 20 Dr Brown gave me 5 mg.",
        "See [1] and [2, 3].",
        "In 1999 I had 2 operations; may I fly? Mark my words.",
    ],
)
def test_what_is_not(text: str) -> None:
    assert Redaction(NAMES).redact(text) == text


def test_a_placeholder_that_stands_for_nothing_is_left_out() -> None:
    redaction = Redaction(NAMES)
    redaction.redact("John Doe")
    assert redaction.restore("Dear [NAME_1], [NAME_9]hello") == "Dear John Doe, hello"


def test_in_json_what_comes_back_is_escaped() -> None:
    redaction = Redaction(['A"B C'])
    assert redaction.redact('I am A"B C') == "I am [NAME_1]"
    assert redaction.restore('{"name": "[NAME_1]"}', in_json=True) == '{"name": "A\\"B C"}'
