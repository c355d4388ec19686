"""The client on a real model: streaming, commands under a JSON schema, cancellation."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import msgspec
import pytest

from careline.dialogue.openings import openings
from careline.dialogue.proposal import schema
from careline.dialogue.state import DialogueState
from careline.models.encoding import Dialect
from careline.models.endpoint import Endpoint
from careline.models.openai import OpenAIModel, Patience
from careline.ports import Finished, JsonSchema, Model, ModelMessage, ModelRequest, TextDelta, collect
from tests.assistants.conversation import shipped
from tests.real_model.conftest import LocalModel

pytestmark = pytest.mark.real_model
Run = Callable[[Any], Any]


@asynccontextmanager
async def client(local: LocalModel) -> AsyncIterator[Model]:
    endpoint = Endpoint(local.url, None)
    patience = Patience(60.0, 30.0)
    model = OpenAIModel(
        endpoint, local.name, hosted=False, vision=False, patience=patience, dialect=Dialect(max_tokens="max_tokens")
    )
    try:
        yield model
    finally:
        await model.close()


def asking(said: str, **more: Any) -> ModelRequest:
    return ModelRequest(messages=(ModelMessage("user", said),), purpose="answer", temperature=0.0, **more)


def listing(name: str, least: int) -> JsonSchema:
    """A list of at least so many of the same letter: the model cannot stop before."""
    return JsonSchema(name, {"type": "array", "items": {"enum": ["a"]}, "minItems": least, "maxItems": least})


def test_words_come_one_after_the_other(local_model: LocalModel, run: Run) -> None:
    async def it() -> None:
        async with client(local_model) as model:
            events = [event async for event in model.stream(asking("Say: good morning, dear patient.", max_tokens=24))]
            *words, end = events
            assert len(words) > 3
            assert all(isinstance(word, TextDelta) for word in words)
            assert isinstance(end, Finished)
            assert (end.model, end.reason in ("stop", "length")) == (local_model.name, True)
            assert end.first_token_seconds is not None
            assert end.first_token_seconds < end.seconds
            assert end.usage is not None
            assert end.usage.prompt_tokens > 5
            assert 0 < end.usage.completion_tokens <= 24

    run(it())


def test_commands_have_the_shape_they_are_asked_for_in(local_model: LocalModel, run: Run) -> None:
    """What so small a model means by them is another matter: that is what reading a proposal strictly is for."""

    async def it() -> None:
        pack = shipped()[0]
        now_open = openings(pack, DialogueState(), "book_consultation")
        shape = msgspec.json.decode(msgspec.json.encode(schema(pack, now_open)))
        # So small a model has to be told when to stop: one command, and quotes of a few letters.
        shape["properties"]["commands"] |= {"minItems": 1, "maxItems": 1}
        kinds = shape["properties"]["commands"]["items"]["anyOf"]
        for field in (field for kind in kinds for field in kind["properties"].values() if field == {"type": "string"}):
            field["maxLength"] = 12
        said = 'The person says: "I would like to book an appointment." What do they want? Answer in JSON.'
        async with client(local_model) as model:
            done = await collect(model.stream(asking(said, schema=JsonSchema("commands", shape), max_tokens=120)))
        assert done.finished.reason == "stop"
        [command] = msgspec.json.decode(done.text)["commands"]
        fields = next(kind["properties"] for kind in kinds if kind["properties"]["do"]["enum"] == [command["do"]])
        assert set(command) == set(fields)
        assert all(value in fields[name].get("enum", [value]) for name, value in command.items())

    run(it())


def test_a_closed_stream_ends_the_work_at_the_server(local_model: LocalModel, run: Run) -> None:
    async def it() -> None:
        async with client(local_model) as model:
            endless = asking("List.", schema=listing("endless", 2_000), max_tokens=6_000)
            async with aclosing(model.stream(endless)) as events:
                async for _ in events:
                    break
                assert await asyncio.to_thread(local_model.at_work)
            await asyncio.to_thread(local_model.until_idle)
            short = await collect(model.stream(asking("List.", schema=listing("short", 2), max_tokens=40)))
            assert msgspec.json.decode(short.text) == ["a", "a"]

    run(it())
