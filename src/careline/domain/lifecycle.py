"""The legal transitions of a turn, as one table."""

from careline.domain.conversation import TurnStatus
from careline.domain.errors import IllegalTransition

TRANSITIONS: dict[TurnStatus, frozenset[TurnStatus]] = {
    "queued": frozenset({"running", "cancelled"}),
    "running": frozenset({"running", "completed", "failed", "cancelled"}),
    "completed": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
FINAL_STATUSES: frozenset[TurnStatus] = frozenset(s for s, after in TRANSITIONS.items() if not after)


def move(current: TurnStatus, wanted: TurnStatus) -> TurnStatus:
    """The wanted status. `running` to `running` is a takeover. Raises IllegalTransition for all else."""
    if wanted not in TRANSITIONS[current]:
        raise IllegalTransition(f"A turn that is {current} cannot become {wanted}.")
    return wanted
