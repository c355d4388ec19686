"""A client that stops reading, as the application meets it: the server's `send` does not come back."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message

from careline.channels.services import ChannelSettings
from careline.channels.site import site
from careline.domain.effects import Outcome
from careline.domain.events import Token
from careline.ports import AssistantEvent, TurnContext
from tests.channels.site_server import SiteServer, services_of
from tests.channels.stream_client import FINAL, Frame, kinds, text_of
from tests.engine.conftest import World, world

WORDS = [f"word {number} " for number in range(40)]
SCOPE = {"type": "websocket", "path": "/api/v1/ws/chat", "headers": [], "query_string": b"", "subprotocols": []}


async def many_words(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
    for word in WORDS:
        yield Token(word)
    yield Outcome(state={})


class Client:
    """The server's side of one connection. It takes `takes` frames, then no more: whoever sends one waits for ever."""

    def __init__(self, app: ASGIApp, takes: int = 1_000_000) -> None:
        self.frames: list[Frame] = []
        self.closed: int | None = None
        self._takes = takes
        self._coming: asyncio.Queue[Message] = asyncio.Queue()
        self._coming.put_nowait({"type": "websocket.connect"})
        self._changed = asyncio.Condition()
        self.talk = asyncio.create_task(self._talk(app))

    async def _talk(self, app: ASGIApp) -> None:
        await app(dict(SCOPE), self._coming.get, self._send)

    def say(self, **frame: Any) -> None:
        self._coming.put_nowait({"type": "websocket.receive", "text": json.dumps(frame)})

    async def _send(self, message: Message) -> None:
        if message["type"] == "websocket.close":
            self.closed = message["code"]
        if message["type"] != "websocket.send":
            return
        if len(self.frames) == self._takes:
            await asyncio.Event().wait()
        async with self._changed:
            self.frames.append(json.loads(message["text"]))
            self._changed.notify_all()

    async def until_end(self) -> list[Frame]:
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self.frames) and self.frames[-1]["type"] in FINAL)
        return self.frames


def in_world(folder: Path, test: Callable[[World], Awaitable[None]]) -> None:
    async def main() -> None:
        async with world(folder) as opened, asyncio.timeout(30):
            await test(opened)

    asyncio.run(main())


def test_it_is_let_go_while_its_turn_ends_and_the_rest_can_be_had_later(tmp_path: Path) -> None:
    async def test(world: World) -> None:
        server = SiteServer(tmp_path, ChannelSettings(heartbeat_seconds=0.05, patience_seconds=0.05))
        server.process = world.process()
        server.process.assistant.scripts["tell me"] = many_words
        app = site(services_of(server))

        stuck = Client(app, takes=9)
        stuck.say(message="tell me")
        await stuck.talk
        assert stuck.closed == 1011
        assert len(stuck.frames) == 9

        session_id, start = stuck.frames[0]["session_id"], stuck.frames[1]
        reply = await server.process.engine.wait(start["metadata"]["turn_id"])
        assert (reply.status, reply.text) == ("completed", "".join(WORDS))

        back = Client(app)
        back.say(type="resume", session_id=session_id, after=stuck.frames[-1]["seq"])
        rest = (await back.until_end())[1:]
        assert text_of(stuck.frames) + text_of(rest) == "".join(WORDS)
        assert kinds(rest)[-1] == "stream_end"
        back.talk.cancel()

    in_world(tmp_path, test)


def test_others_are_served_meanwhile(tmp_path: Path) -> None:
    async def test(world: World) -> None:
        server = SiteServer(tmp_path, ChannelSettings(patience_seconds=3600))
        server.process = world.process()
        server.process.assistant.scripts["tell me"] = many_words
        app = site(services_of(server))
        stuck = [Client(app, takes=takes) for takes in range(12)]
        for client in stuck:
            client.say(message="tell me")
        other = Client(app)
        other.say(message="I can't breathe")
        content = [kind for kind in kinds(await other.until_end())[1:] if kind not in {"stream_start", "status"}]
        assert content == ["emergency", "token", "stream_end"]
        for client in (other, *stuck):
            client.talk.cancel()
        await asyncio.gather(other.talk, *(client.talk for client in stuck), return_exceptions=True)

    in_world(tmp_path, test)
