"""Errors say what a log may keep, and no more."""

import copy

from careline.domain.errors import ModelUnavailable, Unavailable


def test_a_model_that_is_away_says_why_and_nothing_else() -> None:
    error = ModelUnavailable("rate_limited", retry_after=2.5, status=429)
    assert isinstance(error, Unavailable)
    assert str(error) == "The language model cannot answer right now (rate_limited, status 429)."
    assert (error.reason, error.retry_after, error.streamed) == ("rate_limited", 2.5, False)


def test_a_copied_error_is_the_same_error() -> None:
    error = copy.copy(ModelUnavailable("token_timeout", streamed=True))
    assert (error.reason, error.streamed) == ("token_timeout", True)
