"""What a model makes up is left out or put right; what is so stays as it was said."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.assistants.free_checks import Claim, Links, claims
from careline.models.scripted import Script
from tests.assistants.conversation import ENGLISH
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


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("I've booked you in for Monday at 10:00.", ["booking"]),
        ("Good news! Your online consultation with Dr Kaya is now confirmed.", ["booking"]),
        ("If you like: you're all set for Monday.", ["booking"]),
        ("Your appointment has been cancelled.", ["booking"]),
        ("Randevunuz pazartesi günü için oluşturuldu.", ["booking"]),
        ("Randevunuzu iptal ettim.", ["booking"]),
        ("It costs 2,500 euros.", ["price"]),
        ("It is about €900, and your slot is reserved.", ["booking", "price"]),
        ("Ücreti 15.000 TL.", ["price"]),
        ("A deposit of 50 euros is usual.", []),
        ("Once your appointment is booked, you get a mail.", []),
        ("I cannot book anything, and nothing is booked yet. Shall I begin?", []),
        ("You can move your appointment at any time.", []),
        ("Randevunuz onaylandığında bir e-posta alırsınız.", []),
        ("You lost 10 pounds since 2024.", []),
    ],
)
def test_what_is_claimed(said: str, found: list[Claim]) -> None:
    assert claims(said, ["A deposit of 50 EUR"], booked=False) == found


def test_a_booking_there_is_may_be_spoken_of() -> None:
    assert claims("Your consultation is booked for Monday.", [], booked=True) == []
    assert claims("Your consultation has been moved to Monday.", [], booked=True) == ["booking"]


def reply(run: Run, *script: Script, locale: str = "en") -> tuple[FreeTalk, str]:
    talk = FreeTalk(script, locale)
    return talk, run(talk.all("Hello", LATER))


def test_a_claim_is_put_right_before_the_flow_goes_on(run: Run) -> None:
    talk, said = reply(run, ["I have booked", " you in. See evil.example", ".com/x."])
    words, right, *question = said.split("\n\n")
    assert words == "I have booked you in. See "
    assert right == "To be clear: with these words nothing has been booked, moved or cancelled."
    assert question
    assert (talk.raw["put_right"], talk.raw["links_left_out"]) == (["booking"], 1)


def test_a_booking_that_was_made_is_true(run: Run) -> None:
    talk = FreeTalk([["Your consultation is booked, yes."]])
    said = run(talk.all(*ENGLISH, "1", "yes", LATER))
    assert said.startswith("Your consultation is booked, yes.")
    assert talk.raw["put_right"] == []
