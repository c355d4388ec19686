"""The client of an OpenAI-compatible server: one object for one model."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator
from time import perf_counter
from typing import NoReturn

import msgspec

from careline.domain.errors import ModelUnavailable
from careline.models.answer import Answer
from careline.models.breaker import Breaker
from careline.models.encoding import Dialect, chat_body
from careline.models.endpoint import Endpoint, Refused
from careline.models.retrying import Retries
from careline.models.trouble import unavailable
from careline.ports import Finished, ModelEvent, ModelRequest

log = logging.getLogger("careline.models")
_HEADERS = {"Content-Type": "application/json", "Accept": "text/event-stream"}


class Patience(msgspec.Struct, frozen=True):
    """In seconds. `first_token` is for all attempts together, from the call on; `token` for each silence after."""

    first_token: float = 10.0
    token: float = 10.0


class OpenAIModel:
    """A careline.ports.Model. It runs no tasks of its own: what a caller leaves is closed at once, at the server too.

    Attempts are repeated only as long as nothing was streamed, and only within the patience for the first token.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        name: str,
        *,
        hosted: bool,
        vision: bool = False,
        patience: Patience | None = None,
        retries: Retries | None = None,
        breaker: Breaker | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        self._endpoint = endpoint
        self.name = name
        self.hosted = hosted
        self.vision = vision
        self._patience = patience or Patience()
        self._retries = retries or Retries()
        self._breaker = breaker or Breaker()
        self._dialect = dialect or Dialect()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """As careline.ports.Model has it."""
        clock = asyncio.get_running_loop().time
        started = perf_counter()
        wait = min(self._patience.first_token, request.first_token_seconds or self._patience.first_token)
        if not self.vision and any(message.images for message in request.messages):
            raise ModelUnavailable("refused_request")
        attempt, retries, answer, events = await self._begin(request, clock() + wait)
        settled = False
        try:
            while events:
                for event in events:
                    yield event
                events = await answer.more()
            self._breaker.succeeded(attempt)
            settled = True
            yield self._finished(answer, started, retries)
        except ModelUnavailable as error:
            self._failed(attempt, error)
            settled = True
            raise
        finally:
            answer.close()
            if not settled:
                self._breaker.abandoned(attempt)

    async def close(self) -> None:
        await self._endpoint.close()

    def _failed(self, attempt: int, error: ModelUnavailable) -> None:
        seconds = self._breaker.failed(attempt, error, asyncio.get_running_loop().time())
        if seconds is not None:
            log.warning("The language model fails again and again (%s): not asked for %.0f s.", error.reason, seconds)

    async def _begin(self, request: ModelRequest, deadline: float) -> tuple[int, int, Answer, list[ModelEvent]]:
        """The first attempt that gives something: its number, the retries before it, its answer so far."""
        clock = asyncio.get_running_loop().time
        retries = 0
        attempt = self._breaker.admit(clock())
        while True:
            try:
                answer, events = await self._attempt(request, deadline)
            except ModelUnavailable as error:
                self._failed(attempt, error)
                pause = self._retries.wait(error, retries, random.random())  # noqa: S311 - spreads attempts
                if pause is None or clock() + pause >= deadline or self._breaker.is_open:
                    raise
            except BaseException:
                self._breaker.abandoned(attempt)
                raise
            else:
                self._breaker.answering(attempt)
                return attempt, retries, answer, events
            retries += 1
            await asyncio.sleep(pause)
            attempt = self._breaker.admit(clock())

    async def _attempt(self, request: ModelRequest, deadline: float) -> tuple[Answer, list[ModelEvent]]:
        while True:
            dialect = self._dialect
            body = chat_body(request, self.name, dialect)
            try:
                response = await self._endpoint.post("/chat/completions", body, _HEADERS, deadline)
            except Refused as refused:
                if refused.error.filtered:
                    return Answer.filtered(self._endpoint), []
                other = dialect.after(refused.error)
                if other is None:
                    _give_up(refused)
                self._dialect = other
                continue
            answer = Answer(self._endpoint, response, deadline, self._patience.token)
            try:
                return answer, await answer.more()
            except BaseException:
                answer.close()
                raise

    def _finished(self, answer: Answer, started: float, retries: int) -> Finished:
        read = answer.assembly
        return Finished(
            reason=read.ending,
            model=read.model or self.name,
            usage=read.usage,
            first_token_seconds=None if answer.first_at is None else answer.first_at - started,
            seconds=perf_counter() - started,
            retries=retries,
            request_id=answer.request_id or read.id,
            system_fingerprint=read.fingerprint,
        )


def _give_up(refused: Refused) -> NoReturn:
    log.warning("The language model's server answered %d (%s).", refused.error.status, refused.error.name)
    raise unavailable(refused.error, retry_after=refused.retry_after) from None
