"""An ADK session for one turn, made of what Careline has stored: so any process can answer the next message."""

import json
from collections.abc import Iterable
from typing import Any

from google.adk.events import Event
from google.adk.sessions import BaseSessionService, Session
from google.adk.sessions.base_session_service import GetSessionConfig, ListSessionsResponse
from google.genai import types

from careline.assistants.free_history import Memory, recent
from careline.domain.errors import StoreUnavailable
from careline.ports import History, ModelMessage, TurnContext

_NOT_KEPT = ("temp:", "app:")


class TurnSessions(BaseSessionService):
    """Keeps a session only while its turn runs: `forget` it then. Nothing is copied, so what a run adds is seen."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    async def create_session(
        self, *, app_name: str, user_id: str, state: dict[str, Any] | None = None, session_id: str | None = None
    ) -> Session:
        session = Session(id=session_id or "", app_name=app_name, user_id=user_id, state=dict(state or {}))
        self._sessions[session.id] = session
        return session

    async def get_session(
        self, *, app_name: str, user_id: str, session_id: str, config: GetSessionConfig | None = None
    ) -> Session | None:
        return self._sessions.get(session_id)

    async def list_sessions(self, *, app_name: str, user_id: str | None = None) -> ListSessionsResponse:
        return ListSessionsResponse(sessions=[])

    async def delete_session(self, *, app_name: str, user_id: str, session_id: str) -> None:
        self.forget(session_id)

    def forget(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)

    @property
    def open(self) -> int:
        """How many turns are running."""
        return len(self._sessions)


async def said_before(history: History, context: TurnContext) -> list[ModelMessage]:
    """The last exchanges that have room in a prompt; none while the database is away."""
    try:
        return (await recent(history, context, Memory())).shown
    except StoreUnavailable:
        return []


def events_of(said: Iterable[ModelMessage], root: str, speaker: str | None) -> list[Event]:
    """The exchanges as ADK's events. `speaker` is the agent that spoke last: ADK lets it go on."""
    events = []
    for n, message in enumerate(said):
        person = message.role == "user"
        content = types.Content(role="user" if person else "model", parts=[types.Part(text=message.content)])
        events.append(Event(author="user" if person else root, content=content, invocation_id=f"before-{n}"))
    for event in reversed(events):
        if event.author != "user":
            event.author = speaker or root
            break
    return events


def kept(state: dict[str, Any]) -> dict[str, Any]:
    """What of a session's state is stored with the conversation: plain JSON, neither `temp:` nor `app:` keys."""
    found = {}
    for key, value in state.items():
        if not key.startswith(_NOT_KEPT):
            try:
                found[key] = json.loads(json.dumps(value, allow_nan=False))
            except (TypeError, ValueError, RecursionError):
                continue
    return found
