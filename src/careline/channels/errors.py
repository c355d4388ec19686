"""From an error's type to what a client is told: one table for every channel, problem+json (RFC 9457) on HTTP."""

import asyncio
import logging
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from careline.auth.tokens import Unauthorized
from careline.domain import errors
from careline.domain.events import Emergency

log = logging.getLogger("careline.website")


class MalformedBody(errors.Invalid):
    """The body is not valid JSON in UTF-8."""


class BodyTooLarge(errors.Invalid):
    """The body is larger than this server accepts."""


class UnsupportedMedia(errors.Invalid):
    """The body must be JSON: send it with Content-Type: application/json."""


class FieldInvalid(errors.Invalid):
    """A field is missing or not valid. `field` is its path in the body, or the name of the parameter or header."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class TooFast(errors.CarelineError):
    """Too many messages in a short time. Please wait a moment."""

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after


class TurnCancelled(errors.CarelineError):
    """The message was taken back, or an emergency came after it, before it was answered."""


class NotTaken(errors.CarelineError):
    """A message that is an emergency could not be taken, for `reason`. The person is told what to do all the same."""

    def __init__(self, reason: errors.CarelineError, emergency: Emergency) -> None:
        super().__init__(emergency.message)
        self.reason = reason
        self.emergency = emergency


class EmergencyNotice(msgspec.Struct, frozen=True):
    level: str
    number: str
    country: str | None
    message: str


def notice_of(event: Emergency) -> EmergencyNotice:
    return EmergencyNotice(event.level, event.number, event.country, event.message)


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error as clients see it. `error_type` is stable; `detail` and `message` are the same sentence for people.

    With `emergency`, a message that calls for help could not be taken: that sentence says what to do.
    """

    type: str
    title: str
    status: int
    detail: str
    error_type: str
    message: str
    field: str | None = None
    emergency: EmergencyNotice | None = None


class Answer(msgspec.Struct, frozen=True):
    """What an error type becomes. `retry_after` is in seconds."""

    status: int
    error_type: str
    retry_after: int | None = None


ANSWERS: dict[type[Exception], Answer] = {
    MalformedBody: Answer(400, "malformed_body"),
    BodyTooLarge: Answer(413, "body_too_large"),
    UnsupportedMedia: Answer(415, "unsupported_media_type"),
    FieldInvalid: Answer(422, "invalid_field"),
    errors.Invalid: Answer(422, "invalid_input"),
    Unauthorized: Answer(401, "unauthorized"),
    TooFast: Answer(429, "rate_limited", retry_after=1),
    errors.NotFound: Answer(404, "not_found"),
    TurnCancelled: Answer(409, "turn_cancelled"),
    errors.IdempotencyConflict: Answer(409, "idempotency_conflict"),
    errors.IllegalTransition: Answer(409, "illegal_transition"),
    errors.SlotTaken: Answer(409, "slot_taken"),
    errors.HoldExpired: Answer(409, "hold_expired"),
    errors.OutsideAvailability: Answer(409, "outside_availability"),
    errors.TooManyWaiting: Answer(429, "rate_limited", retry_after=5),
    errors.Overloaded: Answer(503, "overloaded", retry_after=1),
    errors.StoreFull: Answer(503, "store_full", retry_after=30),
    errors.StoreUnavailable: Answer(503, "store_unavailable", retry_after=5),
    errors.Unavailable: Answer(503, "unavailable", retry_after=5),
    errors.LeaseLost: Answer(503, "unavailable", retry_after=1),
}
HTTP_ERROR_TYPES = {404: "not_found", 405: "method_not_allowed"}
INTERNAL = Answer(500, "internal_error")
INTERNAL_DETAIL = "Something went wrong on our side. Please try again."


def answer_for(error_class: type[Exception]) -> Answer:
    """The entry of the nearest type in the table; `internal_error` for what is no client's business."""
    return next((ANSWERS[kind] for kind in error_class.__mro__ if kind in ANSWERS), INTERNAL)


def answer_to(error: Exception) -> Answer:
    return answer_for(type(_reason(error)))


def _reason(error: Exception) -> Exception:
    return error.reason if isinstance(error, NotTaken) else error


def problem_response(error: Exception) -> Response:
    """The problem document of an error, with `Retry-After` where trying again makes sense."""
    answer = answer_to(error)
    detail = INTERNAL_DETAIL if answer is INTERNAL else str(error)
    reason = _reason(error)
    field = reason.field if isinstance(reason, FieldInvalid) else None
    emergency = notice_of(error.emergency) if isinstance(error, NotTaken) else None
    headers = {} if answer.retry_after is None else {"Retry-After": str(answer.retry_after)}
    return _response(answer.status, answer.error_type, detail, headers, field, emergency)


async def http_problem(request: Request, error: Exception) -> Response:
    """The handler for what the router refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)  # noqa: S101 - the router registers it for this type alone
    path_or_method = {404: "There is nothing at this address.", 405: "This address does not take this method."}
    detail = path_or_method.get(error.status_code, error.detail)
    error_type = HTTP_ERROR_TYPES.get(error.status_code, "http_error")
    return _response(error.status_code, error_type, detail, dict(error.headers or {}))


def _response(
    status: int,
    error_type: str,
    detail: str,
    headers: dict[str, str],
    field: str | None = None,
    emergency: EmergencyNotice | None = None,
) -> Response:
    title = HTTPStatus(status).phrase
    problem = Problem(f"urn:careline:error:{error_type}", title, status, detail, error_type, detail, field, emergency)
    headers |= {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(problem), status, headers, "application/problem+json")


class Problems:
    """ASGI middleware: whatever is raised before an answer has begun becomes a problem, and so does a server that stops
    meanwhile; a vanished client, nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            log.debug("client went away")
        except asyncio.CancelledError:
            if not started:  # the server stops: what was accepted goes on after the next start
                restarting = errors.Unavailable("The server restarts. Please try again in a moment.")
                await problem_response(restarting)(scope, receive, send)
            raise
        except Exception as error:
            if answer_to(error).status >= 500:
                expected = isinstance(error, errors.CarelineError)
                error_type = type(_reason(error)).__name__
                log.error("❌ Error", exc_info=None if expected else error, extra={"error_type": error_type})
            if started:
                raise
            await problem_response(error)(scope, receive, send)
