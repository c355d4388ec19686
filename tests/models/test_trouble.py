"""What an error of a server means, and how long it asks to wait."""

from datetime import UTC, datetime

import pytest

from careline.domain.errors import ModelTrouble
from careline.models.trouble import reason, retry_after, said, unavailable

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "milliseconds", "expected"),
    [
        ("2", None, 2.0),
        ("0.5", None, 0.5),
        (" 2 ", None, 2.0),
        ("2", "1500", 1.5),
        (None, "20", 0.02),
        ("7", "soon", 7.0),
        ("Sat, 21 Nov 2026 12:00:30 GMT", None, 30.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", None, 0.0),
        ("-1", None, 0.0),
        ("1e9", None, 86_400.0),
        ("nan", None, None),
        ("inf", None, None),
        ("", None, None),
        ("soon", None, None),
        (None, None, None),
    ],
)
def test_retry_after(seconds: str | None, milliseconds: str | None, expected: float | None) -> None:
    assert retry_after(seconds, milliseconds, NOW) == expected


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, b"", "rate_limited"),
        (429, b'{"error": {"code": "insufficient_quota"}}', "quota"),
        (429, b'{"error": {"type": "insufficient_quota", "code": null}}', "quota"),
        (402, b'{"error": "pay"}', "quota"),
        (400, b'{"error": {"code": "context_length_exceeded"}}', "too_large"),
        (400, b'{"object": "error", "message": "Maximum context length is 8192", "code": 400}', "too_large"),
        (400, b'{"detail": "the prompt is too long"}', "too_large"),
        (413, b"<html>", "too_large"),
        (400, b'{"error": {"message": "no"}}', "refused_request"),
        (401, b"no", "refused_request"),
        (403, b"[]", "refused_request"),
        (404, b"\xff", "refused_request"),
        (422, b'"no"', "refused_request"),
        (408, b"", "server"),
        (409, b"", "server"),
        (500, b"null", "server"),
        (503, b"<html>too many tokens</html>", "server"),
        (500, b'{"error": {"message": "context length"}}', "server"),
        (529, b'{"error": {"type": "overloaded_error"}}', "server"),
        (307, b"", "bad_response"),
        (200, b'{"error": {"message": "?"}}', "server"),
        (200, b'{"error": {"code": 429}}', "rate_limited"),
        (200, b'{"error": {"code": "503"}}', "server"),
        (200, b'{"error": {"type": "rate_limit_error"}}', "rate_limited"),
        (200, b'{"error": {"type": "invalid_request_error"}}', "refused_request"),
        (400, b"[" * 100_000, "refused_request"),
        (200, b'[{"error": {"code": 400, "status": "INVALID_ARGUMENT"}}]', "refused_request"),
        (200, b'{"object": "error", "message": "x", "code": 400}', "refused_request"),
    ],
)
def test_reasons(status: int, body: bytes, expected: ModelTrouble) -> None:
    assert reason(said(status, body)) == expected


def test_what_the_server_said_is_not_in_the_error() -> None:
    error = unavailable(said(400, b'{"error": {"message": "your prompt: my chest hurts", "code": "my chest hurts"}}'))
    assert "chest" not in f"{error} {error!r} {error.__dict__}"


def test_only_what_looks_like_a_code_goes_to_the_log() -> None:
    assert said(400, b'{"error": {"code": "model_not_found", "type": "x"}}').name == "model_not_found"
    assert said(400, b'{"error": {"code": "<chest>"}}').name == "no code"
