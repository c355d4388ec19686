"""A model that is too slow for something is left alone with it for a while: nobody waits again and again for words that
come too late to be used."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from careline.domain.errors import ModelUnavailable
from careline.models.around import Around
from careline.models.breaker import Breaker
from careline.ports import Finished, Model, ModelEvent, ModelRequest
from careline.ports.model import Purpose

log = logging.getLogger("careline.models")
_TICK = 0.01
"""Seconds, more than the loop may wake somebody too early."""


class TimelyModel(Around):
    """A `careline.ports.Model` around another. It counts the answers that were left unfinished at their
    `ModelRequest.deadline`, for each purpose: what is too slow to propose commands may be quick enough to talk.

    Requests without one pass as they are: their words are read as they come. Trouble that the model has found
    itself counts for its own breaker.
    """

    def __init__(self, model: Model, breaker: Callable[[], Breaker] = Breaker) -> None:
        super().__init__(model)
        self._breaker = breaker
        self._breakers: dict[Purpose, Breaker] = {}

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """As careline.ports.Model has it; raises ModelUnavailable("too_slow") while it is left alone with this."""
        return self._model.stream(request) if request.deadline is None else self._timed(request, request.deadline)

    async def _timed(self, request: ModelRequest, deadline: float) -> AsyncGenerator[ModelEvent, None]:
        clock = asyncio.get_running_loop().time
        breaker = self._breakers.setdefault(request.purpose, self._breaker())
        try:
            attempt = breaker.admit(clock())
        except ModelUnavailable as error:
            raise ModelUnavailable("too_slow", retry_after=error.retry_after) from None
        left = True
        try:
            async with aclosing(self._model.stream(request)) as events:
                async for event in events:
                    if isinstance(event, Finished):
                        breaker.succeeded(attempt)
                        left = False
                    yield event
        except ModelUnavailable:
            breaker.abandoned(attempt)
            left = False
            raise
        finally:
            if left and clock() >= deadline - _TICK:
                self._missed(breaker, attempt, request.purpose, clock())
            elif left:
                breaker.abandoned(attempt)

    def _missed(self, breaker: Breaker, attempt: int, purpose: Purpose, now: float) -> None:
        alone = breaker.failed(attempt, ModelUnavailable("deadline"), now)
        if alone is not None:
            log.warning(
                "The language model's answers come too late again and again (%s): not asked for them for %.0f s.",
                purpose,
                alone,
            )
