"""A Google ADK agent as an agent of a pack: `pip install 'careline[adk]'`, see docs/assistants.md.

Not imported by anything of Careline: a pack's code does so.
"""

import logging
from collections.abc import AsyncGenerator, Collection, Iterator
from contextlib import aclosing
from typing import Any

try:
    import google.adk
except ImportError as error:
    raise ImportError("google-adk is not installed: pip install 'careline[adk]'", name=error.name) from error
import msgspec
from google.adk.agents import BaseAgent
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.apps import App
from google.adk.runners import Runner
from google.adk.sessions import Session
from google.adk.telemetry.context import ContentCapturingMode, TelemetryConfig
from google.genai import types

from careline.assistants.adk_events import Reading
from careline.assistants.adk_model import CarelineLlm
from careline.assistants.adk_rules import VERSION, CarelineRules
from careline.assistants.adk_session import TurnSessions, events_of, kept, said_before
from careline.assistants.adk_tools import careline_tools
from careline.assistants.adk_turn import TURN, AdkTurn
from careline.assistants.adk_warm import warm
from careline.assistants.calls import ModelCalls
from careline.assistants.flow import known_zone
from careline.assistants.free_images import MOST_IMAGES
from careline.assistants.free_marks import Marks
from careline.assistants.free_outcome import highest
from careline.assistants.free_texts import raised
from careline.assistants.free_tools import Toolbox
from careline.assistants.free_turns import HANDOFF
from careline.assistants.own_events import AgentFailed
from careline.domain.conversation import Attachment
from careline.domain.effects import AnyEffect, Outcome, RememberProfile
from careline.domain.errors import AttachmentUnavailable
from careline.domain.events import Handoff, Status
from careline.ports import AgentEvent, BeginFlow, Provided, TurnContext

__all__ = ["AdkAssistant", "CarelineLlm", "careline_tools"]

APP = "careline"
MOST_CALLS = 8
"""Calls of models in one turn."""


class AdkAssistant:
    """See `careline.ports.OwnAgent`. Runs `root`, an agent or an App, anew for each message.

    The session it runs in is rebuilt from what is stored; what the agents write into its state is kept with the
    conversation. Pictures are shown to the agents where Careline's model sees. `version` is kept with every turn;
    `speakers` are the agents whose words the person reads (None: all).
    """

    def __init__(
        self, provided: Provided, root: BaseAgent | App, *, version: str = "1", speakers: Collection[str] | None = None
    ) -> None:
        # Its log may repeat what people write, and names causes that the record of the turn names as well.
        logging.getLogger("google_adk").setLevel(logging.CRITICAL)
        warm()
        app = root if isinstance(root, App) else App(name=APP, root_agent=root)
        self._app = app.model_copy(update={"plugins": [*app.plugins, CarelineRules()]})
        seeing = provided.reader is not None and provided.model is not None and provided.model.vision
        self.sees = ("image",) if seeing else ()
        self._root = app.root_agent.name if app.root_agent is not None else app.name
        self._provided = provided
        self._version = version
        self._speakers = speakers
        self.sessions = TurnSessions()
        self._runner = Runner(app=self._app, session_service=self.sessions)

    @property
    def version(self) -> str:
        return f"{self._version} (google-adk {google.adk.__version__})"

    async def close(self) -> None:
        await self._runner.close()

    async def answer(self, context: TurnContext) -> AsyncGenerator[AgentEvent, None]:
        """The run's events as a turn's. Raises ModelUnavailable, AgentFailed and whatever the agents raise."""
        turn = self._turn(context)
        reading = Reading(turn.box.marks, turn.done, context.notes, self._speakers)
        pictures = self._pictures_of(context)
        if pictures:
            yield Status("fetching_images")
        said = [*await self._fetched(pictures), types.Part(text=_said(context, pictures))]
        session = await self._session(context)
        try:
            async with aclosing(self._run(context, turn, said)) as events:
                async for event in events:
                    for shown in reading.read(event):
                        yield shown
                    if turn.urgent is not None or turn.wish is not None:
                        break
                    for told in _told(turn, reading):
                        yield told
            for shown in reading.close():
                yield shown
        finally:
            self.sessions.forget(session.id)
        if turn.urgent is not None:
            yield self._provided.emergency(turn.urgent.level, turn.urgent.kind, context)
            return
        if turn.wish is not None:
            yield Handoff("asked") if turn.wish == HANDOFF else BeginFlow(turn.wish)
        yield self._outcome(turn, reading, session)

    def _pictures_of(self, context: TurnContext) -> list[Attachment]:
        """The images of the message, if the agents are to see them. Raises AgentFailed when there are too many."""
        images = [one for one in context.message.attachments if one.kind == "image"] if self.sees else []
        if len(images) > MOST_IMAGES:
            raise AgentFailed("too_many_images")
        return images

    async def _fetched(self, images: list[Attachment]) -> list[types.Part]:
        """All of them: nobody is to be answered as if one had been seen that was not. Raises AgentFailed."""
        if not images or self._provided.reader is None:
            return []
        try:
            files = [await self._provided.reader.read(one) for one in images]
        except AttachmentUnavailable as error:
            raise AgentFailed(error.reason) from None
        return [types.Part(inline_data=types.Blob(mime_type=one.media_type, data=one.data)) for one in files]

    async def _run(self, context: TurnContext, turn: AdkTurn, said: list[types.Part]) -> AsyncGenerator[Any, None]:
        """ADK's events. Closing this ends the run, its model's request with it."""
        run = self._runner.run_async(
            user_id=context.person.id,
            session_id=context.turn.id,
            new_message=types.Content(role="user", parts=said),
            run_config=RunConfig(
                streaming_mode=StreamingMode.SSE,
                max_llm_calls=MOST_CALLS,
                telemetry=TelemetryConfig(capture_message_content=ContentCapturingMode.NO_CONTENT),
            ),
        )
        async with aclosing(run) as events:
            while True:
                token = TURN.set(turn)
                try:
                    event = await anext(events)
                except StopAsyncIteration:
                    return
                finally:
                    TURN.reset(token)
                yield event

    async def _session(self, context: TurnContext) -> Session:
        stored = context.conversation.state
        state = stored.get("session")
        session = await self.sessions.create_session(
            app_name=self._app.name,
            user_id=context.person.id,
            session_id=context.turn.id,
            state=state if isinstance(state, dict) else {},
        )
        said = await said_before(self._provided.history, context)
        session.events += events_of(said, self._root, stored.get("speaker"))
        return session

    def _turn(self, context: TurnContext) -> AdkTurn:
        provided, conversation = self._provided, context.conversation
        language = (conversation.language or context.hints.locale or "en").split("-")[0].lower()
        zone = known_zone(conversation.time_zone) or known_zone(context.hints.time_zone) or provided.zone
        box = Toolbox(
            now=context.now,
            said=context.message.body,
            zone=zone,
            marks=Marks(),
            retriever=provided.retriever,
            scheduling=provided.scheduling,
            service=provided.service,
            show=lambda moment: provided.show(moment, zone, language),
            flows=provided.flows,
            facts=[],
            raised=[],
        )
        return AdkTurn(
            context=context,
            language=language,
            box=box,
            prompt=f"{VERSION}, {self._version}",
            calls=ModelCalls(provided.model, notes=context.notes) if provided.model is not None else None,
            level=highest(conversation.safety.get("level"), conversation.state.get("level")),
            done={},
        )

    def _outcome(self, turn: AdkTurn, reading: Reading, session: Session) -> Outcome:
        effects: tuple[AnyEffect, ...] = ()
        if turn.box.facts and turn.context.person.has_account:
            effects = (RememberProfile(tuple(turn.box.facts)),)
        state: dict[str, Any] = {"session": kept(session.state)}
        if reading.speaker is not None:
            state["speaker"] = reading.speaker
        if turn.level is not None:
            state["level"] = turn.level
        left_out = ({"adk": {"left_out": reading.left_out}},) if reading.left_out else ()
        outcome = Outcome(state=state, effects=effects, raw=(*reading.raw, *left_out))
        if turn.calls is not None and turn.calls.records:
            return turn.calls.explained(outcome)
        return msgspec.structs.replace(outcome, usage=dict(reading.usage))


def _told(turn: AdkTurn, reading: Reading) -> Iterator[AgentEvent]:
    """That it is more urgent than was known, in the program's own words, whatever the model makes of it."""
    if turn.raised is None or highest(turn.level, turn.raised) == turn.level:
        return
    turn.level = turn.raised
    if text := raised(turn.raised, turn.language):
        yield from reading.interpose(text)


def _said(context: TurnContext, shown: list[Attachment]) -> str:
    """The message; what else was attached than is shown is named, and a recording is in the words."""
    files = [one for one in context.message.attachments if one.transcript is None and one not in shown]
    attached = [f"[The person attached: {one.kind}. Staff will look at it.]" for one in files]
    return "\n".join(filter(None, [context.message.body, *attached])) or "[no words]"
