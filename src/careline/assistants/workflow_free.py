"""The health assistant beside free conversation.

How urgent it is, what is asked, self-care, medicines and warnings stay its own. A model words what is commonly behind a
complaint, and answers questions, from the articles.
"""

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import Any

import msgspec

from careline.assistants import workflow_agents as agents
from careline.assistants import workflow_course as course
from careline.assistants.free_prompt import Persona
from careline.assistants.free_turns import Left, Part
from careline.assistants.workflow import HealthAssistant, told
from careline.assistants.workflow_reply import Reply
from careline.assistants.workflow_turn import GOOD_ENOUGH, HealthTurn
from careline.dialogue.triage_medicines import medicines_in, warnings
from careline.dialogue.triage_pack import HealthPack, Source
from careline.dialogue.triage_state import highest
from careline.domain.effects import Outcome
from careline.domain.events import Citation, Status
from careline.ports import AssistantEvent, Passage, TurnContext
from careline.safety.rules import Level

MOST_PASSAGES = 4
EXPLAIN = (
    "in two to four sentences, say what is commonly behind this complaint ({complaint}), from the passages, in words "
    "that fit what the person told. How urgent it is has been said, and what to do is said after you: repeat neither, "
    "and name no medicine."
)


class FreeHealth:
    """See `careline.assistants.free_turns.Begins`."""

    def __init__(self, health: HealthAssistant) -> None:
        self._health = health

    @property
    def name(self) -> str:
        return self._health.name

    @property
    def version(self) -> str:
        return self._health.version

    def begin(self, context: TurnContext) -> "FreeHealthTurn":
        return FreeHealthTurn(self._health, context)


class FreeHealthTurn:
    """See `careline.assistants.free_turns.Turn`. No flows: the one wish is a person."""

    def __init__(self, health: HealthAssistant, context: TurnContext) -> None:
        self._health = health
        self._context = context
        self._turn: HealthTurn  # `left` comes first
        self._statuses: list[Status] = [Status("validating"), Status("checking_emergency")]
        self._explains = False

    async def left(self) -> Left | None:
        health = self._health
        turn = self._turn = HealthTurn(health.ear, health.retriever, health.numbers, self._context)
        self._statuses.append(Status("processing"))
        if turn.after_emergency() or turn.smalltalk():
            return None
        if turn.answer_medicine():
            self._statuses.append(Status("retrieving_context"))
            return None
        if not turn.with_agents and not turn.heard.assessment.alarm:
            self._statuses.append(Status("retrieving_context"))
            await turn.answer_briefly()
            return None
        if course.take_in(health.ear, turn.state, turn.heard):
            return await self._explanation(turn)
        self._statuses.append(Status("retrieving_context"))
        return await self._question(turn) if await turn.answer_question() else None

    async def _explanation(self, turn: HealthTurn) -> Left | None:
        """The middle of the advice: between how urgent it is and what can be done."""
        self._statuses.append(Status("running_triage", {"current_agent": "triage"}))
        turn.completed.append("triage")
        if turn.triage():
            return None
        self._statuses.append(Status("retrieving_context"))
        await turn.retrieve()
        self._statuses.append(Status("running_diagnostic", {"current_agent": "diagnostic"}))
        causes = tuple(one for one in turn.passages if one.section == "causes")
        if not causes:
            turn.diagnose()
            self._treat(turn)
            return None
        before = Part(turn.text(), tuple(turn.reply.citations))
        turn.reply = reply_after(before.cited)
        turn.diagnose()
        self._explains = True
        self._statuses.append(Status("running_treatment", {"current_agent": "treatment"}))
        name = turn.words.of(turn.complaint.name)
        return self._left(
            turn,
            before=before,
            draft=Part(turn.reply.text, tuple(turn.reply.citations[len(before.cited) :])),
            task=EXPLAIN.format(complaint=name),
            passages=causes,
        )

    async def _question(self, turn: HealthTurn) -> Left:
        found = await self._health.retriever.search(
            turn.heard.text, tuple(turn.heard.findings), turn.words.language, MOST_PASSAGES
        )
        passages = [*turn.passages, *(one for one in found if one.score >= GOOD_ENOUGH and one not in turn.passages)]
        safe = tuple(one for passage in passages[:MOST_PASSAGES] if (one := _safe(turn, passage)).sentences)
        opening = turn.words("disclosure") if turn.new else ""
        return self._left(turn, opening=opening, passages=safe, handoff=True)

    def _left(self, turn: HealthTurn, **more: Any) -> Left:
        statuses, self._statuses = (*self._statuses, Status("generating_response")), []
        return Left(
            language=turn.words.language,
            facts=_facts(turn),
            topics=tuple(turn.heard.findings),
            statuses=statuses,
            safe=partial(_safe, turn),
            **more,
        )

    def _treat(self, turn: HealthTurn) -> None:
        self._statuses.append(Status("running_treatment", {"current_agent": "treatment"}))
        turn.treat()

    async def answer(self) -> AsyncGenerator[AssistantEvent, None]:
        for status in (*self._statuses, Status("generating_response")) if self._statuses else ():
            yield status
        for event in told(self._turn, self._health.version):
            yield event

    async def go_on(self, wish: str, *, said: bool) -> AsyncGenerator[AssistantEvent, None]:
        """That a person is asked for."""
        turn = self._turn
        turn.new, turn.handoff, turn.reply = turn.new and not said, True, Reply()
        turn.reply.say(turn.words("human_wanted"))
        for event in told(turn, self._health.version):
            yield event

    def raised(self, level: Level) -> bool:
        """What it is raised to stays, as what was told."""
        turn, episode = self._turn, self._turn.state.episode
        before = highest(turn.level, *((episode.told, episode.floor) if episode is not None else ()))
        if highest(before, level) == before:
            return False
        turn.level = level
        if episode is not None:
            episode.raise_to(level)
            episode.told = level
        return True

    def after(self, said: str, cited: Sequence[Citation]) -> Part:
        """The treatment agent's part; after a question what speaks against the medicines that were named."""
        turn = self._turn
        turn.reply = reply_after(cited)
        if self._explains:
            turn.treat()
        else:
            pack, words = self._health.ear.pack, turn.words
            states = self._health.ear.person_states(turn.state, turn.heard)
            turn.warned = warnings(medicines_in(said, pack.medicines), states, pack.medicines)
            agents.warn(pack, words, turn.warned, turn.reply)
        return Part(turn.reply.text, tuple(turn.reply.citations[len(cited) :]))

    def keep(self) -> Outcome:
        return self._turn.outcome(self._health.version)


def reply_after(cited: Sequence[Citation]) -> Reply:
    """A reply whose numbers go on after these sources."""
    reply = Reply()
    reply.sources = [Source(one.title, one.url or "", one.source) for one in cited]
    return reply


def _safe(turn: HealthTurn, passage: Passage) -> Passage:
    """The passage without what this person should not take."""
    states = turn.ear.person_states(turn.state, turn.heard)
    medicines = turn.ear.pack.medicines
    kept = tuple(one for one in passage.sentences if agents.is_safe(one.text, states, medicines))
    return msgspec.structs.replace(passage, sentences=kept)


def _facts(turn: HealthTurn) -> tuple[str, ...]:
    """What the course of illness has shown so far."""
    episode, names = turn.state.episode, turn.ear.names
    if episode is None:
        return ()
    present = [names.get(one, one.replace("_", " ")) for one, status in episode.findings.items() if status == "present"]
    absent = [names.get(one, one.replace("_", " ")) for one, status in episode.findings.items() if status == "absent"]
    lines = [
        f"Complaint: {turn.ear.pack.of(episode.complaint).name['en']}",
        f"Told: {', '.join(present)}" if present else "",
        f"Denied: {', '.join(absent)}" if absent else "",
        f"Urgency they were told: {episode.told}" if episode.told else "",
        f"Illnesses and medicines that matter: {', '.join(turn.state.states)}" if turn.state.states else "",
    ]
    return tuple(line for line in lines if line)


def health_persona(pack: HealthPack) -> Persona:
    """Who speaks, without a name of its own."""
    return Persona({"en": f"a {pack.head.persona['name']['en']}"}, {}, f"{pack.head.name} {pack.head.version}")
