"""A fake server, and models that ask it, on the event loop of the test."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

from careline.domain.errors import ModelUnavailable
from careline.models.breaker import Breaker
from careline.models.encoding import Dialect
from careline.models.endpoint import Endpoint
from careline.models.fake import FakeServer
from careline.models.fake_scenarios import Scenario
from careline.models.openai import OpenAIModel, Patience
from careline.models.retrying import Retries
from careline.ports import Completion, Model, ModelEvent, ModelMessage, ModelRequest, collect

KEY = "sk-a-key-nobody-may-see"
SAID = "hello there"
ECHO = f"This is the fake model. You said: {SAID}"
QUICK = Retries(most=2, first_seconds=0.002)
NO_RETRIES = Retries(most=0)


def request(said: str = SAID, **more: Any) -> ModelRequest:
    return ModelRequest(messages=(ModelMessage("user", said),), purpose="answer", **more)


class Talk:
    def __init__(self, server: FakeServer, endpoint: Endpoint) -> None:
        self.server = server
        self.endpoint = endpoint

    def model(
        self,
        name: str = "fake",
        *,
        patience: Patience | None = None,
        retries: Retries = QUICK,
        breaker: Breaker | None = None,
        vision: bool = False,
        dialect: Dialect | None = None,
    ) -> OpenAIModel:
        return OpenAIModel(
            self.endpoint,
            name,
            hosted=False,
            vision=vision,
            patience=patience or Patience(30, 30),
            retries=retries,
            breaker=breaker,
            dialect=dialect,
        )

    async def answer(self, name: str = "fake", **more: Any) -> Completion:
        return await collect(self.model(name, **more).stream(request()))

    async def failure(self, name: str, **more: Any) -> ModelUnavailable:
        return (await failing(self.model(name, **more)))[1]


async def failing(model: Model, what: ModelRequest | None = None) -> tuple[list[ModelEvent], ModelUnavailable]:
    """What came before the failure, and the failure."""
    events: list[ModelEvent] = []
    try:
        async with aclosing(model.stream(what or request())) as stream:
            async for event in stream:
                events.append(event)
    except ModelUnavailable as error:
        return events, error
    raise AssertionError(f"it did not fail: {events}")


@asynccontextmanager
async def talking(own: Mapping[str, Scenario] | None = None) -> AsyncIterator[Talk]:
    """After it nothing may be left: no connection at the server, no task on the loop."""
    before = asyncio.all_tasks()
    async with FakeServer(own) as server:
        endpoint = Endpoint(server.url, KEY)
        try:
            yield Talk(server, endpoint)
        finally:
            await endpoint.close()
        await server.until(lambda stats: stats.open_connections == 0 and stats.running == 0)
    left = asyncio.all_tasks() - before
    if left:  # what was cancelled may need another turn of the loop
        _, left = await asyncio.wait(left, timeout=5.0)
    assert not left
