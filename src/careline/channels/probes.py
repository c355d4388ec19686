"""Whether the server lives, and whether it can work."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from careline.channels.services import Services
from careline.channels.website_messages import Health, Readiness
from careline.channels.wire import json_response

log = logging.getLogger("careline.website")

CHECK_SECONDS = 5.0


class Probes:
    def __init__(self, services: Services) -> None:
        self._about = services.about
        self._checks = services.checks

    async def health(self, request: Request) -> Response:
        """`GET /health`: the process answers."""
        return json_response(Health("healthy", self._about.name, self._about.version))

    async def ready(self, request: Request) -> Response:
        """`GET /ready`: 503 while a part cannot be used."""
        names, checks = list(self._checks), list(self._checks.values())
        results = dict(zip(names, await asyncio.gather(*(_result(check) for check in checks)), strict=True))
        if all(result == "ok" for result in results.values()):
            return json_response(Readiness("ready", results))
        return json_response(Readiness("unavailable", results), 503, {"Retry-After": "5"})


async def _result(check: Callable[[], Awaitable[None]]) -> Literal["ok", "unavailable"]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:
        log.warning("not ready", extra={"error_type": type(error).__name__})
        return "unavailable"
    return "ok"
