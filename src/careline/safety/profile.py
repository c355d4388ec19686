"""From a patient profile, as channels send it and the store keeps it, to the facts that rules ask for."""

from collections.abc import Iterable, Mapping
from typing import Any

from careline.safety.findings import ProfileFacts
from careline.safety.triage import Triage

_LONGEST = 4_000


def profile_facts(profile: Mapping[str, Any] | None, triage: Triage) -> ProfileFacts:
    """Age in years, sex, pregnancy, and the conditions and medicine classes the lexicon knows by their names.

    `profile` has the keys of the wire contract: age, sex, pregnancy, chronic_conditions, current_medications
    [{name, dose}]. What is not of that shape is passed over.
    """
    if not profile:
        return ProfileFacts()
    age, sex, pregnancy = profile.get("age"), profile.get("sex"), profile.get("pregnancy")
    weeks = pregnancy.get("weeks") if isinstance(pregnancy, Mapping) else None
    expecting = pregnancy.get("pregnant") if isinstance(pregnancy, Mapping) else pregnancy
    named = [f"I have {name}." for name in _names(profile.get("chronic_conditions"))]
    named += [f"I take {name}." for name in _names(profile.get("current_medications"))]
    if expecting is True:
        named.append("I am pregnant.")
    said = triage.read(" ".join(named)[:_LONGEST]).facts
    return ProfileFacts(
        age=float(age) if isinstance(age, int | float) and not isinstance(age, bool) else None,
        sex=sex if sex in ("female", "male") else None,
        pregnancy_weeks=float(weeks) if isinstance(weeks, int | float) else None,
        states=said.states,
    )


def _names(listed: Any) -> Iterable[str]:
    for each in listed if isinstance(listed, list | tuple) else ():
        name = each.get("name") if isinstance(each, Mapping) else each
        if isinstance(name, str):
            yield " ".join(name.split())
