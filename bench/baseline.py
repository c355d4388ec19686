"""What the same server software does with no work to do: reads the JSON, answers JSON."""

import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def answer(request: Request) -> JSONResponse:
    said = json.loads(await request.body())
    return JSONResponse({"content": said["content"]})


async def health(request: Request) -> JSONResponse:
    return JSONResponse({"status": "healthy"})


app = Starlette(routes=[Route("/chat/", answer, methods=["POST"]), Route("/health", health)])
