"""Common medicines without a prescription: who should not take them, each with a source that the client can show."""

import asyncio

import pytest

from tests.assistants.workflow_talk import HealthTalk, guarded, shipped

AVOID = [
    ("I have diarrhoea with blood in the stool. Can I take loperamide?", "loperamide", "blood in your stool"),
    ("I have diarrhoea and a fever, is Imodium ok?", "loperamide", "your fever"),
    ("can I take loperamide? I take amiodarone", "loperamide", "heart rhythm"),
    ("can I take sudafed with phenelzine?", "a decongestant", "MAO inhibitor"),
    ("can I take codeine while breastfeeding?", "codeine", "breastfeeding"),
    ("can I take paracetamol with co-codamol?", "paracetamol", "already in your other medicine"),
    ("I'm pregnant, can I take ibuprofen?", "ibuprofen", "your pregnancy"),
]
ASK = [
    ("can I take piriton? I have glaucoma", "a drowsy antihistamine", "pressure in your eye"),
    ("is piriton ok with an enlarged prostate?", "a drowsy antihistamine", "enlarged prostate"),
    ("I have kidney disease, are antacids ok?", "an antacid", "kidney"),
    ("I have high blood pressure, can I take sudafed?", "a decongestant", "high blood pressure"),
    ("I'm pregnant, may I use hydrocortisone cream?", "hydrocortisone cream", "your pregnancy"),
    ("I have cirrhosis, can I take paracetamol?", "paracetamol", "liver"),
    ("I have asthma, can I take ibuprofen?", "ibuprofen", "your asthma"),
    ("I take apixaban, can I take ibuprofen?", "ibuprofen", "blood thinner"),
]
NOTES = [
    ("is cetirizine safe with beer?", "leave out alcohol"),
    ("can I drive after piriton?", "do not drive"),
    ("can I put hydrocortisone cream on my face?", "not use it on the face"),
    ("what are oral rehydration salts for?", "replace the water and salts"),
    ("can I take an antacid with my other pills?", "get in the way of other medicines"),
]


def answered(text: str, locale: str = "en-GB") -> HealthTalk:
    talk = HealthTalk(locale)
    asyncio.run(talk.say(text))
    assert guarded(talk) == talk.reply
    return talk


@pytest.mark.parametrize(("text", "medicine", "reason"), AVOID)
def test_what_is_to_be_avoided(text: str, medicine: str, reason: str) -> None:
    reply = answered(text).reply
    assert f"do not take {medicine} unless a doctor has prescribed it" in reply
    assert reason in reply


@pytest.mark.parametrize(("text", "medicine", "reason"), ASK)
def test_what_is_to_be_asked_first(text: str, medicine: str, reason: str) -> None:
    reply = answered(text).reply
    assert f"ask a pharmacist or doctor before you take {medicine}" in reply
    assert reason in reply


@pytest.mark.parametrize(("text", "note"), NOTES)
def test_what_everybody_should_know(text: str, note: str) -> None:
    talk = answered(text)
    assert note in talk.reply
    assert talk.citations


@pytest.mark.parametrize("medicine", ["aspirin", "loperamide", "codeine"])
def test_not_for_children(medicine: str) -> None:
    assert f"do not give {medicine} to anybody under 16" in answered(f"can I give my 10 year old {medicine}?").reply


def test_how_much_is_not_spoken_of_where_nothing_is_left() -> None:
    reply = answered("can I take codeine while breastfeeding?").reply
    assert "How much is right" not in reply
    assert "what would suit instead" in reply


def test_turkish() -> None:
    reply = answered("10 yaşındaki oğluma aspirin verebilir miyim?", "tr-TR").reply
    assert "vermeyin" in reply
    reply = answered("hamileyim, antasit alabilir miyim?", "tr-TR").reply
    assert "danışın, çünkü hamilesiniz" in reply


def test_every_rule_and_note_has_its_source() -> None:
    pack = shipped().ear.pack
    assert all(rule.cites for rule in pack.medicines.rules)
    for medicine in pack.medicines.medicines:
        for note in medicine.note.values():
            cited = pack.marked(note)
            assert cited.sources
            assert "[" not in cited.text


@pytest.mark.parametrize(
    ("said", "taken_back", "medicine"),
    [
        ("I'm pregnant, can I take ibuprofen?", "I'm not pregnant any more, can I take ibuprofen?", "ibuprofen"),
        ("I take warfarin, can I take ibuprofen?", "I stopped warfarin. Can I take ibuprofen?", "ibuprofen"),
    ],
)
def test_what_is_taken_back_counts_no_more(said: str, taken_back: str, medicine: str) -> None:
    talk = answered(said)
    assert "because of" in talk.reply
    asyncio.run(talk.all(taken_back, f"can I take {medicine}?"))
    assert "because of" not in talk.reply


@pytest.mark.parametrize(
    "text", ["I stopped warfarin", "I have asthma and I take warfarin", "I'm not pregnant any more"]
)
def test_what_is_said_of_oneself_is_acknowledged(text: str) -> None:
    assert "I'll keep that in mind" in answered(text).reply
