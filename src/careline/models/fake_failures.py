"""The scenarios of the fake server in which there is no whole answer."""

import asyncio

from careline.models.fake_answers import Ask, chunk, event
from careline.models.fake_http import Exchange
from careline.models.fake_scenarios import Scenario, Scenarios, error_body, opening, refuse, stream, well

FAILURES = Scenarios()
HTML = b"<!doctype html><html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"


def _always(status: int, kind: str, code: str | None = None, message: str = "") -> Scenario:
    async def always(exchange: Exchange, ask: Ask) -> None:
        refuse(exchange, status, kind, code, message)

    return always


FAILURES["400"] = _always(400, "invalid_request_error", None, "Something about the request is wrong.")
FAILURES["401"] = _always(401, "invalid_request_error", "invalid_api_key")
FAILURES["404"] = _always(404, "invalid_request_error", "model_not_found")
FAILURES["413"] = _always(413, "invalid_request_error")
FAILURES["500"] = _always(500, "server_error")
FAILURES["quota"] = _always(429, "insufficient_quota", "insufficient_quota")
FAILURES["too-large"] = _always(400, "invalid_request_error", "context_length_exceeded")
FAILURES["too-large-words"] = _always(400, "BadRequestError", None, "This model's maximum context length is 8192.")
FAILURES["filtered"] = _always(400, "invalid_request_error", "content_filter")


@FAILURES.named("429")
async def _429(exchange: Exchange, ask: Ask) -> None:
    """429:2 - always, with this Retry-After."""
    refuse(exchange, 429, "rate_limit_error", "rate_limit_exceeded", "", "".join(ask.arguments[:1]))


@FAILURES.named("busy")
async def _busy(exchange: Exchange, ask: Ask) -> None:
    """busy:2:1 - the first two times 429 with Retry-After: 1, then well."""
    if ask.nth <= int(ask.arguments[0]):
        refuse(exchange, 429, "rate_limit_error", None, "", "".join(ask.arguments[1:2]))
    else:
        await well(exchange, ask)


@FAILURES.named("flaky")
async def _flaky(exchange: Exchange, ask: Ask) -> None:
    """flaky:2:503 - the first two times this status, then well."""
    times, status = (*ask.arguments, "1", "503")[:2] if len(ask.arguments) != 1 else (ask.arguments[0], "503")
    if ask.nth <= int(times):
        refuse(exchange, int(status), "server_error")
    else:
        await well(exchange, ask)


@FAILURES.named("html")
async def _html(exchange: Exchange, ask: Ask) -> None:
    exchange.answer(502, "text/html", HTML)


@FAILURES.named("html-200")
async def _html_200(exchange: Exchange, ask: Ask) -> None:
    exchange.answer(200, "text/html", HTML)


@FAILURES.named("200-error")
async def _200_error(exchange: Exchange, ask: Ask) -> None:
    exchange.answer(200, "application/json", error_body("server_error", "overloaded"))


@FAILURES.named("200-error-as-stream")
async def _200_error_as_stream(exchange: Exchange, ask: Ask) -> None:
    """An error body that is announced as a stream."""
    exchange.answer(200, "text/event-stream", error_body("invalid_request_error", "context_length_exceeded"))


@FAILURES.named("200-empty")
async def _200_empty(exchange: Exchange, ask: Ask) -> None:
    exchange.answer(200, "application/json", b"{}")


@FAILURES.named("error-first")
async def _error_first(exchange: Exchange, ask: Ask) -> None:
    await stream(exchange, [event(error_body("rate_limit_error", "rate_limit_exceeded"))], b"")


@FAILURES.named("error-midstream")
async def _error_midstream(exchange: Exchange, ask: Ask) -> None:
    await stream(exchange, [opening(ask), event(error_body("server_error"))], b"")


@FAILURES.named("bad-json")
async def _bad_json(exchange: Exchange, ask: Ask) -> None:
    await stream(exchange, [opening(ask), event(b'{"choices": [{')])


@FAILURES.named("bad-utf8")
async def _bad_utf8(exchange: Exchange, ask: Ask) -> None:
    broken = chunk(ask, {"content": "x"}).replace(b'"x"', b'"\xff\xfe"')
    await stream(exchange, [opening(ask), event(broken)])


@FAILURES.named("huge-event")
async def _huge_event(exchange: Exchange, ask: Ask) -> None:
    exchange.begin()
    for _ in range(32):
        exchange.send(b"data: " + b"x" * 65_536)
        await exchange.drained()
    exchange.end()


@FAILURES.named("nothing")
async def _nothing(exchange: Exchange, ask: Ask) -> None:
    """A stream that ends before it began."""
    await stream(exchange, [], b"")


@FAILURES.named("only-done")
async def _only_done(exchange: Exchange, ask: Ask) -> None:
    await stream(exchange, [event(chunk(ask, {"role": "assistant"}))])


@FAILURES.named("cut")
async def _cut(exchange: Exchange, ask: Ask) -> None:
    """Ends in order, but in the middle of the answer."""
    await stream(exchange, [opening(ask)], b"")


@FAILURES.named("drop-before")
async def _drop_before(exchange: Exchange, ask: Ask) -> None:
    exchange.drop()


@FAILURES.named("drop")
async def _drop(exchange: Exchange, ask: Ask) -> None:
    """Half an answer, then the connection is cut."""
    exchange.begin()
    exchange.send(opening(ask))
    await asyncio.sleep(0.02)  # what is cut at once may take with it what was sent just before
    exchange.drop()


@FAILURES.named("hang-before")
async def _hang_before(exchange: Exchange, ask: Ask) -> None:
    await exchange.forever()


@FAILURES.named("hang-first")
async def _hang_first(exchange: Exchange, ask: Ask) -> None:
    """The head of the response and the role, but no token."""
    exchange.begin()
    exchange.send(event(chunk(ask, {"role": "assistant", "content": ""})))
    await exchange.forever()


@FAILURES.named("hang-mid")
async def _hang_mid(exchange: Exchange, ask: Ask) -> None:
    exchange.begin()
    exchange.send(opening(ask))
    await exchange.forever()


@FAILURES.named("hang-politely")
async def _hang_politely(exchange: Exchange, ask: Ask) -> None:
    """Half an answer, then comments for ever."""
    exchange.begin()
    exchange.send(opening(ask))
    while True:
        exchange.send(b": still working\n\n")
        await asyncio.sleep(0.01)


@FAILURES.named("redirect")
async def _redirect(exchange: Exchange, ask: Ask) -> None:
    exchange.answer(307, "text/plain", b"", {"Location": "/v1/chat/completions?elsewhere"})


@FAILURES.named("no-http")
async def _no_http(exchange: Exchange, ask: Ask) -> None:
    exchange.send_raw(b"SSH-2.0-OpenSSH_9.7\r\n\r\n")


@FAILURES.named("old")
async def _old(exchange: Exchange, ask: Ask) -> None:
    """A server from before usage in streams and the newer name of max_tokens."""
    if ask.stream_options is not None:
        refuse(exchange, 400, "invalid_request_error", None, "Unrecognized request argument: stream_options")
    elif ask.max_completion_tokens is not None:
        refuse(exchange, 400, "invalid_request_error", None, "Unrecognized argument: max_completion_tokens")
    else:
        await well(exchange, ask)


@FAILURES.named("new")
async def _new(exchange: Exchange, ask: Ask) -> None:
    """A model that reasons: no temperature of the caller's, and max_completion_tokens instead of max_tokens."""
    if ask.max_tokens is not None:
        words = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
        refuse(exchange, 400, "invalid_request_error", "unsupported_parameter", words)
    elif ask.temperature is not None:
        words = "Unsupported value: 'temperature' does not support 0.2 with this model."
        refuse(exchange, 400, "invalid_request_error", "unsupported_value", words)
    else:
        await well(exchange, ask)
