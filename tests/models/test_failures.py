"""What is no answer: one error with its reason, after all that came before it; and when it is tried again."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest

from careline.domain.errors import ModelTrouble
from careline.models.breaker import Breaker
from careline.models.endpoint import Endpoint
from careline.models.openai import OpenAIModel, Patience
from careline.models.retrying import Retries
from careline.ports import ImagePart, ModelMessage, ModelRequest, TextDelta, collect
from tests.models.talk import ECHO, KEY, NO_RETRIES, SAID, failing, request, talking

Run = Callable[[Any], Any]


@pytest.mark.parametrize(
    ("name", "reason", "status", "attempts"),
    [
        ("fake-400", "refused_request", 400, 1),
        ("fake-401", "refused_request", 401, 1),
        ("fake-404", "refused_request", 404, 1),
        ("fake-no-such-scenario", "refused_request", 404, 1),
        ("fake-413", "too_large", 413, 1),
        ("fake-too-large", "too_large", 400, 1),
        ("fake-too-large-words", "too_large", 400, 1),
        ("fake-quota", "quota", 429, 1),
        ("fake-500", "server", 500, 3),
        ("fake-429", "rate_limited", 429, 3),
        ("fake-html", "server", 502, 3),
        ("fake-html-200", "bad_response", None, 3),
        ("fake-200-error", "server", 200, 3),
        ("fake-200-error-as-stream", "too_large", 200, 1),
        ("fake-200-empty", "bad_response", None, 3),
        ("fake-error-first", "rate_limited", 200, 3),
        ("fake-huge-event", "bad_response", None, 3),
        ("fake-nothing", "interrupted", None, 3),
        ("fake-only-done", "bad_response", None, 3),
        ("fake-drop-before", "connect", None, 3),
        ("fake-redirect", "bad_response", 307, 3),
        ("fake-no-http", "bad_response", None, 3),
    ],
)
def test_without_a_first_token(run: Run, name: str, reason: ModelTrouble, status: int | None, attempts: int) -> None:
    async def it() -> None:
        async with talking() as talk:
            events, error = await failing(talk.model(name))
            assert (events, error.reason, error.status, error.streamed) == ([], reason, status, False)
            assert talk.server.stats.requests == attempts

    run(it())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fake-error-midstream", "server"),
        ("fake-error", "server"),
        ("fake-bad-json", "bad_response"),
        ("fake-bad-utf8", "bad_response"),
        ("fake-cut", "interrupted"),
        ("fake-drop", "interrupted"),
    ],
)
def test_after_the_first_token_nothing_is_tried_again(run: Run, name: str, reason: ModelTrouble) -> None:
    async def it() -> None:
        async with talking() as talk:
            events, error = await failing(talk.model(name))
            assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Half an answer"
            assert (error.reason, error.streamed) == (reason, True)
            assert talk.server.stats.requests == 1

    run(it())


@pytest.mark.parametrize("name", ["fake-hang-before", "fake-hang-first"])
def test_the_first_token_has_its_time(run: Run, name: str) -> None:
    async def it() -> None:
        async with talking() as talk:
            error = await talk.failure(name, patience=Patience(first_token=0.1, token=30))
            assert (error.reason, error.streamed) == ("first_token_timeout", False)
            await talk.server.until(lambda stats: stats.closed_by_client == 1)

    run(it())


def test_a_request_may_have_a_patience_of_its_own(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            _, error = await failing(talk.model("fake-hang-before"), request(first_token_seconds=0.05))
            assert error.reason == "first_token_timeout"

    run(it())


def test_no_request_has_more_patience_than_the_model(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            model = talk.model("fake-hang-before", patience=Patience(first_token=0.05, token=30))
            _, error = await failing(model, request(first_token_seconds=30))
            assert error.reason == "first_token_timeout"

    run(it())


@pytest.mark.parametrize("name", ["fake-hang-mid", "fake-hang-politely"])
def test_a_silence_has_its_time_and_comments_are_silence(run: Run, name: str) -> None:
    async def it() -> None:
        async with talking() as talk:
            events, error = await failing(talk.model(name, patience=Patience(first_token=30, token=0.1)))
            assert events == [TextDelta("Half an answer")]
            assert (error.reason, error.streamed) == ("token_timeout", True)
            await talk.server.until(lambda stats: stats.closed_by_client == 1)

    run(it())


def test_a_connection_has_its_time(run: Run) -> None:
    """A listener that accepts nobody: its queue is full, as of a server that is stuck."""

    async def it() -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
            address = full.getsockname()
            fillers = [socket.socket() for _ in range(4)]
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(address)
            endpoint = Endpoint(f"http://127.0.0.1:{address[1]}/v1", None, connect_seconds=0.1)
            model = OpenAIModel(endpoint, "any", hosted=False, retries=NO_RETRIES)
            _, error = await failing(model)
            assert error.reason == "connect"
            await endpoint.close()
            for filler in fillers:
                filler.close()

    run(it())


def test_nobody_listens(run: Run) -> None:
    async def it() -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        endpoint = Endpoint(f"http://127.0.0.1:{port}/v1", None)
        model = OpenAIModel(endpoint, "any", hosted=False, retries=Retries(most=1, first_seconds=0.001))
        assert (await failing(model))[1].reason == "connect"
        await endpoint.close()

    run(it())


def test_what_passes_is_tried_again(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            answer = await talk.answer("fake-flaky:2:503")
            assert (answer.text, answer.finished.retries) == (ECHO, 2)

    run(it())


def test_retry_after_is_waited_for(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            answer = await talk.answer("fake-busy:1:0.2")
            assert (answer.text, answer.finished.retries) == (ECHO, 1)
            assert answer.finished.first_token_seconds is not None
            assert answer.finished.first_token_seconds > 0.19

    run(it())


def test_retry_after_beyond_the_patience_is_told_at_once(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            error = await talk.failure("fake-429:60", patience=Patience(first_token=50))
            assert (error.reason, error.retry_after) == ("rate_limited", 60.0)
            assert talk.server.stats.requests == 1

    run(it())


def test_the_circuit_opens_and_asks_nobody(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def it() -> None:
        async with talking() as talk:
            model = talk.model("fake-500", retries=NO_RETRIES, breaker=Breaker(failures=3, seconds=60))
            for _ in range(3):
                assert (await failing(model))[1].reason == "server"
            error = (await failing(model))[1]
            assert error.reason == "circuit_open"
            assert error.retry_after == pytest.approx(60, abs=5)
            assert talk.server.stats.requests == 3

    run(it())
    said = [record.getMessage() for record in caplog.records if record.name == "careline.models"]
    assert said[3:] == ["The language model fails again and again (server): not asked for 60 s."]


def test_the_circuit_closes_when_the_server_is_well_again(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            breaker = Breaker(failures=1, seconds=0.0)
            model = talk.model("fake-flaky:1", retries=NO_RETRIES, breaker=breaker)
            await failing(model)
            assert breaker.is_open
            assert (await collect(model.stream(request()))).text == ECHO
            assert not breaker.is_open

    run(it())


def test_a_circuit_that_opens_ends_the_retries(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            model = talk.model("fake-500", retries=Retries(5, 0.001), breaker=Breaker(failures=2))
            assert (await failing(model))[1].reason == "server"
            assert talk.server.stats.requests == 2

    run(it())


def test_a_cancelled_trial_leaves_the_circuit_half_open(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            breaker = Breaker(failures=1, seconds=0.0)
            await failing(talk.model("fake-500", retries=NO_RETRIES, breaker=breaker))
            task = asyncio.create_task(collect(talk.model("fake-hang-before", breaker=breaker).stream(request())))
            await talk.server.until(lambda stats: stats.running == 1)
            task.cancel()
            await asyncio.wait([task])
            assert (await talk.answer("fake", breaker=breaker)).text == ECHO

    run(it())


def test_images_for_a_model_that_does_not_see_are_not_sent(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            message = ModelMessage("user", "look", images=(ImagePart("image/png", b"png"),))
            _, error = await failing(talk.model(), ModelRequest(messages=(message,), purpose="answer"))
            assert error.reason == "refused_request"
            assert talk.server.stats.connections == 0

    run(it())


def test_neither_key_nor_words_are_in_errors_and_logs(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def it() -> None:
        async with talking() as talk:
            for name in ("fake-401", "fake-html", "fake-error-midstream", "fake-bad-json"):
                model = talk.model(name)
                error = (await failing(model))[1]
                shown = f"{error} {error!r} {error.__dict__} {model!r} {talk.endpoint!r}"
                assert KEY not in shown
                assert SAID not in shown

    with caplog.at_level(logging.DEBUG, logger="careline"):
        run(it())
    assert "401 (invalid_api_key)" in caplog.text
    assert KEY not in caplog.text
    assert SAID not in caplog.text
