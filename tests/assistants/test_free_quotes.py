"""What a model quotes of a message is taken only if the person says it of themselves."""

import pytest

from careline.assistants.free_quotes import is_claimed, is_quoted


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("I have asthma.", "I have asthma"),
        ("No. I have ASTHMA", "have asthma"),
        ("I have asthma. Is that bad?", "asthma"),
        ("I have no fever but I have asthma.", "I have asthma"),
        ("I have asthma.\nI take aspirin", "I have asthma. I take aspirin"),
        ("Son iki yıldır astımım var", "astımım var"),
        ("Ateşim yok ama astımım var", "astımım var"),
        ("Kardiyak ablasyon oldum", "ablasyon oldum"),
    ],
)
def test_what_they_say_of_themselves(text: str, quote: str) -> None:
    assert is_quoted(quote, text)
    assert is_claimed(quote, text)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Do I have diabetes?", "I have diabetes"),
        ("I do not think I have diabetes", "I have diabetes"),
        ("I don’t have asthma", "have asthma"),
        ("My mother has asthma", "has asthma"),
        ("My son has asthma", "has asthma"),
        ("I wonder whether I have asthma", "I have asthma"),
        ("If I had epilepsy, I could not fly", "I had epilepsy"),
        ("I have asthma. I have no allergies", "I have asthma. I have no allergies"),
        ("Annemde astım var", "astım var"),
        ("Bende astım yok", "astım"),
        ("Ich habe kein Asthma", "Asthma"),
    ],
)
def test_what_a_quote_cuts_off_counts(text: str, quote: str) -> None:
    assert is_quoted(quote, text)
    assert not is_claimed(quote, text)
