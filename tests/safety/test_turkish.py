"""How Turkish words are read: endings as typed in chat, missing letters, misspelt beginnings, negated verbs."""

import pytest

from careline.safety.triage import load_triage

TRIAGE = load_triage()


def _status(text: str, finding: str) -> str | None:
    return next((one.status for one in TRIAGE.scan(text).findings if one.id == finding), None)


@pytest.mark.parametrize(
    "text",
    ["nefes alamıyorum", "nefes alamiyorum", "nefes alamıyom", "nefes alamıyo", "nefes alamıyoz", "nefes alamıyrum"],
)
def test_the_endings_of_chat_are_read_as_written_ones(text: str) -> None:
    assert _status(text, "cannot_breathe") == "present"


@pytest.mark.parametrize("text", ["kendimi öldüreceğim", "kendimi öldürücem", "kendimi öldürcem", "kendimi oldurecem"])
def test_the_future_of_chat(text: str) -> None:
    assert _status(text, "suicidal_intent") == "present"


@pytest.mark.parametrize(
    ("text", "finding", "status"),
    [
        ("göğsüm ağrımıyor", "chest_pain", "absent"),
        ("göğsüm ağrımıyo", "chest_pain", "absent"),
        ("kan gelmiyor", "bleeding", "absent"),
        ("kanama durmuyor", "bleeding_severe", "present"),
        ("baş ağrım geçmiyor", "headache", "present"),
        ("ışık rahatsız etmiyor", "light_hurts", "absent"),
        ("seslendim cevap vermiyor baygın yatıyor", "unconscious", "present"),
        ("kolumu hissetmiyorum", "limb_numbness", "present"),
    ],
)
def test_a_negated_verb_denies_unless_it_is_the_finding(text: str, finding: str, status: str) -> None:
    assert _status(text, finding) == status


@pytest.mark.parametrize(("text", "finding"), [("annem bayilldi", "faint"), ("konşamıyor", "speech_trouble")])
def test_a_misspelt_beginning_keeps_its_endings(text: str, finding: str) -> None:
    assert _status(text, finding) == "present"
