"""That an AI is speaking: what says so, and what no text may claim."""

import pytest

from careline.dialogue.disclosure import SENTENCES, claims, discloses


@pytest.mark.parametrize("language", SENTENCES)
def test_every_added_sentence_discloses_and_claims_nothing(language: str) -> None:
    assert discloses(SENTENCES[language])
    assert claims(SENTENCES[language]) is None


@pytest.mark.parametrize("text", ["Hello, I'm Anna.", "Said and done.", "Merhaba, ben Anna.", "Email us"])
def test_a_name_alone_does_not_disclose(text: str) -> None:
    assert not discloses(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm a doctor at the clinic.",
        "I am a licensed nurse.",
        "I’m human, promise.",
        "I am not a robot.",
        "Ben doktorum.",
        "Merhaba, ben gerçek bir insanım.",
        "Ben yapay zekâ değilim.",
    ],
)
def test_claims_are_found(text: str) -> None:
    assert claims(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm not a doctor, so I can't give medical advice.",
        "You'll speak with a doctor.",
        "I'm an AI assistant, not a person.",
        "I'm your consultation assistant.",
        "Hayır, doktor değilim; bir yapay zekâ asistanıyım.",
        "İnsan değilim.",
        "Size bir doktorumuz yanıt verir.",
    ],
)
def test_honest_texts_pass(text: str) -> None:
    assert claims(text) is None
