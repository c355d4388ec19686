"""What of a person matters for medicines and urgency: from the profile a channel sends and from what they say."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from careline.dialogue.triage_medicines import beginning
from careline.dialogue.triage_pack import Medicines
from careline.language.text import fold
from careline.safety.findings import ProfileFacts

_DENIED = re.compile(
    r"\b(?:no|not|dont|never|without|isnt|arent|havent|stopped|quit|longer|degil\w*)\s+(?:\w+\s+){0,2}$"
)
_DENIED_AFTER = re.compile(r"^\w*\s+(?:\w+\s+){0,1}(?:degil\w*|yok|kullanmiyorum|almiyorum|biraktim|kestim)\b")
_OTHERS = re.compile(
    r"\b(?:my|his|her) (?:mother|father|mum|mom|dad|wife|husband|sister|brother|friend)\s+(?:\w+\s+){0,3}$"
)
_CHILD = re.compile(
    r"\b(?:my (?:\w+ ){0,3}(?:son|daughter|baby|child|kid|toddler|boy|girl|newborn|infant|little one)"
    r"|(?:the )?(?:baby|toddler|newborn)|oglum\w*|kizim\w*|cocug\w*|bebeg\w*)\b"
)
_ALLERGY_STATES = {
    "nsaid_allergy": ("ibuprofen", "aspirin", "naproxen", "nsaid", "diclofenac", "naproksen", "diklofenak"),
    "paracetamol_allergy": ("paracetamol", "acetaminophen", "parasetamol"),
}
_OLDER, _CHILD_AGE = 65, 16


def states_said(text: str, medicines: Medicines) -> set[str]:
    """The states a message tells of, without those it denies ("I don't take warfarin")."""
    folded = f" {fold(text)} "
    return {state for state, words in _named(folded, medicines) if any(_claims(folded, fold(word)) for word in words)}


def states_denied(text: str, medicines: Medicines) -> set[str]:
    """The states a message takes back ("I stopped warfarin", "I'm not pregnant any more")."""
    folded = f" {fold(text)} "
    named = {
        state: [m for word in words for m in re.finditer(rf"\b{re.escape(fold(word))}", folded)]
        for state, words in _named(folded, medicines)
    }
    return {state for state, places in named.items() if places and all(_is_denied(folded, one) for one in places)}


def _named(folded: str, medicines: Medicines) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The states of which a word begins somewhere in the text: mostly none."""
    for state, words in medicines.states.items():
        if beginning(words).search(folded):
            yield state, words


def speaks_of_child(text: str) -> bool:
    return _CHILD.search(fold(text)) is not None


def profile_states(profile: Mapping[str, Any] | None, medicines: Medicines) -> set[str]:
    """The states in a profile of the documented shape; what is not of that shape is passed over."""
    if not profile:
        return set()
    listed = " ; ".join([*_strings(profile.get("chronic_conditions")), *_strings(profile.get("current_medications"))])
    found = states_said(listed, medicines) if listed else set()
    allergies = fold(" ; ".join(_strings(profile.get("allergies"))))
    found |= {state for state, words in _ALLERGY_STATES.items() if any(word in allergies for word in words)}
    if _is_pregnant(profile.get("pregnancy")):
        found.add("pregnant")
    return found


def profile_facts(profile: Mapping[str, Any] | None) -> ProfileFacts:
    """Age, sex and pregnancy of a profile, as triage takes them."""
    if not profile:
        return ProfileFacts()
    age, sex, pregnancy = profile.get("age"), profile.get("sex"), profile.get("pregnancy")
    weeks = pregnancy.get("weeks") if isinstance(pregnancy, Mapping) else None
    return ProfileFacts(
        age=float(age) if isinstance(age, int | float) and not isinstance(age, bool) else None,
        sex=sex if sex in ("female", "male") else None,
        pregnancy_weeks=float(weeks) if isinstance(weeks, int | float) else None,
        states=frozenset({"pregnant"}) if _is_pregnant(pregnancy) else frozenset(),
    )


def by_age(facts: ProfileFacts, *, child: bool) -> set[str]:
    """The states that age brings: `older`, `child`."""
    if facts.age is None:
        return {"child"} if child else set()
    return {"older"} if facts.age > _OLDER else {"child"} if facts.age < _CHILD_AGE else set()


def _claims(folded: str, word: str) -> bool:
    for match in re.finditer(rf"\b{re.escape(word)}", folded):
        if not _is_denied(folded, match) and not _OTHERS.search(_before(folded, match)):
            return True
    return False


def _is_denied(folded: str, match: re.Match[str]) -> bool:
    after = folded[match.end() : match.end() + 40]
    return _DENIED.search(_before(folded, match)) is not None or _DENIED_AFTER.search(after) is not None


def _before(folded: str, match: re.Match[str]) -> str:
    return folded[max(0, match.start() - 60) : match.start()]


def _is_pregnant(value: Any) -> bool:
    if isinstance(value, Mapping):
        return bool(value.get("pregnant", value.get("weeks")))
    if isinstance(value, str):
        return fold(value) in {"yes", "true", "pregnant", "evet", "hamile"}
    return value is True


def _strings(value: Any) -> Iterable[str]:
    """Every text inside a list or map of texts: names of conditions, medicines, allergens."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one)
