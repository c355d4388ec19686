"""What a person says of themself, and takes back, as facts of their profile."""

import pytest

from careline.domain.patient import Fact, KnownProfile
from careline.safety.said import facts_said, facts_taken_back
from careline.safety.triage import load_triage

TRIAGE = load_triage()
KNOWN = KnownProfile(
    (
        Fact("medication", "stored", "Warfarin", "5 mg"),
        Fact("condition", "clinician", "asthma"),
        Fact("pregnancy", "stored"),
    )
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I have asthma and I take warfarin", {("condition", "asthma"), ("medication", "warfarin")}),
        ("I have asthma, can I take ibuprofen?", {("condition", "asthma")}),
        ("I'm 34 years old", {("age", "")}),
        ("I am allergic to penicillin", {("allergy", "penicillin")}),
        ("I'm 30 weeks pregnant", {("pregnancy", "")}),
        ("varfarin kullanıyorum, astımım var", {("medication", "varfarin"), ("condition", "asthma")}),
        ("my mother has diabetes", set()),
        ("my 5 year old son has asthma", set()),
        ("can I take ibuprofen with warfarin?", set()),
        ("is asthma dangerous?", set()),
        ("I used to take warfarin", set()),
        ("I don't have asthma", set()),
    ],
)
def test_what_is_remembered(text: str, said: set[tuple[str, str]]) -> None:
    scan = TRIAGE.scan(text)
    found = facts_said(text, scan.findings, scan.facts, TRIAGE)
    assert {(one.topic, one.name) for one in found} == said
    assert {one.origin for one in found} <= {"said"}


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("I'm not pregnant any more", {("pregnancy", "")}),
        ("artık hamile değilim", {("pregnancy", "")}),
        ("I stopped warfarin", {("medication", "Warfarin")}),
        ("I don't take warfarin any more", {("medication", "Warfarin")}),
        ("varfarini bıraktım", {("medication", "Warfarin")}),
        ("I no longer have asthma", {("condition", "asthma")}),
        ("I take warfarin", set()),
        ("my sister is not pregnant", set()),
    ],
)
def test_what_is_taken_back(text: str, gone: set[tuple[str, str]]) -> None:
    found = facts_taken_back(text, TRIAGE.scan(text).findings, KNOWN, TRIAGE)
    assert {(one.topic, one.name) for one in found} == gone
    assert all(one.withdrawn for one in found)


def test_a_pregnancy_that_is_over_counts_no_more() -> None:
    first = TRIAGE.assess("I'm 30 weeks pregnant")
    assert "pregnant" in first.facts.states
    later = TRIAGE.assess("I'm not pregnant any more", None, first.episode)
    assert "pregnant" not in later.facts.states
    assert later.facts.pregnancy_weeks is None
