"""Amounts of time by which something is moved, and languages that are only recognised."""

import pytest

from careline.language import Shift
from tests.language.reading import said


@pytest.mark.parametrize(
    ("text", "shift"),
    [
        ("can you move it one hour later", Shift(minutes=60)),
        ("half an hour earlier please", Shift(minutes=-30)),
        ("2 days later", Shift(days=2)),
        ("a week earlier", Shift(days=-7)),
        ("bir saat sonraya alabilir miyiz", Shift(minutes=60)),
        ("yarım saat erken olsun", Shift(minutes=-30)),
        ("in two hours", None),
        ("tomorrow at 3", None),
        ("saat 3", None),
        ("99999 days later", None),
    ],
)
def test_shifts(text: str, shift: Shift | None) -> None:
    assert said(text).shift == shift


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Hola, quiero una cita por favor", "es"),
        ("Guten Tag, ich möchte einen Termin", "de"),
        ("Здравствуйте, хочу записаться", "ru"),
        ("مرحبا أريد حجز موعد", "ar"),
        ("Maria de la Cruz", None),
        ("I want to book an appointment", None),
        ("randevu almak istiyorum", None),
        ("👍", None),
    ],
)
def test_other_languages_are_recognised(text: str, code: str | None) -> None:
    assert said(text).foreign == code
    if code is not None:
        assert said(text, expecting="name").name is None


def test_a_name_in_another_script_stays_a_name() -> None:
    assert said("Иван Петров", expecting="name").name == "Иван Петров"
