"""The circuit breaker and the retries, with time and chance as values."""

import pytest

from careline.domain.errors import ModelTrouble, ModelUnavailable
from careline.models.breaker import Breaker
from careline.models.retrying import Retries

SERVER = ModelUnavailable("server", status=500)


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker(failures=3, seconds=10, longest_seconds=60)
    for _ in range(3):
        breaker.failed(breaker.admit(now), SERVER, now)
    assert breaker.is_open
    return breaker


def refused(breaker: Breaker, now: float) -> float:
    with pytest.raises(ModelUnavailable) as error:
        breaker.admit(now)
    assert error.value.reason == "circuit_open"
    assert error.value.retry_after is not None
    return error.value.retry_after


def test_it_opens_after_failures_in_a_row_and_says_for_how_long() -> None:
    breaker = opened(now=5.0)
    assert refused(breaker, 5.0) == 10.0
    assert refused(breaker, 12.0) == 3.0


def test_a_success_between_begins_the_count_anew() -> None:
    breaker = Breaker(failures=2)
    breaker.failed(breaker.admit(0), SERVER, 0)
    breaker.succeeded(breaker.admit(0))
    breaker.failed(breaker.admit(0), SERVER, 0)
    assert not breaker.is_open


def test_then_one_attempt_goes_through_and_closes_it() -> None:
    breaker = opened()
    trial = breaker.admit(10.0)
    assert refused(breaker, 10.0) == 1.0
    breaker.answering(trial)
    assert breaker.admit(10.5) == trial
    breaker.succeeded(trial)
    breaker.failed(breaker.admit(11.0), SERVER, 11.0)
    assert not breaker.is_open


def test_the_failure_of_the_trial_opens_it_for_twice_as_long() -> None:
    breaker = opened()
    breaker.failed(breaker.admit(10.0), SERVER, 10.0)
    assert refused(breaker, 10.0) == 20.0
    for _ in range(10):
        now = breaker._open_until or 0.0
        breaker.failed(breaker.admit(now), SERVER, now)
    assert refused(breaker, now) == 60.0


def test_a_trial_that_begins_to_answer_and_fails_opens_it_at_once() -> None:
    breaker = opened()
    trial = breaker.admit(10.0)
    breaker.answering(trial)
    breaker.failed(trial, SERVER, 12.0)
    assert refused(breaker, 12.0) == 20.0


def test_a_cancelled_trial_lets_the_next_one_try() -> None:
    breaker = opened()
    breaker.abandoned(breaker.admit(10.0))
    breaker.succeeded(breaker.admit(10.0))
    assert not breaker.is_open


def test_attempts_from_before_the_opening_no_longer_matter() -> None:
    breaker = Breaker(failures=1, seconds=10)
    late, first = breaker.admit(0), breaker.admit(0)
    breaker.failed(first, SERVER, 0)
    breaker.failed(late, SERVER, 5)
    assert refused(breaker, 5) == 5.0
    breaker.succeeded(late)
    assert breaker.is_open


def test_it_stays_open_as_long_as_the_server_asks_within_reason() -> None:
    for asked, expected in ((30.0, 30.0), (3600.0, 60.0)):
        breaker = Breaker(failures=1, seconds=10, longest_seconds=60)
        breaker.failed(breaker.admit(0), ModelUnavailable("rate_limited", retry_after=asked), 0)
        assert refused(breaker, 0) == expected


@pytest.mark.parametrize(("reason", "status"), [("too_large", 400), ("refused_request", 400), ("refused_request", 422)])
def test_a_request_that_is_refused_for_itself_is_no_failure(reason: ModelTrouble, status: int) -> None:
    breaker = Breaker(failures=1)
    breaker.failed(breaker.admit(0), ModelUnavailable(reason, status=status), 0)
    assert not breaker.is_open


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_key_or_model_is_one(status: int) -> None:
    breaker = Breaker(failures=1)
    breaker.failed(breaker.admit(0), ModelUnavailable("refused_request", status=status), 0)
    assert breaker.is_open


def test_retries_come_later_each_time_and_spread() -> None:
    retries = Retries(most=4, first_seconds=1, longest_seconds=3)
    assert [retries.wait(SERVER, done, 1.0) for done in range(5)] == [1.0, 2.0, 3.0, 3.0, None]
    assert [retries.wait(SERVER, done, 0.0) for done in range(3)] == [0.5, 1.0, 1.5]


def test_a_retry_waits_at_least_as_long_as_the_server_asks() -> None:
    busy = ModelUnavailable("rate_limited", retry_after=7.0)
    waits = [Retries().wait(busy, 0, chance) for chance in (0.0, 0.5, 1.0)]
    assert waits[0] == 7.0
    assert waits == sorted(waits, key=lambda wait: wait or 0.0)


@pytest.mark.parametrize(
    "error",
    [
        ModelUnavailable("quota", status=429),
        ModelUnavailable("refused_request", status=401),
        ModelUnavailable("too_large"),
        ModelUnavailable("first_token_timeout"),
        ModelUnavailable("circuit_open"),
        ModelUnavailable("server", streamed=True),
        ModelUnavailable("interrupted", streamed=True),
    ],
)
def test_what_would_only_fail_again_is_not_tried_again(error: ModelUnavailable) -> None:
    assert Retries().wait(error, 0, 0.5) is None
