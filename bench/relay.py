"""The least that a server between a model and a browser can do: the same client and decoder, and nothing stored.

    python -m bench.relay PORT BASE_URL MODEL

It is bare Starlette on the server software and with the options that Careline has.
"""

import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from careline.models.endpoint import Endpoint
from careline.models.openai import OpenAIModel
from careline.ports import ModelMessage, ModelRequest, TextDelta

CONNECTIONS = 4_096


class Piece(msgspec.Struct):
    """One frame, of either transport."""

    content: str
    is_final: bool = False
    type: str = "token"


END = Piece("", True, "stream_end")
_encode = msgspec.json.Encoder().encode


class Relay:
    """Passes the model's words on, one frame for each piece of text."""

    def __init__(self, url: str, model: str) -> None:
        self._model = OpenAIModel(Endpoint(url, None, connections=CONNECTIONS), model, hosted=False)

    async def stream(self, request: Request) -> StreamingResponse:
        said = msgspec.json.decode(await request.body())["content"]

        async def frames() -> AsyncGenerator[bytes, None]:
            async with aclosing(self._texts(said)) as texts:
                async for text in texts:
                    yield b"data: %b\n\n" % _encode(Piece(text))
            yield b"data: %b\n\n" % _encode(END)

        return StreamingResponse(frames(), media_type="text/event-stream")

    async def talk(self, socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text('{"type":"connection"}')
        said = msgspec.json.decode(await socket.receive_text())["message"]
        async with aclosing(self._texts(said)) as texts:
            async for text in texts:
                await socket.send_text(_encode(Piece(text)).decode())
        await socket.send_text(_encode(END).decode())
        await socket.receive()

    async def _texts(self, said: str) -> AsyncGenerator[str, None]:
        request = ModelRequest(messages=(ModelMessage("user", said),), purpose="answer")
        async with aclosing(self._model.stream(request)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    yield event.text


async def health(request: Request) -> JSONResponse:
    return JSONResponse({"status": "healthy"})


def main(port: int, url: str, model: str) -> None:
    relay = Relay(url, model)
    routes = [
        Route("/chat/stream", relay.stream, methods=["POST"]),
        WebSocketRoute("/api/v1/ws/chat", relay.talk),
        Route("/health", health),
    ]
    uvicorn.run(
        Starlette(routes=routes),
        port=port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        backlog=2_048,
        access_log=False,
        log_level="error",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
