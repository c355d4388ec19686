"""The website channel: visitors chat by JSON or stream, resume, look back, and take messages back."""

import hashlib
import logging
from datetime import datetime, timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from careline.channels.device import Device, device_of, introduce, known_device
from careline.channels.errors import FieldInvalid, NotTaken, TurnCancelled, notice_of
from careline.channels.services import Services
from careline.channels.website_frames import Cursor, read_cursor
from careline.channels.website_messages import (
    CancelReply,
    CancelRequest,
    ChatReply,
    HistoryMessage,
    HistoryPage,
    SessionState,
    TurnState,
    cancel_decoder,
    chat_decoder,
    incoming,
    session_decoder,
)
from careline.channels.website_stream import EventStream
from careline.channels.wire import decode, json_response, read_json_body
from careline.domain.conversation import Conversation, Incoming, Message
from careline.domain.errors import CarelineError, NotFound
from careline.domain.lifecycle import FINAL_STATUSES
from careline.engine.hearing import Heard
from careline.engine.reply import Reply
from careline.ports import Receipt, StoredTurn

log = logging.getLogger("careline.website")

CHANNEL = "website"
HISTORY_LIMIT = 50
MAX_HISTORY_LIMIT = 100


class Website:
    """The endpoints of the chat, each a Starlette request handler."""

    def __init__(self, services: Services) -> None:
        self._engine = services.engine
        self._store = services.store
        self._about = services.about
        self._settings = services.settings
        self._clock = services.clock

    async def chat(self, request: Request) -> Response:
        """`POST /chat/`: the whole reply as JSON."""
        device, receipt = await self._accept(request, "📩 Chat message")
        reply = await self._engine.wait(receipt.turn.id)
        if reply.status == "cancelled":
            raise TurnCancelled
        return self._introduced(request, json_response(_chat_reply(reply), headers=_turn_header(reply.turn_id)), device)

    async def stream(self, request: Request) -> Response:
        """`POST /chat/stream` sends a message and streams its reply; `GET /chat/stream` follows or resumes one."""
        if request.method == "POST":
            device, receipt = await self._accept(request, "📩 Chat streaming message")
            sse = "text/event-stream" in request.headers.get("accept", "").lower()
            return self._introduced(request, self._follow(request, Cursor(receipt.turn.id), sse=sse), device)
        cursor = await self._to_follow(request)
        if cursor is None or cursor.final:
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        return self._follow(request, cursor, sse=True)

    async def history(self, request: Request) -> Response:
        """`GET /chat/history`: a page of the device's messages."""
        limit, before = _history_limit(request), _history_before(request)
        device = self._known(request)
        person = await self._store.person(device.address) if device else None
        if person is None:
            return json_response(HistoryPage([], None))
        page = await self._store.history(person.id, before, limit)
        return json_response(HistoryPage([_history_message(message) for message in reversed(page.items)], page.next))

    async def session(self, request: Request) -> Response:
        """`GET /chat/session` shows the device's session, `PATCH` sets its time to live."""
        device = self._known(request)
        if request.method == "PATCH":
            change = decode(await read_json_body(request, self._settings.max_body), session_decoder)
            session = await self._open_session(device)
            if session is None:
                raise NotFound("This device has no session yet.")
            await self._store.set_session_ttl(session.id, change.session_ttl)
        return json_response(await self._session_state(device))

    async def cancel(self, request: Request) -> Response:
        """`POST /chat/cancel`: takes back the message that is being answered."""
        wanted = await self._cancel_request(request)
        device = self._known(request)
        turn = await self._own_turn(device, wanted.turn_id) if device else None
        if turn is None or turn.turn.status in FINAL_STATUSES:
            return json_response(CancelReply(False))
        return json_response(CancelReply(await self._engine.cancel(turn.turn.id)))

    async def about(self, request: Request) -> Response:
        """`GET /chat/about`: who answers here."""
        return json_response(self._about, headers={"Cache-Control": "no-cache"})

    # --- inside ---

    def _known(self, request: Request) -> Device | None:
        return known_device(request, self._settings.default_device_id)

    def _introduced(self, request: Request, response: Response, device: Device) -> Response:
        return introduce(response, device, secure=request.scope["scheme"] == "https")

    async def _accept(self, request: Request, event: str) -> tuple[Device, Receipt]:
        device = device_of(request, self._settings.default_device_id)
        chat = decode(await read_json_body(request, self._settings.max_body), chat_decoder)
        header_id = request.headers.get("idempotency-key")
        try:
            message = incoming(chat, device.address, header_id, self._settings.max_content)
        except FieldInvalid as error:
            text = chat.content[: self._settings.max_content]
            raise _refusal(error, self._engine.hear(Incoming(CHANNEL, device.address, text))) from None
        receipt = await self._send(message)
        log.info(
            event,
            extra={
                "turn_id": receipt.turn.id,
                "conversation_id": receipt.turn.conversation_id,
                "visitor_hash": hashlib.blake2s(device.address.encode(), digest_size=4).hexdigest(),
                "length": len(message.text),
                "attachments": len(message.attachments),
                "duplicate": receipt.duplicate,
            },
        )
        return device, receipt

    async def _send(self, message: Incoming) -> Receipt:
        """Raises NotTaken instead of why it was refused when the message is an emergency."""
        heard = self._engine.hear(message)
        try:
            return await self._engine.send(message, heard)
        except CarelineError as error:
            raise _refusal(error, heard) from None

    def _follow(self, request: Request, cursor: Cursor, *, sse: bool) -> EventStream:
        events = self._engine.follow(cursor.turn_id, 0, self._settings.heartbeat_seconds)
        media_type = "text/event-stream" if sse else "text/plain; charset=utf-8"
        return EventStream(request, events, cursor, self._clock, media_type, _turn_header(cursor.turn_id))

    async def _to_follow(self, request: Request) -> Cursor | None:
        """What a GET follows: its cursor's turn if that is the device's own, else the device's latest."""
        device = self._known(request)
        if device is None:
            return None
        token = request.headers.get("last-event-id") or request.query_params.get("last_event_id") or ""
        cursor = read_cursor(token)
        stored = await self._own_turn(device, cursor.turn_id) if cursor is not None else None
        if cursor is not None and stored is not None:
            return None if stored.erased else cursor
        latest = await self._store.latest_turn(CHANNEL, device.address)
        return Cursor(latest.turn.id) if latest and not latest.erased else None

    async def _own_turn(self, device: Device, turn_id: str | None) -> StoredTurn | None:
        """The turn of this id (None: the latest) if it is this device's."""
        if turn_id is None:
            return await self._store.latest_turn(CHANNEL, device.address)
        person = await self._store.person(device.address)
        try:
            stored = await self._store.turn(turn_id)
        except NotFound:
            return None
        return stored if person is not None and stored.turn.person_id == person.id else None

    async def _cancel_request(self, request: Request) -> CancelRequest:
        if request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers:
            return CancelRequest()
        wanted = decode(await read_json_body(request, self._settings.max_body), cancel_decoder)
        return CancelRequest(wanted.turn_id and _uuid("turn_id", wanted.turn_id))

    async def _session_state(self, device: Device | None) -> SessionState:
        session = await self._open_session(device)
        if device is None or session is None:
            return SessionState(None, None, self._settings.session_ttl, None, False, None)
        latest = await self._store.latest_turn(CHANNEL, device.address)
        turn = TurnState(latest.turn.id, latest.turn.status) if latest else None
        until = _until(session)
        return SessionState(session.agent, session.locked_at, session.session_ttl, until, session.waiting, turn)

    async def _open_session(self, device: Device | None) -> Conversation | None:
        """The device's session; one that has expired is none, also while nobody has cleaned it up."""
        session = await self._store.session(CHANNEL, device.address) if device else None
        return session if session is not None and _until(session) > self._clock.now() else None


def _until(session: Conversation) -> datetime:
    return session.locked_at + timedelta(seconds=session.session_ttl)


def _refusal(error: CarelineError, heard: Heard) -> CarelineError:
    """The error itself, or with what to do when the message that was refused is an emergency."""
    return error if heard.emergency is None else NotTaken(error, heard.emergency)


def _turn_header(turn_id: str) -> dict[str, str]:
    return {"X-Turn-ID": turn_id}


def _chat_reply(reply: Reply) -> ChatReply:
    notice = notice_of(reply.emergency) if reply.emergency else None
    return ChatReply(reply.text or "", reply.turn_id, reply.choices, notice, reply.error_type)


def _history_message(message: Message) -> HistoryMessage:
    return HistoryMessage(
        id=message.id,
        turn_id=message.turn_id,
        direction=message.direction,
        content=message.body,
        timestamp=message.created_at,
        media_urls=[each.url for each in message.attachments if each.kind == "image"],
        audio_urls=[each.url for each in message.attachments if each.kind == "audio"],
        audio_transcripts=[each.transcript for each in message.attachments if each.kind == "audio"],
        choices=message.choices,
    )


def _history_limit(request: Request) -> int:
    text = request.query_params.get("limit", str(HISTORY_LIMIT))
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and 1 <= int(text) <= MAX_HISTORY_LIMIT):
        raise FieldInvalid("limit", f"limit: must be a whole number from 1 to {MAX_HISTORY_LIMIT}.")
    return int(text)


def _history_before(request: Request) -> str | None:
    text = request.query_params.get("before")
    return None if text is None else _uuid("before", text)


def _uuid(field: str, text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise FieldInvalid(field, f"{field}: this is not an id of ours.") from None
