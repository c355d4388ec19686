"""A client of the assistant stream, for tests."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

Frame = dict[str, Any]
FINAL = {"stream_end", "error"}


class StreamClient:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.session_id = ""

    async def next(self) -> Frame:
        frame = json.loads(await self.socket.recv())
        assert isinstance(frame, dict)
        return frame

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def until_end(self) -> list[Frame]:
        """Frames up to the one that ends a turn (or refuses a frame)."""
        frames = [await self.next()]
        while frames[-1]["type"] not in FINAL:
            frames.append(await self.next())
        return frames

    async def ask(self, message: str, **more: Any) -> list[Frame]:
        await self.send(message=message, **more)
        return await self.until_end()


@asynccontextmanager
async def stream_client(url: str, path: str = "", **options: Any) -> AsyncGenerator[StreamClient, None]:
    """Connected, with the `connection` frame read."""
    address = url.replace("http://", "ws://") + "/api/v1/ws/chat" + path
    async with connect(address, proxy=None, max_size=None, **options) as socket:
        client = StreamClient(socket)
        hello = await client.next()
        assert hello["type"] == "connection", hello
        client.session_id = hello["session_id"]
        yield client


def kinds(frames: list[Frame]) -> list[str]:
    return [frame["type"] for frame in frames]


def text_of(frames: list[Frame]) -> str:
    return "".join(frame["content"] for frame in frames if frame["type"] == "token")


def refused(frame: Frame, error_type: str) -> None:
    assert frame["type"] == "error", frame
    assert frame["error_type"] == error_type
    assert frame["message"]
