"""Whose a finding is: the nearest person named up to its end, else the one the message spoke of before."""

from careline.safety.findings import Who
from careline.safety.match import Match
from careline.safety.surroundings import SUBJECTS, Surroundings


def whose(around: Surroundings, match: Match) -> tuple[Who, str | None]:
    """(oneself or somebody else, the family word of somebody else)."""
    place, name = _nearest(around, match.last, around.sentence(match)[0])
    history = around.last_before("@family_history", match.last, around.topic(match)[0])
    if history is not None and (place is None or place <= around.at[history]["@family_history"]) and name != "@family":
        return "other", "family"
    if place is None:
        place, name = _nearest(around, match.last, 0)
    if place is None or name == "@self":
        return "self", None
    key = around.words.keys[place]
    return "other", around.reading.lexicon.relation(key) if name == "@family" else None


def _nearest(around: Surroundings, place: int, bound: int) -> tuple[int | None, str]:
    best: tuple[int | None, str] = (None, "")
    for name in SUBJECTS:
        found = around.last_before(name, place, bound if best[0] is None else max(bound, best[0]))
        while found is not None and _beside_the_point(around, name, found):
            found = around.last_before(name, found, bound)
        if found is not None and (best[0] is None or found > best[0]):
            best = (found, name)
    return best


def _beside_the_point(around: Surroundings, name: str, place: int) -> bool:
    """The possessive of "my dad" is not the person; nor is who brought or told ("by his wife")."""
    at = around.at
    if name == "@self":
        return "@possessive" in at[place] and any("@family" in at[k] for k in range(place + 1, min(place + 4, len(at))))
    return name == "@family" and any("@informant" in at[k] for k in range(max(0, place - 2), place))
