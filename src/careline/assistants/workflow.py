"""The health assistant: triage, diagnostic and treatment, one after the other, in the statuses of its stream."""

from collections.abc import AsyncGenerator, Iterator

from careline.assistants import workflow_course as course
from careline.assistants.wording import pieces
from careline.assistants.workflow_hearing import Ear
from careline.assistants.workflow_turn import HealthTurn
from careline.domain.events import Handoff, Status, Token
from careline.ports import AssistantEvent, Retriever, TurnContext
from careline.safety.numbers import Numbers

NAME = "health_assistant"
AGENTS = ("triage", "diagnostic", "treatment")


class HealthAssistant:
    """See `careline.ports.Assistant`. Holds no conversation, so one serves all of them."""

    def __init__(self, ear: Ear, retriever: Retriever, numbers: Numbers) -> None:
        self.ear = ear
        self.retriever = retriever
        self.numbers = numbers

    @property
    def name(self) -> str:
        return NAME

    @property
    def version(self) -> str:
        return f"{self.ear.pack.head.name} {self.ear.pack.head.version}"

    async def answer(self, context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        """The turn's events. What raises is a fault of the program."""
        yield Status("validating")
        yield Status("checking_emergency")
        turn = HealthTurn(self.ear, self.retriever, self.numbers, context)
        yield Status("processing")
        if turn.after_emergency() or turn.smalltalk():
            pass
        elif turn.answer_medicine():
            yield Status("retrieving_context")
        elif not turn.with_agents and not turn.heard.assessment.alarm:
            yield Status("retrieving_context")
            await turn.answer_briefly()
        elif course.take_in(self.ear, turn.state, turn.heard):
            async for status in self._run(turn):
                yield status
        else:
            yield Status("retrieving_context")
            await turn.answer_question()
        yield Status("generating_response")
        for event in told(turn, self.version):
            yield event

    async def _run(self, turn: HealthTurn) -> AsyncGenerator[Status, None]:
        yield Status("running_triage", {"current_agent": "triage"})
        turn.completed.append("triage")
        if turn.triage():
            return
        yield Status("retrieving_context")
        await turn.retrieve()
        yield Status("running_diagnostic", {"current_agent": "diagnostic"})
        turn.diagnose()
        yield Status("running_treatment", {"current_agent": "treatment"})
        turn.treat()


def told(turn: HealthTurn, version: str) -> Iterator[AssistantEvent]:
    """What a turn says and comes to."""
    if turn.emergency is not None:
        yield turn.emergency
    yield from turn.reply.citations
    yield from (Token(piece) for piece in pieces(turn.text()))
    if turn.handoff:
        yield Handoff("asked")
    yield turn.outcome(version)
