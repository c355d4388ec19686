"""Links that a model makes up are left out; those it was given stay."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.assistants.free_checks import Links
from tests.assistants.free_conversation import LATER, FreeTalk

Run = Callable[[Any], Any]
GIVEN = ("See https://clinic.example/visit or www.clinic.example.", "Costs nothing.")
LINKS = [
    ("See https://evil.example/pay for more.", "See  for more."),
    ("Pay at www.evil-pay.com now (or evil.net)!", "Pay at  now (or "),
    ("Site:https://evil.de or “https://evil.de” or →www.evil.de", " or  or "),
    ("Site:https://clinic.example/visit or “www.clinic.example”.", None),
    ("Click <bit.ly/abc>, thanks", "Click  thanks"),
    ("See https://clinic.example/visit, or www.clinic.example.", None),
    ("It was 3.5 mg/l, e.g. at 9.30. Fine.It is.", None),
]


@pytest.mark.parametrize(("said", "shown"), LINKS)
def test_links_that_nobody_gave_are_left_out(said: str, shown: str | None) -> None:
    links = Links(GIVEN)
    assert links.feed(said) == (shown or said)
    assert bool(links.left_out) == (shown is not None)


@given(st.sampled_from([said for said, _ in LINKS[:2]]), st.sets(st.integers(1, 60)))
def test_wherever_it_is_cut_no_link_is_whole(said: str, at: set[int]) -> None:
    ends = [0, *sorted(end for end in at if end < len(said)), len(said)]
    links = Links(GIVEN)
    shown = "".join(links.feed(said[start:end]) for start, end in pairwise(ends))
    assert not any(link in shown for link in ("evil.example", "evil-pay.com", "evil.net"))
    assert links.left_out


def test_a_link_is_left_out_of_a_reply(run: Run) -> None:
    talk = FreeTalk([["See evil.example", ".com/x. Fine."]])
    said = run(talk.all("Hello", LATER))
    assert said.startswith("See  Fine.")
    assert talk.raw["links_left_out"] == 1


@pytest.mark.parametrize(
    ("said", "unsaid", "record"),
    [
        ("See https[99]://evil.de now", "evil.de", "links_left_out"),
        ("See evil[99].com now", "evil.com", "links_left_out"),
        ("It is $[77]500 in all.", "500", "put_right"),
        ("You are bo[66]oked for Monday.", "booked for", "put_right"),
    ],
)
def test_a_mark_that_is_left_out_hides_nothing(run: Run, said: str, unsaid: str, record: str) -> None:
    """What stood around a passage that was not given is read as the person would."""
    talk = FreeTalk([[said]])
    assert unsaid not in run(talk.all("Hello", LATER))
    assert talk.raw[record]
