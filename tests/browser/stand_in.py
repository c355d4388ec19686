"""A server for the page that a test plays by hand: it decides when each frame comes and what goes wrong.

It speaks the website channel's wire and serves the real page with its real headers. Everything it is told takes effect
before the call returns, so that no test has to wait for time to pass.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from careline.channels.pages import Pages

T = TypeVar("T")
Json = dict[str, Any]
PATIENCE = 20.0
START = datetime.now(UTC).replace(microsecond=0)
ABOUT = {
    "name": "Anna",
    "clinic": "Istanbul Medic",
    "disclosure": {
        "en": "I am Anna, an AI assistant. I am not a person and not a doctor.",
        "tr": "Ben Anna, bir yapay zekâ asistanıyım. İnsan ya da doktor değilim.",
    },
    "languages": ["en", "tr"],
    "version": "test",
    "max_content": 4000,
}


class PlayedTurn:
    """One message and the reply the test makes for it."""

    def __init__(self, server: "StandIn", number: int, request: Json) -> None:
        self.id = f"turn-{number}"
        self.request = request
        self.status = "running"
        self.frames: list[Json] = []
        self._server = server

    @property
    def text(self) -> str:
        return str(self.request["content"])

    def say(self, *pieces: str, **more: Any) -> None:
        """Sends a frame for each piece."""
        for piece in pieces:
            self._server.call(self._publish({"content": piece, "is_final": False, **more}))

    def emergency(self, **notice: str) -> None:
        self.say("", emergency=notice)

    def finish(self, **more: Any) -> None:
        """Stores the reply and sends the final frame."""
        self._server.call(self._finish(more))

    def reply(self, text: str, **more: Any) -> None:
        self.say(text)
        self.finish(**more)

    async def _publish(self, frame: Json) -> None:
        self.frames.append({"timestamp": self._server.now(), **frame})
        await self._server.changed()

    async def _finish(self, more: Json) -> None:
        self.status = "completed"
        last = max((n for n, frame in enumerate(self.frames) if frame.get("restarted")), default=0)
        text = "".join(frame["content"] for frame in self.frames[last:])
        self._server.store(self.id, "outgoing", text, more.get("choices", []))
        await self._publish({"content": "", "is_final": True, "turn_id": self.id, **more})


class StandIn:
    """`with StandIn() as server:` listens on `server.url`. `posts` and `follows` are what the page asked for.

    `clock` is the time of the next message; it moves by a second with each.
    """

    def __init__(self) -> None:
        self.messages: list[Json] = []
        self.turns: list[PlayedTurn] = []
        self.posts: list[Json] = []
        self.follows: list[str | None] = []
        self.refusals: list[tuple[int, Json, dict[str, str]]] = []
        self.losses: list[str] = []
        self.cancelled: list[str] = []
        self.clock = START
        self._generation = 0
        self._taken = 0

    # --- what a test does ---

    def next_turn(self) -> PlayedTurn:
        """The next message the page sends, waiting for it."""
        self.call(self._until(lambda: len(self.turns) > self._taken))
        self._taken += 1
        return self.turns[self._taken - 1]

    def wait_for_follow(self, count: int = 1) -> None:
        self.call(self._until(lambda: len(self.follows) >= count))

    def wait_for_posts(self, count: int) -> None:
        self.call(self._until(lambda: len(self.posts) >= count))

    def wait_for_cancel(self) -> None:
        self.call(self._until(lambda: bool(self.cancelled)))

    def refuse_next(self, status: int, detail: str | None = None, **headers: str) -> None:
        """The next message is refused."""
        problem = {} if detail is None else {"error_type": "test", "detail": detail, "message": detail}
        self.refusals.append((status, problem, headers))

    def refuse_next_emergency(self, status: int, **notice: str) -> None:
        """The next message is refused, for a minute if ever, though it is an emergency."""
        said = notice["message"]
        problem = {"error_type": "test", "detail": said, "message": said, "emergency": notice}
        self.refusals.append((status, problem, {"Retry-After": "60"}))

    def lose_next(self, where: str) -> None:
        """The next message is lost: `before` it is stored, or `after` it, with nothing answered."""
        self.losses.append(where)

    def hang_up(self) -> None:
        """Cuts every open stream in the middle. The turns go on."""
        self.call(self._hang_up())

    def remember(self, count: int, choices: list[Json] | None = None) -> None:
        """So many older exchanges, minutes apart."""
        for number in range(1, count + 1):
            self.store(f"old-{number}", "incoming", f"question {number}", [])
            self.store(f"old-{number}", "outgoing", f"answer {number}", (choices or []) if number == count else [])

    # --- the machinery ---

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def now(self) -> str:
        self.clock += timedelta(seconds=1)
        return self.clock.isoformat().replace("+00:00", "Z")

    def store(self, turn_id: str, direction: str, content: str, choices: list[Json]) -> None:
        message: Json = {"id": f"message-{len(self.messages):05}", "turn_id": turn_id, "direction": direction}
        message |= {"content": content, "timestamp": self.now(), "media_urls": [], "audio_urls": []}
        self.messages.append(message | {"choices": choices})

    async def changed(self) -> None:
        async with self._condition:
            self._condition.notify_all()

    async def _until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self._condition:
            await self._condition.wait_for(true)

    async def _hang_up(self) -> None:
        self._generation += 1
        await self.changed()

    async def _post(self, request: Request) -> Response:
        body = await request.json()
        self.posts.append(body)
        try:
            return self._answer(body)
        finally:
            await self.changed()

    def _answer(self, body: Json) -> Response:
        loss = self.losses.pop(0) if self.losses else None
        if loss == "before":
            return CutOff()
        if self.refusals:
            status, problem, headers = self.refusals.pop(0)
            return JSONResponse(problem, status, headers)
        turn = next((t for t in self.turns if t.request["client_message_id"] == body["client_message_id"]), None)
        if turn is None:
            turn = PlayedTurn(self, len(self.turns) + 1, body)
            self.turns.append(turn)
            self.store(turn.id, "incoming", turn.text, [])
        return CutOff() if loss else self._stream(turn, 0)

    async def _follow(self, request: Request) -> Response:
        token = request.headers.get("last-event-id")
        self.follows.append(token)
        await self.changed()
        if token is not None:
            turn_id, _, seq = token.partition(":")
            turn = next(turn for turn in self.turns if turn.id == turn_id)
            return self._stream(turn, int(seq))
        return self._stream(self.turns[-1], 0) if self.turns else Response(status_code=204)

    def _stream(self, turn: PlayedTurn, seq: int) -> Response:
        if turn.status == "completed" and seq == len(turn.frames):
            return Response(status_code=204)
        return CutOff(self._bytes(turn, seq), {"X-Turn-ID": turn.id})

    async def _bytes(self, turn: PlayedTurn, seq: int) -> AsyncIterator[bytes]:
        generation = self._generation
        yield b": open\n\n"
        while True:
            for frame in turn.frames[seq:]:
                seq += 1
                yield f"id: {turn.id}:{seq}\ndata: {json.dumps(frame, ensure_ascii=False)}\n\n".encode()
                if frame["is_final"]:
                    return
            async with self._condition:
                while self._generation == generation and len(turn.frames) == seq:
                    await self._condition.wait()
            if self._generation > generation:
                raise ConnectionResetError

    async def _history(self, request: Request) -> Response:
        before = request.query_params.get("before")
        older = [message for message in self.messages if before is None or message["id"] < before]
        page = older[-int(request.query_params["limit"]) :]
        return JSONResponse({"messages": page, "next": page[0]["id"] if len(page) < len(older) else None})

    async def _session(self, _: Request) -> Response:
        turn = {"id": self.turns[-1].id, "status": self.turns[-1].status} if self.turns else None
        return JSONResponse({"active_agent": None, "waiting_for_person": False, "turn": turn})

    async def _cancel(self, request: Request) -> Response:
        self.cancelled.append((await request.json())["turn_id"])
        await self.changed()
        return JSONResponse({"cancelled": True})

    async def _about(self, _: Request) -> Response:
        return JSONResponse(ABOUT)

    def _app(self) -> Starlette:
        pages = Pages()
        return Starlette(
            routes=[
                Route("/", pages.chat),
                Route("/static/{name}", pages.static),
                Route("/chat/about", self._about),
                Route("/chat/history", self._history),
                Route("/chat/session", self._session),
                Route("/chat/cancel", self._cancel, methods=["POST"]),
                Route("/chat/stream", self._post, methods=["POST"]),
                Route("/chat/stream", self._follow),
            ]
        )

    def __enter__(self) -> Self:
        config = uvicorn.Config(self._app(), port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)))
        self._thread.start()
        assert started.wait(PATIENCE)
        return self

    async def _serve(self, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._condition = asyncio.Condition()
        startup = self._server.startup

        async def startup_and_say(sockets: Any = None) -> None:
            await startup(sockets)
            self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}/"
            started.set()

        self._server.startup = startup_and_say  # type: ignore[method-assign]
        await self._server.serve()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.hang_up()
        self._server.should_exit = True
        self._thread.join(PATIENCE)


class CutOff(Response):
    """Streams what there is, and lets the connection break where the source raises (or at once)."""

    def __init__(self, source: AsyncIterator[bytes] | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(None, 200, headers, "text/event-stream")
        del self.headers["content-length"]
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._source is None:
            raise ConnectionResetError
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for data in self._source:
            await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
