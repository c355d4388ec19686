"""Signatures below a message."""

import pytest

from careline.language.signatures import without_signature


@pytest.mark.parametrize(
    ("text", "above"),
    [
        ("Tuesday\n\n--\nJohn Smith\nAcme Ltd\n+44 20 7946 0958", "Tuesday"),
        ("Tuesday\r\n-- \r\nJohn Smith", "Tuesday"),
        ("yes please\n\nSent from my iPhone", "yes please"),
        ("evet\n\niPhone'umdan gönderildi", "evet"),
        ("evet\n—\nAyşe Yılmaz", "evet"),
        ("--\nJohn Smith", "--\nJohn Smith"),
        ("Tuesday -- or Wednesday", "Tuesday -- or Wednesday"),
        ("I filled in the form\nsent from the hospital, what now?\nThank you", "I filled in the form\nsent from the hospital, what now?\nThank you"),
        ("formu doldurdum\nform gönderildi", "formu doldurdum\nform gönderildi"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_stands_above_the_signature(text: str, above: str) -> None:
    assert without_signature(text) == above
