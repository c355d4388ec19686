"""The turn's transitions, as a property of whole walks."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.domain.conversation import TurnStatus
from careline.domain.errors import IllegalTransition
from careline.domain.lifecycle import FINAL_STATUSES, TRANSITIONS, move

STATUSES: tuple[TurnStatus, ...] = get_args(TurnStatus)


def test_every_status_has_a_row() -> None:
    assert set(TRANSITIONS) == set(STATUSES)


def test_final_statuses() -> None:
    assert {"completed", "failed", "cancelled"} == FINAL_STATUSES


@given(st.lists(st.sampled_from(STATUSES), max_size=12))
def test_no_walk_leaves_a_final_status_or_ends_without_running(walk: list[TurnStatus]) -> None:
    status: TurnStatus = "queued"
    ran = False
    for wanted in walk:
        before = status
        try:
            status = move(status, wanted)
        except IllegalTransition:
            continue
        assert before not in FINAL_STATUSES
        ran = ran or status == "running"
        if status in {"completed", "failed"}:
            assert ran
        assert status != "queued"


@pytest.mark.parametrize("final", sorted(FINAL_STATUSES))
@pytest.mark.parametrize("wanted", STATUSES)
def test_final_is_final(final: TurnStatus, wanted: TurnStatus) -> None:
    with pytest.raises(IllegalTransition):
        move(final, wanted)
