"""Ids order by time and never go back."""

import threading
import time
import uuid

import pytest

from careline.storage.sql import ids


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_last", 0)


def test_ids_are_uuids_of_version_7_with_the_time_in_them() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(ids.new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_ids_only_grow_in_every_thread() -> None:
    made: list[list[str]] = []

    def make() -> None:
        made.append([ids.new_id() for _ in range(2000)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(list(some) == sorted(some) for some in made)
    assert len({one for some in made for one in some}) == 8000


def test_ids_do_not_follow_a_clock_that_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ids.new_id()
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    second = ids.new_id()
    assert second > first
    assert uuid.UUID(second).version == 7


def test_ids_follow_what_was_observed() -> None:
    future = "ffff0000-0000-7fff-bfff-fffffffffff0"
    ids.observe(future)
    later = ids.new_id()
    assert later > future
    assert (uuid.UUID(later).version, uuid.UUID(later).variant) == (7, uuid.RFC_4122)
    ids.observe("00000000-0000-7000-8000-000000000000")
    assert ids.new_id() > later


def test_other_uuids_are_not_followed() -> None:
    ids.observe("ffffffff-ffff-4fff-bfff-ffffffffffff")
    assert ids.new_id() < "f"


def test_an_id_has_one_spelling_and_nonsense_has_none() -> None:
    made = ids.new_id()
    assert ids.parse_id(made.upper()) == made
    assert [ids.parse_id(text) for text in ("", "1", "x" * 36, made + "0")] == [None] * 4


def test_derived_ids_depend_on_origin_and_name_only() -> None:
    origin, other = ids.new_id(), ids.new_id()
    assert ids.derived_id(origin, "a") == ids.derived_id(origin, "a")
    assert len({ids.derived_id(origin, "a"), ids.derived_id(origin, "b"), ids.derived_id(other, "a")}) == 3


def test_neighbours_are_beside() -> None:
    made = ids.new_id()
    before, after = ids.neighbours(made)
    assert before < made < after
    assert uuid.UUID(after).int - uuid.UUID(before).int == 2
