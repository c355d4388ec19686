"""The gate reads every message to its end, whatever its digits: of other scripts, in circles, within words."""

import pytest

from careline.safety.gate import Gate, Whereabouts, load_gate

NOWHERE = Whereabouts(country=None, time_zone=None, locale=None)


@pytest.fixture(scope="module")
def gate() -> Gate:
    return load_gate()


@pytest.mark.parametrize("digit", ["፩", "❶", "➀", "𐩀", "🄁", "①", "²", "٣", "1年", "3일"])
@pytest.mark.parametrize(
    "text",
    ["{0} 88%", "fever {0}/10", "bp 120/{0}", "{0} weeks pregnant", "{0} months old baby, fever", "in {0}{0}{0}{0}"],
)
def test_an_odd_digit_hides_no_emergency(gate: Gate, digit: str, text: str) -> None:
    said = f"{text.format(digit)}. I have crushing chest pain and can't breathe"
    alarm = gate.screen(said, NOWHERE).alarm
    assert alarm is not None
    assert alarm.level == "emergency_ambulance"
