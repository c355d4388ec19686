"""The health assistant's WebSocket channel: who may talk, in which session, and what each frame does."""

import logging
import re
from datetime import datetime

import msgspec
from starlette.websockets import WebSocket

from careline.auth.tokens import USER_ID, Granted, Unauthorized
from careline.channels.assistant_stream_connection import Connection, Following
from careline.channels.assistant_stream_frames import CancelledFrame, PongFrame, emergency_ahead
from careline.channels.assistant_stream_messages import (
    CHANNEL,
    CancelFrame,
    ClientFrame,
    MessageFrame,
    PingFrame,
    ResumeFrame,
    message_text,
)
from careline.channels.assistant_stream_notice import Notice
from careline.channels.errors import TooFast
from careline.channels.services import Services
from careline.domain.conversation import Incoming
from careline.domain.errors import CarelineError, NotFound
from careline.domain.lifecycle import FINAL_STATUSES
from careline.ports import Receipt, StoredTurn

log = logging.getLogger("careline.assistant_stream")
BEARER = "bearer"
_AUTHORIZATION = re.compile(r"Bearer ([!-~]+)", re.IGNORECASE)


class Talker(msgspec.Struct, frozen=True):
    """Who is at the other end: somebody anonymous, or a user until their token ends."""

    user_id: str = ""
    until: datetime | None = None

    def address(self, session_id: str) -> str:
        """The person's key: an anonymous session is a person of its own."""
        return f"user_{self.user_id}" if self.user_id else f"session_{session_id}"

    def thread(self, session_id: str) -> str | None:
        return session_id if self.user_id else None


class AssistantStream:
    """The two endpoints, and the farewell to all that are connected."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._open: set[Connection] = set()
        self._closing = False

    async def anonymous(self, socket: WebSocket) -> None:
        """`/api/v1/ws/chat`"""
        await self._talk(socket, Talker())

    async def user(self, socket: WebSocket) -> None:
        """`/api/v1/ws/chat/{user_id}`, for who has a token of that user: in the query, a header or a subprotocol."""
        try:
            granted = self._granted(socket)
        except Unauthorized as error:
            await Connection(socket, self._services).refuse(error, 4401)
            return
        await self._talk(socket, Talker(granted.user_id, granted.until))

    async def farewell(self) -> None:
        """Tells every client that the server restarts, and closes with 1012. Turns end or go on after the start."""
        self._closing = True
        for connection in list(self._open):
            connection.begin_farewell()
        for connection in list(self._open):
            await connection.gone()

    # --- inside ---

    async def _talk(self, socket: WebSocket, talker: Talker) -> None:
        connection = Connection(socket, self._services)
        if self._closing or not self._origin_allowed(socket):
            await connection.turn_away(restarting=self._closing)
            return
        session_id = self._services.signer.new_session(talker.user_id)
        self._open.add(connection)
        try:
            await connection.run(Session(self._services, talker, session_id, connection).handle, session_id)
        finally:
            self._open.discard(connection)

    def _granted(self, socket: WebSocket) -> Granted:
        user_id = socket.path_params["user_id"]
        granted = self._services.signer.check(_token(socket), self._services.clock.now())
        if not USER_ID.fullmatch(user_id) or granted.user_id != user_id:
            raise Unauthorized
        return granted

    def _origin_allowed(self, socket: WebSocket) -> bool:
        """Where origins are configured, a page of another one is refused; programs and this server's pages never."""
        allowed, origin = self._services.settings.allowed_origins, socket.headers.get("origin")
        if not allowed or "*" in allowed or origin is None or origin in allowed:
            return True
        return origin.partition("://")[2] == socket.headers.get("host")


class Session:
    """What the frames of one connection do. A frame may name an earlier session of the same talker and go on there."""

    def __init__(self, services: Services, talker: Talker, session_id: str, connection: Connection) -> None:
        self._engine = services.engine
        self._store = services.store
        self._signer = services.signer
        self._clock = services.clock
        self._longest = services.settings.max_content
        self._talker = talker
        self._session_id = session_id
        self._connection = connection

    async def handle(self, frame: ClientFrame) -> None:
        """Raises the error to tell the client, Unauthorized when the token has ended."""
        if isinstance(frame, MessageFrame):
            await self._message(frame)
            return
        self._check_token()
        match frame:
            case PingFrame():
                await self._connection.send(PongFrame(timestamp=self._clock.now()))
            case ResumeFrame():
                await self._resume(frame)
            case CancelFrame():
                await self._cancel(frame)

    def _check_token(self) -> None:
        if self._talker.until is not None and self._talker.until <= self._clock.now():
            raise Unauthorized("The token has ended.")

    async def _message(self, frame: MessageFrame) -> None:
        try:
            self._check_token()
            text, hints = message_text(frame, self._longest), frame.hints()
            session_id = self._continue(frame.session_id)
        except CarelineError:
            heard = self._engine.hear(Incoming(CHANNEL, "", frame.message[: self._longest]))
            await self._tell_ahead(self._connection.notice(heard.emergency))
            raise
        incoming = Incoming(
            channel=CHANNEL,
            address=self._talker.address(session_id),
            text=text,
            external_id=frame.client_message_id,
            hints=hints,
            thread=self._talker.thread(session_id),
        )
        receipt, notice = await self._send(incoming)
        log.info(
            "📩 Assistant message",
            extra={
                "turn_id": receipt.turn.id,
                "conversation_id": receipt.turn.conversation_id,
                "length": len(text),
                "duplicate": receipt.duplicate,
            },
        )
        self._connection.follow(Following(receipt.turn, session_id, notice=notice))

    async def _send(self, incoming: Incoming) -> tuple[Receipt, Notice]:
        """A message that is an emergency is told so even when it cannot be taken."""
        heard = self._engine.hear(incoming)
        notice = self._connection.notice(heard.emergency)
        try:
            if wait := self._connection.take():
                raise TooFast(wait)
            return await self._engine.send(incoming, heard), notice
        except CarelineError:
            await self._tell_ahead(notice)
            raise

    async def _tell_ahead(self, notice: Notice) -> None:
        if emergency := notice.take():
            await self._connection.send(emergency_ahead(emergency, self._clock.now()))

    async def _resume(self, frame: ResumeFrame) -> None:
        session_id = self._continue(frame.session_id)
        if wait := self._connection.take():
            raise TooFast(wait)
        stored = await self._turn(session_id, frame.turn_id)
        self._connection.follow(Following(stored.turn, session_id, frame.after, erased=stored.erased))

    async def _cancel(self, frame: CancelFrame) -> None:
        stored = await self._turn(self._continue(frame.session_id), frame.turn_id)
        open_ = stored.turn.status not in FINAL_STATUSES
        cancelled = open_ and await self._engine.cancel(stored.turn.id)
        await self._connection.send(CancelledFrame(timestamp=self._clock.now(), cancelled=cancelled))

    def _continue(self, named: str | None) -> str:
        """The session a frame is for, from now on also of frames that name none. Raises NotFound."""
        if named:
            if not self._signer.owns_session(self._talker.user_id, named.lower()):
                raise NotFound("There is no such session, or it is not yours.")
            self._session_id = named.lower()
        return self._session_id

    async def _turn(self, session_id: str, turn_id: str | None) -> StoredTurn:
        """The turn of this id, or the session's latest. Raises NotFound, also for a turn of somebody else."""
        address = self._talker.address(session_id)
        if turn_id is None:
            latest = await self._store.latest_turn(CHANNEL, address, self._talker.thread(session_id))
            if latest is None:
                raise NotFound("This session has no message yet.")
            return latest
        person = await self._store.person(address)
        stored = await self._store.turn(turn_id)
        if person is None or stored.turn.person_id != person.id or stored.turn.channel != CHANNEL:
            raise NotFound
        return stored


def _token(socket: WebSocket) -> str:
    """The token the client shows; an Authorization header and a subprotocol keep it out of the logs of proxies."""
    header = _AUTHORIZATION.fullmatch(socket.headers.get("authorization", ""))
    if header:
        return header[1]
    offered = socket.scope.get("subprotocols", [])
    if len(offered) == 2 and offered[0].lower() == BEARER:
        return str(offered[1])
    return socket.query_params.get("token", "")
