"""The frames of a stream: the same text for a client that is cut off anywhere, also when the answer is begun anew."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from careline.channels.website_frames import Cursor, Frames, cursor_token, read_cursor
from careline.domain.conversation import Choice
from careline.domain.events import (
    Accepted,
    Cancelled,
    Completed,
    Emergency,
    Failed,
    Published,
    Restarted,
    Started,
    Status,
    Token,
    TurnEvent,
    first_seq,
)

NOW = datetime(2026, 11, 21, 9, 30, 15, 120_000, UTC)
TURN = str(uuid4())
texts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6), min_size=1, max_size=8)


def log_of(*events: TurnEvent, attempt: int = 1) -> list[Published]:
    return [Published(seq, event) for seq, event in enumerate(events, first_seq(attempt))]


def answer(*said: str) -> list[Published]:
    return log_of(Accepted(), Started("anna"), *map(Token, said), Completed())


def second_attempt(*said: str) -> list[Published]:
    return log_of(Restarted(2), Started("anna"), *map(Token, said), Completed(), attempt=2)


def read(stream: bytes) -> list[tuple[str, dict[str, Any]]]:
    """(id, data) of each frame, by the rules of the event stream format."""
    frames = []
    for block in stream.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        frames.append((fields["id"], msgspec.json.decode(fields["data"])))
    return frames


def stream(log: list[Published], cursor: Cursor) -> list[tuple[str, dict[str, Any]]]:
    frames = Frames(cursor)
    return read(b"".join(frames.feed(published, NOW) for published in log))


def text_of(frames: list[tuple[str, dict[str, Any]]]) -> str:
    text = ""
    for _, data in frames:
        text = data["content"] if data.get("restarted") else text + data["content"]
    return text


def cursor_of(frames: list[tuple[str, dict[str, Any]]]) -> Cursor:
    cursor = read_cursor(frames[-1][0]) if frames else Cursor(TURN)
    assert cursor is not None
    return cursor


def test_frames_have_the_documented_fields_in_their_order() -> None:
    first, last = stream(answer("Merhaba"), Cursor(TURN))
    assert list(first[1].items()) == [
        ("content", "Merhaba"),
        ("timestamp", "2026-11-21T09:30:15.120000Z"),
        ("is_final", False),
    ]
    assert last[1] == {"content": "", "timestamp": "2026-11-21T09:30:15.120000Z", "is_final": True, "turn_id": TURN}


def test_the_final_frame_carries_choices() -> None:
    frames = stream(log_of(Token("When?"), Completed((Choice("10:00", "the first"),))), Cursor(TURN))
    assert frames[-1][1]["choices"] == [{"title": "10:00", "value": "the first"}]


@pytest.mark.parametrize(("event", "error_type"), [(Failed("Boom"), "Boom"), (Cancelled(), "turn_cancelled")])
def test_a_turn_that_ends_otherwise_says_so_in_its_one_final_frame(event: TurnEvent, error_type: str) -> None:
    frames = stream(log_of(Token("Sorry."), event), Cursor(TURN))
    assert [data["is_final"] for _, data in frames] == [False, True]
    assert frames[-1][1]["error_type"] == error_type


def test_an_emergency_comes_as_its_own_frame_before_the_text() -> None:
    emergency = Emergency("emergency_ambulance", "breathing", "112", "TR", "Call 112 now.")
    frames = stream(log_of(Started("anna"), emergency, Token("Call 112 now."), Completed()), Cursor(TURN))
    notice = {"level": "emergency_ambulance", "number": "112", "country": "TR", "message": "Call 112 now."}
    assert [data.get("emergency") for _, data in frames] == [notice, None, None]
    resumed = stream(log_of(Started("anna"), emergency, Token("Call 112 now."), Completed()), cursor_of(frames[:1]))
    assert [data.get("emergency") for _, data in resumed] == [None, None]


def test_steps_of_the_work_are_not_shown() -> None:
    assert len(stream(log_of(Accepted(), Started("anna"), Status("processing"), Completed()), Cursor(TURN))) == 1


@given(texts, st.data())
def test_a_stream_cut_after_any_frame_resumes_to_the_same_text(said: list[str], data: st.DataObject) -> None:
    whole = stream(answer(*said), Cursor(TURN))
    seen = whole[: data.draw(st.integers(0, len(whole) - 1))]
    rest = stream(answer(*said), cursor_of(seen))
    assert text_of(seen + rest) == "".join(said)
    assert [frame["is_final"] for _, frame in rest].count(True) == 1
    assert not any(frame.get("restarted") for _, frame in rest)
    assert len({token for token, _ in seen + rest}) == len(seen + rest)


@given(texts, texts, st.data())
def test_a_second_attempt_continues_or_replaces_the_text(
    said: list[str], again: list[str], data: st.DataObject
) -> None:
    seen = stream(answer(*said)[: data.draw(st.integers(0, len(said) + 2))], Cursor(TURN))
    rest = stream(second_attempt(*again), cursor_of(seen))
    assert text_of(seen + rest) == "".join(again)
    same = "".join(again).startswith(text_of(seen))
    assert any(frame.get("restarted", False) for _, frame in rest) != same


@given(texts, st.data())
def test_a_client_that_stays_sees_a_second_attempt_once(said: list[str], data: st.DataObject) -> None:
    first = answer(*said)[: data.draw(st.integers(0, len(said) + 2))]
    frames = stream(first + second_attempt(*said), Cursor(TURN))
    assert text_of(frames) == "".join(said)
    assert not any(frame.get("restarted") for _, frame in frames)


def test_pieces_may_be_cut_differently_when_they_come_again() -> None:
    seen = stream(answer("Hello, ", "I am"), Cursor(TURN))[:2]
    assert text_of(seen + stream(second_attempt("He", "llo, I a", "m Anna."), cursor_of(seen))) == "Hello, I am Anna."


def test_a_turn_whose_text_was_erased_ends_with_an_empty_text() -> None:
    frames = Frames(cursor_of(stream(answer("secret"), Cursor(TURN))[:1]))
    assert [(data["content"], data["is_final"]) for _, data in read(frames.end(NOW))] == [("", False), ("", True)]


@given(st.builds(Cursor, st.uuids().map(str), st.integers(0, 2**32), st.integers(0, 2**20), st.integers(0, 2**32 - 1)))
def test_a_cursor_survives_its_way_through_the_client(cursor: Cursor) -> None:
    assert read_cursor(cursor_token(cursor)) == cursor


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_anything_else_is_no_cursor(token: str) -> None:
    assert read_cursor(token) is None


@pytest.mark.parametrize("cursor", [Cursor("not a uuid"), Cursor(TURN.upper()), Cursor(TURN, -1)])
def test_a_forged_cursor_is_no_cursor(cursor: Cursor) -> None:
    assert read_cursor(cursor_token(cursor)) is None
