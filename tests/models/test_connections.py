"""What of an answer stays at the server: connections are used again, and what is left is closed there too."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from careline.domain.errors import ModelUnavailable
from careline.models.breaker import Breaker
from careline.models.endpoint import Endpoint
from careline.models.fake_answers import Ask, chunks, event, reply
from careline.models.fake_http import Exchange
from careline.models.fake_scenarios import DONE
from careline.models.openai import OpenAIModel, Patience
from careline.models.retrying import Retries
from careline.models.transcription import OpenAITranscriber
from careline.ports import TextDelta, collect
from tests.models.talk import ECHO, NO_RETRIES, Talk, failing, request, talking

Run = Callable[[Any], Any]
WITHOUT_END = ["fake-hang-mid", "fake-hang-politely", "fake-paced:50:100000", "fake-blast:1000000"]
WAYS = [
    "fake",
    "fake-429",
    "fake-500",
    "fake-html",
    "fake-html-200",
    "fake-200-error",
    "fake-error-first",
    "fake-error-midstream",
    "fake-bad-json",
    "fake-cut",
    "fake-drop",
    "fake-drop-before",
    "fake-huge-event",
    "fake-nothing",
    "fake-hang-before",
    "fake-hang-first",
    "fake-hang-mid",
    "fake-hang-politely",
    "fake-linger",
    "fake-no-http",
]


@pytest.mark.parametrize("name", ["fake", "fake-crlf", "fake-no-done", "fake-filtered", "fake-whole", "fake-tools"])
def test_one_connection_is_used_again(run: Run, name: str) -> None:
    async def it() -> None:
        async with talking() as talk:
            model = talk.model(name)
            for _ in range(10):
                await collect(model.stream(request()))
            assert (talk.server.stats.requests, talk.server.stats.connections) == (10, 1)

    run(it())


def test_also_when_the_response_ends_a_little_after_its_last_word(run: Run) -> None:
    async def late(exchange: Exchange, ask: Ask) -> None:
        exchange.begin()
        exchange.send(b"".join(map(event, chunks(ask, reply(ask)))) + DONE)
        await asyncio.sleep(0.01)
        exchange.end()

    async def it() -> None:
        async with talking({"late": late}) as talk:
            for _ in range(3):
                assert (await talk.answer("late")).text == ECHO
            assert talk.server.stats.connections == 1

    run(it())


def test_also_after_an_error_with_a_whole_body(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            for _ in range(5):
                await talk.failure("fake-401")
            await talk.answer()
            assert (talk.server.stats.requests, talk.server.stats.connections) == (6, 1)

    run(it())


def test_connections_the_server_has_cut_meanwhile_cost_nothing(run: Run) -> None:
    """As after its restart, or where it keeps idle ones for a shorter time: nobody waits, and no breaker opens."""

    async def it() -> None:
        async with talking() as talk:
            breaker = Breaker()
            model = talk.model(retries=NO_RETRIES, breaker=breaker)
            await asyncio.gather(*(collect(model.stream(request())) for _ in range(10)))
            talk.server.drop_connections()
            answers = await asyncio.gather(*(collect(model.stream(request())) for _ in range(10)))
            assert [(one.text, one.finished.retries) for one in answers] == [(ECHO, 0)] * 10
            assert not breaker.is_open

    run(it())


def test_a_recording_is_sent_again_when_the_connection_was_cut_meanwhile(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            transcriber = OpenAITranscriber(talk.endpoint, "whisper-1", hosted=False)
            await transcriber.transcribe(b"OggS say: one", "audio/ogg")
            talk.server.drop_connections()
            assert (await transcriber.transcribe(b"OggS say: two", "audio/ogg")).text == "two"

    run(it())


def test_a_connection_whose_answer_does_not_end_is_not(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            for _ in range(2):
                await talk.answer("fake-linger")
            assert talk.server.stats.connections == 2
            await talk.server.until(lambda stats: stats.open_connections == 0)

    run(it())


def test_no_more_connections_than_allowed(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            endpoint = Endpoint(talk.server.url, None, connections=3)
            model = OpenAIModel(endpoint, "fake", hosted=False)
            answers = await asyncio.gather(*(collect(model.stream(request())) for _ in range(30)))
            assert {answer.text for answer in answers} == {ECHO}
            assert talk.server.stats.connections == 3
            await endpoint.close()

    run(it())


async def _closed_there(talk: Talk) -> None:
    await talk.server.until(lambda stats: stats.closed_by_client == 1 and stats.open_connections == 0)


@pytest.mark.parametrize("name", WITHOUT_END)
def test_closing_the_stream_closes_it_at_the_server(run: Run, name: str) -> None:
    async def it() -> None:
        async with talking() as talk:
            async with aclosing(talk.model(name).stream(request())) as stream:
                assert isinstance(await anext(stream), TextDelta)
            await _closed_there(talk)

    run(it())


@pytest.mark.parametrize("name", WITHOUT_END)
def test_cancelling_its_task_closes_it_at_the_server(run: Run, name: str) -> None:
    async def it() -> None:
        async with talking() as talk:
            begun = asyncio.Event()

            async def read() -> None:
                async with aclosing(talk.model(name).stream(request())) as stream:
                    async for _ in stream:
                        begun.set()
                        await asyncio.sleep(0)

            task = asyncio.create_task(read())
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await _closed_there(talk)

    run(it())


def test_cancelling_before_the_answer_closes_it_at_the_server(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            task = asyncio.create_task(collect(talk.model("fake-hang-before").stream(request())))
            await talk.server.until(lambda stats: stats.running == 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await _closed_there(talk)

    run(it())


def test_cancelling_between_two_attempts_ends_them(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            model = talk.model("fake-500", retries=Retries(most=2, first_seconds=20, longest_seconds=20))
            task = asyncio.create_task(collect(model.stream(request())))
            await talk.server.until(lambda stats: stats.completed == 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert talk.server.stats.requests == 1

    run(it())


@pytest.mark.parametrize(("name", "streamed"), [("fake-hang-mid", True), ("fake-hang-before", False)])
def test_closing_the_client_interrupts_what_runs_and_lets_nothing_begin(run: Run, name: str, streamed: bool) -> None:
    async def it() -> None:
        async with talking() as talk:
            model = talk.model(name, retries=NO_RETRIES)
            stream = model.stream(request())
            if streamed:
                await anext(stream)
            task = asyncio.create_task(collect(stream))
            await talk.server.until(lambda stats: stats.running == 1)
            await asyncio.sleep(0)
            await model.close()
            with pytest.raises(ModelUnavailable) as error:
                await task
            assert (error.value.reason, error.value.streamed) == ("interrupted", streamed)
            assert (await failing(model))[1].reason == "interrupted"

    run(it())


def test_a_hundred_at_once_failing_in_every_way_leave_nothing(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            before = asyncio.all_tasks()
            models = [talk.model(name, patience=Patience(3.0, 0.5), breaker=Breaker(failures=1000)) for name in WAYS]
            answers = await asyncio.gather(
                *(collect(model.stream(request())) for _ in range(5) for model in models), return_exceptions=True
            )
            assert len(answers) == 100
            failed = [answer for answer in answers if isinstance(answer, BaseException)]
            assert len(failed) == 90
            assert all(isinstance(error, ModelUnavailable) for error in failed)
            await talk.server.until(lambda stats: stats.running == 0)
            # Those that serve are the server's own: it runs on this loop, and has none while no answer is under way.
            assert asyncio.all_tasks() == before
            assert (await talk.answer()).text == ECHO

    run(it())


def test_a_hundred_left_at_once_leave_nothing(run: Run) -> None:
    async def it() -> None:
        async with talking() as talk:
            model = talk.model("fake-hang-mid")
            tasks = [asyncio.create_task(collect(model.stream(request()))) for _ in range(100)]
            await talk.server.until(lambda stats: stats.running == 100)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await talk.server.until(lambda stats: stats.closed_by_client == 100 and stats.open_connections == 0)

    run(it())
