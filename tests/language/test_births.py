"""Dates of birth are never times to come at."""

import pytest

from tests.language.reading import said, wall


@pytest.mark.parametrize(
    "text",
    [
        "born 12.05.1990", "born 12.05.90", "my date of birth is 12/05/1990", "DOB: 1990-05-12", "dob 12 05 1990", "I was born on the 12th of May, 1990", "I was born on 12 May",
        "12 May 1990 is my date of birth", "my birthday is 12 May", "born in May 1990", "born in 1990", "Date of birth - May 12th 1990",
        "doğum tarihim 12.05.1990", "Doğum tarihi: 12 Mayıs 1990", "12.05.1990 doğumluyum", "12 Mayıs 1990'da doğdum", "1990 doğumluyum", "12.05.90 doğumlu",
    ],
)  # fmt: skip
def test_a_date_of_birth_is_no_time(text: str) -> None:
    for language in ("en", "tr"):
        heard = said(text, language, expecting="time")
        assert (heard.time, heard.ordinal, heard.birth_told) == (None, None, True)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("born 12.05.1990, tuesday at 10", "11-24 10:00"),
        ("friday at 3pm please. my dob is 12/05/1990", "11-27 15:00"),
        ("12.05.1990 doğumluyum, salı saat 10 olsun", "11-24 10:00"),
    ],
)
def test_the_time_beside_a_date_of_birth_is_heard(text: str, start: str) -> None:
    time = said(text).time
    assert time is not None
    assert wall(time.start) == start


@pytest.mark.parametrize(
    "text", ["my baby is born, see you 12.12.2026", "12 May please", "the 3rd of May", "12 Mayıs olsun"]
)
def test_other_dates_are_times(text: str) -> None:
    heard = said(text)
    assert heard.time is not None
    assert not heard.birth_told


def test_a_name_beside_a_date_of_birth() -> None:
    assert said("John Doe, born 12 May 1990", expecting="name").name == "John Doe"
    assert said("Ayşe Yılmaz, 12.05.1990 doğumlu", "tr", expecting="name").name == "Ayşe Yılmaz"
