"""The minimal gate: unmistakable phrases alarm, their negations and mentions do not."""

import phonenumbers
import pytest
from phonenumbers import shortnumberinfo

from careline.safety.gate import Alarm, Whereabouts, load_gate
from careline.safety.numbers import load_numbers

GATE = load_gate()
NOWHERE = Whereabouts()


def alarm_of(text: str, where: Whereabouts = NOWHERE) -> Alarm | None:
    return GATE.screen(text, where).alarm


ALARMS = [
    ("I have chest pain and can't breathe", "cardiac", "en"),
    ("crushing pain in my chest, short of breath", "cardiac", "en"),
    ("I CAN’T BREATHE", "breathing", "en"),
    ("i cant breath properly help", "breathing", "en"),
    ("My husband is unconscious", "unconscious", "en"),
    ("she won't wake up", "unconscious", "en"),
    ("the bleeding won't stop", "bleeding", "en"),
    ("hello, I want an appointment, but my face is drooping", "stroke", "en"),
    ("I can't move my left arm", "stroke", "en"),
    ("I want to kill myself", "self_harm", "en"),
    ("göğsüm çok ağrıyor ve nefes alamıyorum", "cardiac", "tr"),
    ("nefes alamiyorum", "breathing", "tr"),
    ("annem uyanmıyor", "unconscious", "tr"),
    ("kanama durmuyor", "bleeding", "tr"),
    ("yüzüm kaydı, konuşmam bozuldu", "stroke", "tr"),
    ("İNTİHAR ETMEK İSTİYORUM", "self_harm", "tr"),
    ("no chest pain but the bleeding won't stop", "bleeding", "en"),
]
CALM = [
    "I have no chest pain and I am not short of breath",
    "I don't have slurred speech",
    "What are the symptoms of chest pain and shortness of breath?",
    "I had chest pain and was short of breath two years ago",
    "I want a nose job to breathe better",
    "I broke my little toe",
    "göğüs ağrım yok, nefes darlığım yok",
    "saç ekimi istiyorum",
    "this price is killing me",
    "",
]


@pytest.mark.parametrize(("text", "kind", "language"), ALARMS)
def test_alarms(text: str, kind: str, language: str) -> None:
    alarm = alarm_of(text)
    assert alarm is not None
    assert (alarm.kind, alarm.language) == (kind, language)


@pytest.mark.parametrize("text", CALM)
def test_stays_calm(text: str) -> None:
    assert alarm_of(text) is None


@pytest.mark.parametrize(
    ("where", "number", "country"),
    [
        (Whereabouts(country="GB"), "999", "GB"),
        (Whereabouts(country="US", time_zone="Europe/Istanbul"), "911", "US"),
        (Whereabouts(time_zone="Europe/Istanbul", locale="en-US"), "112", "TR"),
        (Whereabouts(time_zone="America/New_York"), "911", "US"),
        (Whereabouts(locale="en-GB"), "999", "GB"),
        (Whereabouts(locale="en", time_zone="Mars/Olympus"), "112", None),
        (NOWHERE, "112", None),
    ],
)
def test_the_number_is_that_of_the_persons_country(where: Whereabouts, number: str, country: str | None) -> None:
    alarm = alarm_of("I can't breathe", where)
    assert alarm is not None
    assert (alarm.number, alarm.country) == (number, country)
    assert number in alarm.message[:40]


def test_a_crisis_line_is_offered_where_one_is_known() -> None:
    alarm = alarm_of("I want to end my life", Whereabouts(country="US"))
    assert alarm is not None
    assert "988" in alarm.message


def test_every_number_is_one_that_reaches_help() -> None:
    numbers = load_numbers()
    for group in numbers.groups:
        for country in group.countries:
            assert country in phonenumbers.SUPPORTED_REGIONS
            assert shortnumberinfo.is_emergency_number(group.number, country), (country, group.number)


def test_hostile_length_is_scanned_in_linear_steps() -> None:
    """Doubling the text may not square the work; the bound is generous, the pattern engine would need minutes."""
    for hostile in ("chest pain no " * 600, "no " * 2700, "pain in the " * 700, "nefes " * 1400):
        assert len(hostile) > 8_000
        alarm_of(hostile)


def test_what_was_said_before_counts_in_the_same_course_of_illness() -> None:
    first = GATE.screen("I have a tight chest since this morning", NOWHERE)
    second = GATE.screen("and now I am short of breath and sweating", NOWHERE, episode=first.episode)
    assert second.alarm is not None
    assert GATE.screen("thank you", NOWHERE, episode=second.episode).alarm is None


def test_an_episode_of_another_program_is_no_error() -> None:
    assert GATE.screen("hello", NOWHERE, episode={"level": 7, "findings": "?"}).alarm is None


def test_an_alarm_says_why() -> None:
    alarm = alarm_of("My face is drooping and my speech is slurred")
    assert alarm is not None
    assert alarm.rules
    assert all(citation.url.startswith("https://") for citation in alarm.citations)
