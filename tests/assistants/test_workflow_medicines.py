"""Medicines and the person: what the health assistant warns of."""

import asyncio
import re
from typing import Any

import pytest

from tests.assistants.workflow_talk import HealthTalk, guarded, shipped

STATUSES = [
    "validating", "checking_emergency", "processing", "running_triage", "retrieving_context", "running_diagnostic",
    "running_treatment", "generating_response",
]  # fmt: skip
COMPLAINTS = [one for one in shipped().ear.pack.complaints if one.words["en"] and one.id != "general"]
NO = ("no to all", "no", "no", "no")


def said(*texts: str, **talk: Any) -> HealthTalk:
    found = HealthTalk(**talk)
    asyncio.run(found.all(*texts))
    return found


def through(text: str, **talk: Any) -> HealthTalk:
    """The talk up to the result, with every question answered no."""
    found = HealthTalk(**talk)

    async def run() -> None:
        await found.say(text)
        for _ in range(5):
            if found.level is not None:
                return
            await found.say("hayır" if found.outcome.language == "tr" else "no to all")

    asyncio.run(run())
    return found


# --- The stream -------------------------------------------------------------------------------------------------------


WARNED = [
    ({"current_medications": [{"name": "Warfarin", "dose": "5 mg"}]}, "your warfarin"),
    ({"current_medications": [{"name": "Eliquis"}]}, "your blood thinner"),
    ({"pregnancy": {"pregnant": True, "weeks": 12}}, "your pregnancy"),
    ({"chronic_conditions": ["Asthma"]}, "your asthma"),
    ({"chronic_conditions": ["chronic kidney disease"]}, "your kidney condition"),
    ({"chronic_conditions": ["stomach ulcer 2019"]}, "your history of a stomach ulcer"),
    ({"allergies": {"drug": ["ibuprofen"]}}, "your allergy"),
    ({"age": 71}, "over 65"),
]


@pytest.mark.parametrize(("profile", "reason"), WARNED, ids=[reason for _, reason in WARNED])
def test_ibuprofen_is_warned_of(profile: dict[str, Any], reason: str) -> None:
    talk = through("I have back pain", profile=profile)
    assert talk.level is not None
    assert reason in talk.reply
    assert "A painkiller such as ibuprofen may help" not in talk.reply
    assert any(one["id"].startswith("nsaid.") for one in talk.raw["medicine_rules"])
    assert guarded(talk) == talk.reply


@pytest.mark.parametrize(
    "text", ["my back hurts, I take warfarin", "my back hurts and I have asthma", "back pain, I'm 30 weeks pregnant"]
)
def test_what_the_person_says_counts_as_much(text: str) -> None:
    talk = through(text)
    assert talk.emergency is None
    assert re.search(r"(?:before you take|do not take) ibuprofen, ", talk.reply) or "unless a doctor" in talk.reply


def test_what_is_denied_does_not_count() -> None:
    talk = said("can I take ibuprofen? I don't take warfarin and I'm not pregnant")
    assert "warfarin" not in talk.reply
    assert "pregnant" not in talk.reply.split("Tell me")[0]


def test_paracetamol_with_liver_disease() -> None:
    talk = said("can I take paracetamol?", profile={"chronic_conditions": ["liver cirrhosis"]})
    assert "before you take paracetamol" in talk.reply
    assert "liver" in talk.reply


def test_paracetamol_with_warfarin() -> None:
    assert "before you take paracetamol" in said("is paracetamol ok? I'm on warfarin").reply


def test_pregnancy_forbids_ibuprofen_and_names_the_source() -> None:
    talk = said("can I take ibuprofen?", profile={"pregnancy": {"pregnant": True}})
    assert "Please do not take ibuprofen" in talk.reply
    assert "ibuprofen" in (talk.citations[0].url or "")


def test_decongestant_with_high_blood_pressure() -> None:
    reply = said("can I use pseudoephedrine?", profile={"chronic_conditions": ["hypertension"]}).reply
    assert "before you take a decongestant" in reply


def test_aspirin_and_children() -> None:
    assert "Please do not give aspirin" in said("can my 8 year old son have aspirin?", profile={"age": 8}).reply


def test_a_profile_of_the_wrong_shape_is_passed_over() -> None:
    talk = through("I have a headache", profile={"age": "old", "chronic_conditions": 3, "allergies": ["x"], "sex": 1})
    assert talk.level == "self_care"


# --- The data ---------------------------------------------------------------------------------------------------------
