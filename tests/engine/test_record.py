"""The stored event log gives back exactly what was published."""

from hypothesis import given
from hypothesis import strategies as st

from careline.domain.conversation import Choice
from careline.domain.events import (
    Accepted,
    Cancelled,
    Completed,
    Emergency,
    Failed,
    Handoff,
    Published,
    Restarted,
    Started,
    Status,
    Token,
    Tool,
    TurnEvent,
)
from careline.engine.record import pack, unpack
from careline.engine.reply import fold

TEXT = st.text(min_size=1, max_size=20)
EVENTS: st.SearchStrategy[TurnEvent] = st.one_of(
    st.builds(Token, TEXT),
    st.builds(Status, TEXT),
    st.builds(Tool, TEXT, TEXT),
    st.builds(Handoff, TEXT),
    st.builds(Emergency, TEXT, TEXT, TEXT, st.none(), TEXT),
    st.just(Accepted()),
    st.just(Started("a")),
)


@given(st.lists(EVENTS, max_size=30), st.sampled_from([Completed((Choice("a", "b"),)), Failed("x"), Cancelled()]))
def test_round_trip(events: list[TurnEvent], final: TurnEvent) -> None:
    log = [Published(seq, event) for seq, event in enumerate([*events, final], start=7)]
    reply = "".join(event.text for event in events if isinstance(event, Token))
    assert unpack(pack(log), reply) == log


def test_the_texts_are_not_stored_twice() -> None:
    assert b"secret" not in pack([Published(1, Token("secret"))])


def test_a_restart_forgets_the_text_before_it() -> None:
    log = [
        Published(2, Token("half")),
        Published(9, Restarted(2)),
        Published(10, Token("whole")),
        Published(11, Completed()),
    ]
    reply = fold("t", log)
    assert (reply.text, reply.status, reply.last_seq) == ("whole", "completed", 11)


def test_an_erased_turn_has_no_text() -> None:
    assert fold("t", []).text is None
