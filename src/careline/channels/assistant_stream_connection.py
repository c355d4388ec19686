"""One WebSocket of the assistant stream: frames in, frames out, one turn after another, as fast as the client reads."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from careline.auth.tokens import Unauthorized
from careline.channels.assistant_stream_frames import (
    ConnectionFrame,
    ErrorFrame,
    ServerFrame,
    TurnFrames,
    emergency_ahead,
    error_frame,
    text_of,
)
from careline.channels.assistant_stream_messages import ClientFrame, read_frame
from careline.channels.assistant_stream_notice import Notice
from careline.channels.assistant_stream_rate import TokenBucket
from careline.channels.errors import FieldInvalid, TooFast, answer_to
from careline.channels.patience import within
from careline.channels.services import Services
from careline.domain.conversation import Turn
from careline.domain.errors import CarelineError
from careline.domain.events import Emergency

log = logging.getLogger("careline.assistant_stream")

RESTARTING, TOO_BIG, SIGN_IN, GONE = 1012, 1009, 4401, 1011
FAREWELL_SECONDS = 2.0
WAITING_TURNS = 16
"""Turns one connection may wait for at once."""
FRAMES_AT_ONCE, FRAMES_PER_SECOND = 200, 50
"""Beyond this a connection is read more slowly, whatever its frames are."""

Work = Callable[[ClientFrame], Awaitable[None]]


class Following(msgspec.Struct, frozen=True):
    """A turn whose frames after `after` the client is to get: of an `erased` one only its end.

    `notice` may have told of its emergency already.
    """

    turn: Turn
    session_id: str
    after: int = 0
    notice: Notice | None = None
    erased: bool = False


class Connection:
    """Two tasks: one reads frames and never waits for a turn, one sends the frames of turns in their order."""

    def __init__(self, socket: WebSocket, services: Services) -> None:
        self._socket = socket
        self._engine = services.engine
        self._clock = services.clock
        self._settings = services.settings
        now = asyncio.get_running_loop().time()
        per_minute = services.settings.messages_per_minute
        self._messages = TokenBucket(max(1, per_minute / 3), per_minute / 60, now)
        self._frames = TokenBucket(FRAMES_AT_ONCE, FRAMES_PER_SECOND, now)
        self._turns: asyncio.Queue[Following] = asyncio.Queue(WAITING_TURNS)
        self._farewell: asyncio.Task[None] | None = None
        self._ahead: set[asyncio.Task[None]] = set()
        self._in_order = asyncio.Lock()  # who waits for a slow client first is also the first to send

    # --- what the channel calls ---

    async def run(self, handle: Work, session_id: str) -> None:
        """Talks until either side has had enough."""
        await self._accept()
        hello = ConnectionFrame(timestamp=self._clock.now(), status="connected", session_id=session_id)
        try:
            async with asyncio.TaskGroup() as tasks:
                await self.send(hello)
                sending = tasks.create_task(self._send_turns())
                await self._read(handle)
                sending.cancel()
        except* WebSocketDisconnect:
            await self._close(GONE)

    async def refuse(self, error: CarelineError, code: int) -> None:
        """Says why, and closes: a browser shows a page nothing of a handshake that was refused."""
        await self._accept()
        await self._say_and_close(error_frame(error, self._clock.now()), code)

    async def turn_away(self, *, restarting: bool) -> None:
        """Closes what may not begin: the server is about to restart, or the page is of an origin not allowed."""
        if not restarting:
            await self._socket.close()  # before it was accepted: 403
            return
        await self._accept()
        await self._say_and_close(self._restarting(), RESTARTING)

    async def send(self, frame: ServerFrame) -> None:
        """Waits for the client. Raises WebSocketDisconnect when it is gone or takes too long; its turn goes on then."""
        if self._socket.application_state is not WebSocketState.CONNECTED:
            raise WebSocketDisconnect(GONE)
        try:
            await within(self._settings.patience_seconds, self._send_in_order(text_of(frame)))
        except TimeoutError:
            raise WebSocketDisconnect(GONE) from None

    def follow(self, following: Following) -> None:
        """Its frames come after those of turns that were asked for before. Raises TooFast when too many wait."""
        try:
            self._turns.put_nowait(following)
        except asyncio.QueueFull:
            raise TooFast(1.0) from None

    def notice(self, emergency: Emergency | None) -> Notice:
        """Sees to it that the client soon hears of a message's emergency, whatever becomes of the message."""
        return Notice(emergency, self._show_late)

    def take(self) -> float:
        """Counts a message: 0, or the seconds until there may be one more. What `follow` could not take is not one:
        it would be stored and answered, and the client told that it was refused."""
        if self._turns.full():
            return 1.0
        return self._messages.take(asyncio.get_running_loop().time())

    def begin_farewell(self) -> None:
        self._farewell = asyncio.create_task(self._say_and_close(self._restarting(), RESTARTING))

    async def gone(self) -> None:
        if self._farewell is not None:
            await asyncio.wait([self._farewell], timeout=FAREWELL_SECONDS)

    # --- inside ---

    async def _send_in_order(self, text: str) -> None:
        async with self._in_order:
            await self._socket.send_text(text)

    async def _accept(self) -> None:
        offered = self._socket.scope.get("subprotocols", [])
        await self._socket.accept(subprotocol=offered[0] if offered and offered[0].lower() == "bearer" else None)

    async def _read(self, handle: Work) -> None:
        while (message := await self._socket.receive())["type"] == "websocket.receive":
            text = message.get("text")
            if len(text or message.get("bytes") or "") > self._settings.max_body:
                await self._close(TOO_BIG)
                return
            if not await self._answer(text, handle):
                return
            if wait := self._frames.take(asyncio.get_running_loop().time()):
                await asyncio.sleep(wait)

    async def _answer(self, text: str | None, handle: Work) -> bool:
        """Whether the connection goes on. What is wrong with a frame is told and ends nothing."""
        try:
            if text is None:
                raise FieldInvalid("body", "A frame must be text.")
            await handle(read_frame(text))
        except Unauthorized as error:
            await self._say_and_close(error_frame(error, self._clock.now()), SIGN_IN)
            return False
        except WebSocketDisconnect:
            raise
        except Exception as error:
            self._log(error)
            await self.send(error_frame(error, self._clock.now()))
        return True

    async def _send_turns(self) -> None:
        while True:
            following = await self._turns.get()
            try:
                await self._send_turn(following)
            except CarelineError as error:
                self._log(error)
                frame = error_frame(error, self._clock.now())
                about = {"session_id": following.session_id, "turn_id": following.turn.id}
                await self.send(msgspec.structs.replace(frame, **about))

    async def _send_turn(self, following: Following) -> None:
        is_new = following.notice.new if following.notice is not None else _always
        frames = TurnFrames(following.turn, following.session_id, following.after, is_new)
        if not following.erased:
            await self._send_events(following.turn.id, frames)
        if not frames.finished:
            for frame in frames.lost(self._clock.now()):
                await self.send(frame)

    async def _send_events(self, turn_id: str, frames: TurnFrames) -> None:
        async with aclosing(self._engine.follow(turn_id, 0, self._settings.heartbeat_seconds)) as events:
            async for published in events:
                if published is not None:
                    for frame in frames.feed(published, self._clock.now()):
                        await self.send(frame)

    def _show_late(self, notice: Notice) -> None:
        task = asyncio.create_task(self._send_ahead(notice))
        self._ahead.add(task)
        task.add_done_callback(self._ahead.discard)

    async def _send_ahead(self, notice: Notice) -> None:
        emergency = notice.take()
        if emergency is None:
            return
        try:
            await self.send(emergency_ahead(emergency, self._clock.now()))
        except WebSocketDisconnect:
            log.debug("client went away")

    async def _say_and_close(self, frame: ServerFrame, code: int) -> None:
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._socket.send_text(text_of(frame))
                await self._socket.close(code)
        except (WebSocketDisconnect, TimeoutError, RuntimeError):
            log.debug("client went away")

    async def _close(self, code: int) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            try:
                async with asyncio.timeout(FAREWELL_SECONDS):
                    await self._socket.close(code)
            except (WebSocketDisconnect, TimeoutError, RuntimeError):
                log.debug("client went away")

    def _restarting(self) -> ErrorFrame:
        message = "The server restarts. Please connect again in a moment."
        return ErrorFrame(timestamp=self._clock.now(), error_type="server_restarting", message=message)

    def _log(self, error: Exception) -> None:
        if answer_to(error).status >= 500:
            expected = isinstance(error, CarelineError)
            log.error("❌ Error", exc_info=None if expected else error, extra={"error_type": type(error).__name__})


def _always(_: Emergency) -> bool:
    return True
