"""Whether a finding is there, when, in which frame and whose, from the words around it."""

from typing import NamedTuple

from careline.safety.experiencer import whose
from careline.safety.findings import Frame, Status, When, Who
from careline.safety.framing import frame
from careline.safety.lexicon import FindingEntry
from careline.safety.match import Match
from careline.safety.negation import status
from careline.safety.surroundings import Surroundings
from careline.safety.temporality import when


class Circumstances(NamedTuple):
    status: Status
    when: When
    frame: Frame
    who: Who
    relation: str | None


def context(around: Surroundings, match: Match, entry: FindingEntry) -> Circumstances:
    who, relation = whose(around, match)
    latest = around.latest(match)
    return Circumstances(
        status(around, match, entry), when(around, latest, entry), frame(around, latest, entry), who, relation
    )
