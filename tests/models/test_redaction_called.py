"""Dates of birth and numbers of documents leave as placeholders; numbers and dates a doctor would need stay."""

import time

import pytest

from careline.knowledge.article import SHIPPED
from careline.models.redaction import Redaction

BIRTHS = [
    ("I was born on 12/05/1990 in Leeds", "I was born on [BIRTH_1]/1990 in Leeds"),
    ("born 12.05.1990", "born [BIRTH_1].1990"),
    ("born 12 05 1990", "born [BIRTH_1] 1990"),
    ("dob: 1990-05-12", "dob: 1990-[BIRTH_1]"),
    ("DOB 12/5/90", "DOB [BIRTH_1]/90"),
    ("D.O.B.: 12-05-1990, female", "D.O.B.: [BIRTH_1]-1990, female"),
    ("my date of birth is 12 May 1990", "my date of birth is [BIRTH_1] 1990"),
    ("Date of birth (12 May 1990)", "Date of birth ([BIRTH_1] 1990)"),
    ("my birthday is May 12th, 1990", "my birthday is [BIRTH_1], 1990"),
    ("my birthday is on the 12th of May", "my birthday is on the [BIRTH_1]"),
    ("birthday: 12/05", "birthday: [BIRTH_1]"),
    ("I was born in New York on Monday 12 May 1990", "I was born in New York on Monday [BIRTH_1] 1990"),
    ("the date of birth of my son is 12.05.2020", "the date of birth of my son is [BIRTH_1].2020"),
    ("birthdate 19900512", "birthdate [BIRTH_1]"),
    ("12.05.1990 is my date of birth", "[BIRTH_1].1990 is my date of birth"),
    ("My son was born on 12 May 2026, he has a fever", "My son was born on [BIRTH_1] 2026, he has a fever"),
    ("Doğum tarihim 12.05.1990", "Doğum tarihim [BIRTH_1].1990"),
    ("DOĞUM TARİHİ: 12.05.1990", "DOĞUM TARİHİ: [BIRTH_1].1990"),
    ("dogum tarihim 12 Mayis 1990", "dogum tarihim [BIRTH_1] 1990"),
    ("D. Tarihi 12/05/1990", "D. Tarihi [BIRTH_1]/1990"),
    ("doğum günüm 12 Mayıs", "doğum günüm [BIRTH_1]"),
    ("12.05.1990 doğumluyum", "[BIRTH_1].1990 doğumluyum"),
    ("1990-05-12 tarihinde doğdum", "1990-[BIRTH_1] tarihinde doğdum"),
    ("12 Mayıs 1990'da Ankara'da doğdum", "[BIRTH_1] 1990'da Ankara'da doğdum"),
    ("oğlum 12 Mayıs 2026'da doğdu, ateşi var", "oğlum [BIRTH_1] 2026'da doğdu, ateşi var"),
]
NUMBERS = [
    ("passport 1234567", "passport [ID_1]"),
    ("my passport is U12345678", "my passport is [ID_1]"),
    ("passport no: C01X00T47", "passport no: [ID_1]"),
    ("my passport number is AB 123 456 and I take 500 mg", "my passport number is [ID_1] and I take 500 mg"),
    ("NHS number: 943 476", "NHS number: [ID_1]"),
    ("NHS number 943 476 5919", "NHS number [NUMBER_1]"),
    ("insurance no 12345", "insurance no [ID_1]"),
    ("Insurance no. 12345 500 mg a day", "Insurance no. [ID_1] 500 mg a day"),
    ("my insurance policy number is POL-12345/A", "my insurance policy number is [ID_1]"),
    ("patient ID: 4711", "patient ID: [ID_1]"),
    ("my ID is 12345", "my ID is [ID_1]"),
    ("ID number 12345", "ID number [ID_1]"),
    ("hospital number X123456", "hospital number [ID_1]"),
    ("MRN 12345", "MRN [ID_1]"),
    ("driving licence MORGA657054SM9IJ", "driving licence [ID_1]"),
    ("12345 is my passport number", "[ID_1] is my passport number"),
    ("TC kimlik no 1234567", "TC kimlik no [ID_1]"),
    ("T.C. kimlik numaram: 1234567", "T.C. kimlik numaram: [ID_1]"),
    ("KİMLİK NUMARASI 12345", "KİMLİK NUMARASI [ID_1]"),
    ("pasaport numaram U12345", "pasaport numaram [ID_1]"),
    ("sigorta no 12345, ateşim 38.5", "sigorta no [ID_1], ateşim 38.5"),
    ("SGK no: 12345", "SGK no: [ID_1]"),
    ("poliçe numaram 12345", "poliçe numaram [ID_1]"),
    ("hasta no 4711", "hasta no [ID_1]"),
    ("12345 numaralı pasaportum", "[ID_1] numaralı pasaportum"),
]


@pytest.mark.parametrize(("text", "redacted"), [*BIRTHS, *NUMBERS])
def test_what_is_replaced_and_comes_back(text: str, redacted: str) -> None:
    redaction = Redaction()
    assert redaction.redact(text) == redacted
    assert redaction.restore(redacted) == text


@pytest.mark.parametrize(
    "text",
    [
        "I was born at 38 weeks with 3.5 kg, in 1990; I am 36 years old.",
        "born 3.5 kg",
        "My appointment is on 24.11.2026 at 10:30, my birthday is tomorrow.",
        "Since 12.05.2024 I take 500 mg, my last period was on 12 May 2026.",
        "The due date is 12.05.2027. I began birth control on 12.05.2024.",
        "date of birth control 12.05.2024",
        "My blood pressure was 140/90, pulse 88, temperature 38.5, glucose 126 mg/dl.",
        "NHS 111, or call the NHS number 111",
        "insurance since 2019, it covers 50000 euros, my insurance is 12345 euros a year",
        "The patient is 45 years old, no longer eats; hospital number 2 days; case of 12 May; file 12345.",
        "randevum 24.11.2026 saat 10:30, doğum kontrol hapına 12.05.2024 başladım",
        "12 Mayıs 2026'da ameliyat oldum, son adet tarihim 12.05.2026",
        "12.05.2026 tarihinde doğum yaptım",
        "sigorta 15000 TL ödedi, 45 yaşında hasta, kimlik kartım var 500 mg alıyorum",
        "tansiyonum 140/90, nabzım 88, 82.5 kg, 178 cm, şekerim 126",
        "I have no 12345, id yok",
    ],
)
def test_ages_values_doses_and_appointments_stay(text: str) -> None:
    assert Redaction().redact(text) == text


def test_articles_go_to_a_model_as_they_are() -> None:
    for file in SHIPPED.glob("*.md"):
        text = file.read_text(encoding="utf-8").partition("\n---\n")[2]
        assert Redaction().redact(text) == text, file.name


@pytest.mark.parametrize("part", ["12 05 ", "passport ", "born ", "passport no 12-", "1 ", "id: ", "12.05.1990 "])
def test_a_long_message_costs_little(part: str) -> None:
    text = part * (20_000 // len(part))
    began = time.perf_counter()
    Redaction().redact(text)
    assert time.perf_counter() - began < 2, "about 0.2 on a free machine"
