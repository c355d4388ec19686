"""What the likeness of a message adds to what the rules made of it: an emergency they missed, or a doubt in theirs."""

from collections.abc import Iterable, Sequence

import msgspec

from careline.safety.findings import Finding, Likeness
from careline.safety.rules import URGENT, Fired, Level, Rules

HEARD = 0.6
"""From this probability on an emergency is heard without a rule of findings."""
HEARD_OVER_RULES = 0.7
"""As HEARD, where rules took the message for a complaint that can wait: they know of it."""
HEARD_OVER_DENIALS = 0.85
"""As HEARD, where the message itself rules out two things: it weighs its words."""
HEARD_OF_LITTLE = 0.85
"""As HEARD, for a message of few words or of words mostly unseen: it is like many things."""
FEW_WORDS, LITTLE_KNOWN = 8, 0.65
CRISIS_HEARD, CRISIS_ALARM = 0.8, 0.3
"""From these probabilities on a crisis is heard: that it is one, and that it is due for an alarm."""
CRISIS_OF_LITTLE, ALARM_OF_LITTLE = 0.85, 0.5
"""As these, for a message of few words."""
LIKE_A_CRISIS = 0.4
"""Under it nothing is taken for a crisis."""
DOUBTED = 0.5
"""Under it a message reads so calm that words alone make no alarm: what they say is asked about instead."""
DOUBTED_OF_SEVERAL = 0.4
"""As DOUBTED, where several findings together make the emergency."""
WELL_KNOWN = 0.6
"""Under this share of words seen before a likeness is a guess, and doubts nothing."""
FEWEST_TO_DOUBT = 6
"""Words of a message short of which nothing is doubted: they say what they say."""
AMBULANCE = 0.8
"""From this probability on an emergency is one that an ambulance has to come to."""
READS_CALM = 0.35
"""Under this probability of an emergency the calm levels are told apart by likeness."""
SOON, SOON_POSSIBLE = 0.5, 0.3
SELF_CARE, CALM_ENOUGH = 0.6, 0.15
"""From and under these probabilities, of self-care and of an emergency, self-care is enough."""
FEWEST_DENIED, FEWEST_FOR_SELF_CARE = 2, 8
COMPLAINT = 0.6
NO_COMPLAINT, NO_COMPLAINT_POSSIBLE = 0.75, 0.6


def heard_as(
    alone: Sequence[Fired], findings: Iterable[Finding], likeness: Likeness | None, rules: Rules
) -> list[Fired]:
    """The emergency that a message is like, where no rule that fires for it by itself has found one.

    `findings` are the message's: a crisis that it denies in words is not heard in them.
    """
    if likeness is None:
        return []
    urgent = [one for one in alone if one.level in URGENT]
    needed = (CRISIS_OF_LITTLE, ALARM_OF_LITTLE) if likeness.words <= FEW_WORDS else (CRISIS_HEARD, CRISIS_ALARM)
    crisis = likeness.crisis >= needed[0] and likeness.alarm >= needed[1]
    ruled_out = [one for one in findings if one.ruled_out]
    denied = any(one.id in rules.crisis_findings for one in ruled_out)
    if crisis and not any(one.crisis for one in urgent) and (not denied or likeness.alarm >= HEARD):
        return [rules.named("likeness.self_harm")]
    kind = _kind(likeness)
    careful = places_denied(ruled_out) >= FEWEST_DENIED
    enough = likeness.alarm >= max(_needed(likeness, alone), HEARD_OVER_DENIALS if careful else 0.0)
    if enough and not urgent and kind:
        return [rules.named(f"likeness.{kind}")]
    return []


def _kind(likeness: Likeness) -> str | None:
    """What it is most like. What has the words of a crisis and is none is a figure of speech, or something else."""
    for kind in likeness.kinds:
        if kind != "self_harm" or likeness.crisis >= LIKE_A_CRISIS:
            return kind
        if likeness.alarm < HEARD_OF_LITTLE:
            return None
    return None


def _needed(likeness: Likeness, alone: Sequence[Fired]) -> float:
    if likeness.words <= FEW_WORDS or likeness.known < LITTLE_KNOWN:
        return HEARD_OF_LITTLE
    return HEARD_OVER_RULES if alone else HEARD


def doubted(alone: Iterable[Fired], by_words: Iterable[Fired], likeness: Likeness | None) -> bool:
    """Whether rules call for help over a message that otherwise reads calm.

    `by_words` fired for the message without what is known of the person. What was measured, and what is urgent only
    for this person, is not doubted: the words do not show it.
    """
    urgent = {one.id: one for one in alone if one.level in URGENT}
    combined = any(len(one.findings) > 1 for one in urgent.values())
    doubt = DOUBTED_OF_SEVERAL if combined else DOUBTED
    if likeness is None or likeness.alarm >= doubt or _says_little(likeness):
        return False
    plain = {one.id for one in by_words if one.level in URGENT}
    return bool(urgent) and urgent.keys() == plain and not any(one.measured for one in urgent.values())


def of_an_ambulance(level: Level, urgent: Sequence[Fired], likeness: Likeness | None) -> Level:
    """Which of its two levels the emergency is of that the rules `urgent` called for.

    Likeness raises it and never lowers it. How urgent a crisis is, or what was measured, words do not tell, and
    few words tell little.
    """
    if likeness is None or likeness.ambulance is None or likeness.words <= FEW_WORDS:
        return level
    by_words = not any(one.crisis or one.measured for one in urgent)
    return "emergency_ambulance" if level == "emergency" and by_words and likeness.ambulance >= AMBULANCE else level


def in_doubt(findings: Iterable[Finding], alone: Iterable[Fired]) -> tuple[Finding, ...]:
    """The findings, those behind an emergency as possible ones: they are to be asked about."""
    behind = {finding for one in alone if one.level in URGENT for finding in one.findings}
    return tuple(
        msgspec.structs.replace(one, status="possible") if one.id in behind and one.happening else one
        for one in findings
    )


def possible_level(likeness: Likeness | None) -> Level | None:
    """The level of what only may be there: denied in no clear words, or doubted. None: no complaint is talked of."""
    if likeness is None or likeness.alarm >= READS_CALM or _says_little(likeness):
        return "consultation_24"
    if likeness.levels["none"] >= NO_COMPLAINT_POSSIBLE:
        return None
    return "consultation_24" if likeness.levels["consultation_24"] >= SOON_POSSIBLE else "consultation"


def settled(level: Level | None, likeness: Likeness | None, *, complaint: bool, denied: int) -> Level | None:
    """The level of one message. `level` is that of the rules; `complaint`: something is said to be wrong now.

    Likeness decides between the calm levels where rules know no more than that there is a complaint. For self-care the
    message has to rule something out itself: `denied` is in how many places it does.
    """
    if level not in (None, "consultation"):
        return level
    if likeness is None:
        return level or ("consultation" if complaint else None)
    shares = likeness.levels
    if shares["none"] >= NO_COMPLAINT or (level is None and not complaint and shares["none"] > 1 - COMPLAINT):
        return None
    ruled_out = denied >= FEWEST_DENIED and likeness.words >= FEWEST_FOR_SELF_CARE
    if shares["self_care"] >= SELF_CARE and likeness.alarm < CALM_ENOUGH and ruled_out:
        return "self_care"
    return "consultation_24" if shares["consultation_24"] >= SOON else "consultation"


def places_denied(findings: Iterable[Finding]) -> int:
    """In how many places a message rules something out; one "no" may rule out several findings."""
    return len({(one.start, one.end) for one in findings if one.ruled_out})


def _says_little(likeness: Likeness) -> bool:
    return likeness.known < WELL_KNOWN or likeness.words < FEWEST_TO_DOUBT
