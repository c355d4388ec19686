"""What a model claims and cannot be so does not go out; what is so is said as it is, at once."""

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.assistants.free_claims import Claim, Claims
from careline.domain.errors import ModelUnavailable
from careline.ports import ToolCall
from tests.assistants.conversation import ENGLISH
from tests.assistants.free_conversation import LATER, FreeTalk, Token

Run = Callable[[Any], Any]
GIVEN = ["A deposit of 50 EUR", "It is 3 thousand euros."]
NO_BOOKING = "Nothing has been booked, moved or cancelled by what I say here."
NO_PRICE = "I cannot tell you a price: only the clinic that treats you can say what it costs."

CLAIMED = [
    ("I've booked you in for Monday at 10:00.", "<booking>"),
    ("I have **booked** you in.", "<booking>"),
    ("I’ve just booked it, and the doctor will call. Drink some water.", "<booking> Drink some water."),
    ("Good news! Your online consultation with Dr Kaya is now confirmed.", "Good news! <booking>"),
    ("Good news, your consultation with Dr. Kaya is confirmed. Bye.", "Good news, … <booking> Bye."),
    ("Your appointment on 24.11.2026 at 10:30 is confirmed, so be there.", "<booking>"),
    ("So the appointment is confirmed.", "So the … <booking>"),
    ("If you like: you're all set for Monday.", "If you like: … <booking>"),
    ("Your appointment has been cancelled.", "<booking>"),
    ("Randevunuz pazartesi günü için oluşturuldu.", "<booking>"),
    ("Evet sizin randevunuz oluşturuldu.", "Evet sizin … <booking>"),
    ("Tamam, randevunuzu iptal ettim. Su için.", "Tamam, … <booking> Su için."),
    ("It costs 2,500 euros. Sleep well.", "It costs … <price> Sleep well."),
    ("It costs 50 - 300 euros.", "It costs … <price>"),
    ("Between 2000 and 3000 euros, or 5 thousand euros.", "Between … <price>"),
    ("It is about €900, and your slot is reserved.", "It is about … <price>"),
    ("Ücreti 15.000 TL'dir.", "Ücreti … <price>"),
    ("Fiyatı 15 bin liradır.", "Fiyatı … <price>"),
    ("1. Rest\n2. I have booked it\n\n- for 700 euros\n- sleep", "1. Rest\n2. <booking>\n\n- for … <price>\n- sleep"),
    ("I have booked it. I have booked it twice. Well.", "<booking>  Well."),
    ("That is EUR 500. And USD 70 more.", "That is … <price> And …"),
]
SO = [
    "A deposit of 50 euros is usual, or 3 thousand euros, or €50.",
    "Once your appointment is booked, you get a mail.",
    "The appointment is confirmed once you say yes.",
    "I cannot book anything, and nothing is booked yet. Shall I begin?",
    "You can move your appointment at any time.",
    "Randevunuz onaylandığında bir e-posta alırsınız.",
    "You lost 10 pounds since 2024, and drank 2 to 3 litres.",
    "I have had a look. We have time; you are right. Your own visit",
    "Take 1",
    "I",
    "  \n\nA\n\n",
]


def read(pieces: Iterable[str], *, booked: bool = False) -> tuple[str, list[Claim]]:
    claims = Claims(GIVEN, booked=booked, right=lambda claim: f"<{claim}>")
    return "".join([*(claims.feed(piece) for piece in pieces), claims.close()]), claims.stopped


@pytest.mark.parametrize(("said", "shown"), [*CLAIMED, *((said, said) for said in SO)])
def test_wherever_it_is_cut_a_claim_is_stopped_and_the_rest_is_said(said: str, shown: str) -> None:
    whole = read([said])
    assert whole[0] == shown
    assert bool(whole[1]) == (said != shown)
    assert read(list(said)) == whole
    assert read(re.findall(r"\s*\S+|\s+\Z", said)) == whole
    for place in range(len(said)):
        assert read([said[:place], said[place:]]) == whole


@given(st.permutations([said for said, _ in CLAIMED] + SO), st.sets(st.integers(1, 400)))
def test_many_sentences_are_read_the_same_in_any_pieces(sentences: list[str], at: set[int]) -> None:
    said = " ".join(sentences[:6])
    ends = [0, *sorted(end for end in at if end < len(said)), len(said)]
    assert read(said[start:end] for start, end in pairwise(ends)) == read([said])


def test_words_that_begin_no_claim_go_out_at_once() -> None:
    claims = Claims((), booked=False, right=str)
    for piece in ("A", " cold", " often", " passes", " by", " itself", " and", " needs", " rest", ".", " Drink"):
        assert claims.feed(piece) == piece


def test_a_word_that_may_begin_one_is_held_until_it_is_clear() -> None:
    claims = Claims((), booked=False, right=str)
    shown = [claims.feed(piece) for piece in re.findall(r"\s*\S+", "Then you should sleep for 8 hours, yes")]
    assert shown == ["Then", " ", "", "you should sleep", " for", " ", "8 hours,", " yes"]


def test_a_booking_there_is_may_be_spoken_of() -> None:
    for said in ("Your consultation is booked for Monday.", "You are booked."):
        assert read([said], booked=True) == (said, [])
    assert read(["Your consultation has been moved to Monday."], booked=True)[1] == ["booking"]
    assert read(["I have booked another one."], booked=True)[1] == ["booking"]


def words(talk: FreeTalk) -> str:
    return "".join(token.text for token in talk.seen_of(Token))


def test_a_claim_never_goes_out_and_the_flow_goes_on(run: Run) -> None:
    talk = FreeTalk([["Fine", ", I have booked", " you in at 9", " for 300 euros. It is 300", " euros", ". Sleep."]])
    said, _, *question = run(talk.all("Hello", LATER)).partition("\n\n")
    assert said == f"Fine, … {NO_BOOKING} It is … {NO_PRICE} Sleep."
    assert question
    assert "you in" not in words(talk)
    assert talk.raw["put_right"] == ["booking", "price"]


def test_a_turkish_claim_is_put_right_in_turkish(run: Run) -> None:
    talk = FreeTalk([["Randevunuz", " oluşturuldu", "."]], "tr")
    assert "Burada söylediklerimle hiçbir randevu alınmadı" in run(
        talk.all("Merhaba", "ayda sakal kaç günde uzar acaba")
    )
    assert "oluşturuldu" not in words(talk)


def test_a_price_that_a_tool_told_is_said(run: Run) -> None:
    talk = FreeTalk([["Your price: 300 euros"]])
    assert run(talk.all("Hello", f"{LATER} for 300 euros")).startswith("Your price: 300 euros")


def test_what_was_held_back_is_said_at_the_end_of_each_step(run: Run) -> None:
    look = ToolCall("c1", "search_knowledge", '{"query": "beard"}')
    talk = FreeTalk([["Your appointment", look], ["The visit"]])
    assert run(talk.all("Hello", LATER)).startswith("Your appointment\n\nThe visit")


def test_a_claim_that_is_cut_off_is_none(run: Run) -> None:
    talk = FreeTalk([["Well, I have", " booked", ModelUnavailable("interrupted")]])
    said = run(talk.all("Hello", LATER))
    assert said.startswith("Well, …\n\nI'm sorry, I cannot finish this answer")
    assert talk.raw["put_right"] == []


def test_a_booking_that_was_made_is_true(run: Run) -> None:
    talk = FreeTalk([["Your consultation is booked, yes."]])
    said = run(talk.all(*ENGLISH, "1", "yes", LATER))
    assert said.startswith("Your consultation is booked, yes.")
    assert talk.raw["put_right"] == []
