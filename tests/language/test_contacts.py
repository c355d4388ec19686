import pytest

from careline.language import Reference
from tests.language.reading import NOW, said


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+44 7911 123456", "+447911123456"),
        ("my number is 07911 123456", "+447911123456"),
        ("can you call me on +44 20 7946 0958?", "+442079460958"),
        ("(+49) 30 901820", "+4930901820"),
        ("0090 532 123 45 67", "+905321234567"),
        ("numaram 0532 123 4567", "+905321234567"),
        ("905321234567", "+905321234567"),
    ],
)
def test_telephone_numbers(text: str, phone: str) -> None:
    assert said(text).phone == phone


@pytest.mark.parametrize(
    "text",
    ["12345678", "+44 1", "03.12.2026 14:30", "2026-12-03", "1234567890123456", "saat 10 12", "tooth 11 12 13", ""],
)
def test_digits_that_are_no_telephone_number(text: str) -> None:
    assert said(text).phone is None


def test_a_national_number_is_read_in_the_region() -> None:
    assert said("030 901820", reference=Reference(NOW, "Europe/Berlin", "DE")).phone == "+4930901820"


def test_the_digits_of_a_telephone_number_are_no_time() -> None:
    heard = said("call me on +44 7911 123456 on friday", expecting="time")
    assert heard.time is not None
    assert heard.time.text == "friday"
    assert heard.ordinal is None


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("mail me at john.doe@example.com.", "john.doe@example.com"),
        ("email: JOHN.DOE+x@Gmail.com, thanks", "JOHN.DOE+x@gmail.com"),
        ("<ayse@example.com.tr>", "ayse@example.com.tr"),
        ("ada@bücher.example", "ada@bücher.example"),
        ("a@b or c@d.org", "c@d.org"),
    ],
)
def test_addresses(text: str, email: str) -> None:
    assert said(text).email == email


@pytest.mark.parametrize(
    "text", ["a@b", "@example.com", "john@", "john@@example.com", "a..b@example.com", "x@-y.com", "@" * 50]
)
def test_what_is_no_address(text: str) -> None:
    assert said(text).email is None
