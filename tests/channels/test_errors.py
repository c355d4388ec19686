"""One table from error type to answer; nothing of ours is without an entry, and nothing foreign is told."""

import msgspec
import pytest

from careline.channels import errors
from careline.channels.errors import FieldInvalid, answer_to, problem_response
from careline.domain.errors import IdempotencyConflict, Overloaded, PackInvalid, StoreFull, StoreUnavailable


def test_a_problem_has_the_fields_of_rfc_9457_and_our_error_type() -> None:
    response = problem_response(FieldInvalid("content", "content: This field is required."))
    assert (response.status_code, response.media_type) == (422, "application/problem+json")
    assert msgspec.json.decode(response.body) == {
        "type": "urn:careline:error:invalid_field",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "content: This field is required.",
        "error_type": "invalid_field",
        "message": "content: This field is required.",
        "field": "content",
    }


@pytest.mark.parametrize(
    ("error", "status", "error_type"),
    [
        (errors.MalformedBody(), 400, "malformed_body"),
        (errors.BodyTooLarge(), 413, "body_too_large"),
        (errors.UnsupportedMedia(), 415, "unsupported_media_type"),
        (errors.TurnCancelled(), 409, "turn_cancelled"),
        (IdempotencyConflict(), 409, "idempotency_conflict"),
    ],
)
def test_a_clients_mistake_is_a_4xx_with_the_sentence_of_its_type(
    error: Exception, status: int, error_type: str
) -> None:
    problem = msgspec.json.decode(problem_response(error).body)
    assert (problem["status"], problem["error_type"]) == (status, error_type)
    assert problem["detail"] == (type(error).__doc__ or "").strip()


@pytest.mark.parametrize("error", [StoreUnavailable(), StoreFull(), Overloaded()])
def test_what_passes_says_when_to_try_again(error: Exception) -> None:
    response = problem_response(error)
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1


@pytest.mark.parametrize("error", [KeyError("Ayşe Yılmaz"), PackInvalid("/srv/packs/x.yaml"), RuntimeError("x")])
def test_anything_else_is_a_500_that_tells_nothing(error: Exception) -> None:
    assert answer_to(error) is errors.INTERNAL
    assert msgspec.json.decode(problem_response(error).body)["detail"] == errors.INTERNAL_DETAIL
