"""One turn of the health assistant: what it says, and what it keeps of it."""

from typing import Any

import msgspec

from careline.assistants import workflow_agents as agents
from careline.assistants import workflow_answers as answers
from careline.assistants import workflow_course as course
from careline.assistants.workflow_agents import Case
from careline.assistants.workflow_hearing import PROFILE, Ear
from careline.assistants.workflow_reply import Reply
from careline.assistants.workflow_resume import resume
from careline.assistants.workflow_words import Words
from careline.dialogue.triage_medicines import Warned
from careline.dialogue.triage_pack import Cited, Complaint
from careline.dialogue.triage_state import Episode, dump_health_state, load_health_state
from careline.domain.effects import AnyEffect, Outcome, RequestPerson
from careline.domain.events import Emergency
from careline.ports import Passage, Retriever, TurnContext
from careline.safety.numbers import Numbers, Whereabouts
from careline.safety.rules import Fired, Level

TALK = ("human_wanted", "are_you_doctor", "are_you_human", "insult", "thanks", "goodbye", "help", "greeting")
_SAYS = {"are_you_doctor": "are_you", "are_you_human": "are_you"}
GOOD_ENOUGH = 14.0


class HealthTurn:
    """Its methods are called in the order of the work; `text()` and `outcome()` last."""

    def __init__(self, ear: Ear, retriever: Retriever, numbers: Numbers, context: TurnContext) -> None:
        self.ear = ear
        self.retriever = retriever
        self.context = context
        self.state = load_health_state(context.conversation.state)
        self.new = not self.state.disclosed
        self.heard = ear.hear(context, self.state)
        self.numbers = numbers
        self.country = numbers.country(self._where())
        self.words = Words(ear.pack, ear.pack.language(self.state.language), numbers.emergency(self.country))
        self.reply = Reply()
        self.emergency: Emergency | None = None
        self.handoff = False
        self.completed: list[str] = []
        self.level: Level | None = None
        self.warned: list[Warned] = []
        self.passages: tuple[Passage, ...] = ()
        self.paused = context.conversation.interrupted

    @property
    def with_agents(self) -> bool:
        return bool(getattr(self.context.hints, "agents", True))

    def _where(self) -> Whereabouts:
        return Whereabouts.of(self.context.conversation, self.context.hints, self.state.language)

    def after_emergency(self) -> bool:
        """Whether the talk was stopped by an emergency and this turn says no more than that, or that it goes on."""
        if not self.paused:
            return False
        self.paused, all_said = resume(self.state, self.heard, self.words, self.reply)
        if self.state.episode is not None and self.paused:
            self.level = self.state.episode.told
        return all_said

    # --- Talk ---------------------------------------------------------------------------------------------------------

    def smalltalk(self) -> bool:
        """Greetings, thanks and questions about itself; what waits for an answer is asked again after it."""
        heard, episode = self.heard, self.state.episode
        if heard.complaints or heard.findings or answers.asks_about(heard.text, self.ear.pack):
            return False
        intent = next((one for one in TALK if one in heard.said.intents), None)
        if intent is None or (episode is not None and self.ear.answers(heard, episode.pending)):
            return False
        key = _SAYS.get(intent, intent)
        self.handoff = key == "human_wanted"
        self.reply.say(self.words("greeting_again" if key == "greeting" and not self.new else key))
        if episode is not None and episode.pending and key not in ("goodbye",):
            self._ask(episode.pending, "ask_again")
        return True

    def _ask(self, questions: list[str], heading: str) -> None:
        texts = [
            self._profile_question() if one == PROFILE else self.words.of(self.ear.pack.questions[one].text)
            for one in questions
        ]
        if questions == ["mood_safe"]:
            self.reply.say(texts[0])
        elif len(texts) == 1:
            self.reply.say(self.words("ask_first_one" if heading == "ask_first" else heading), texts[0])
        else:
            self.reply.numbered(self.words(heading), texts)

    def _profile_question(self) -> str:
        """Without pregnancy where it cannot be."""
        short = self.state.facts.sex == "male" or self._episode().child
        return self.words("ask_profile_short" if short else "ask_profile")

    # --- Triage -------------------------------------------------------------------------------------------------------

    def triage(self) -> bool:
        """Asks, or calls for help, or says how urgent it is. Whether the turn ends with that."""
        episode = self._episode()
        if episode.pending and course.next_questions(self.ear, self.state):
            if not episode.repeated:
                episode.repeated = True
                self._ask(episode.pending, "ask_which")
                return True
            episode.answers.update(dict.fromkeys(episode.pending, "unsure"))
            episode.pending = []
        questions = course.next_questions(self.ear, self.state)
        fresh = [one for one in questions if one not in episode.asked]
        if fresh:
            self._ask_fresh(episode, fresh)
            return True
        episode.pending = []
        self.level = episode.told = course.level_of(self.ear, episode)
        if course.is_urgent(self.level) and self.state.resumed:
            self._stands()
            return True
        if course.is_urgent(self.level):
            self.reply = Reply()
            self._call_for_help(self._case())
            return True
        agents.triage(self._case(), self.reply)
        return False

    def _ask_fresh(self, episode: Episode, fresh: list[str]) -> None:
        first = not episode.asked
        if first:
            key = "sympathy_child" if episode.child else "sympathy"
            name = self.words.of(self._complaint(episode).name)
            if episode.complaint != "general":
                self.reply.say(self.words(key, complaint=name))
        episode.asked += fresh
        episode.pending = fresh
        episode.repeated = False
        self._ask(fresh, "ask_first" if first else "ask_then")

    def _call_for_help(self, case: Case) -> None:
        """The number first, why, and nothing else asked."""
        words, reasons = self.words, agents.reasons_of(case)
        kind, crisis = self._kind(case)
        why = [Cited(words("why", why=one.text), one.sources) for one in reasons[:1]]
        if crisis:
            self.reply.say(Cited(words("crisis"), reasons[0].sources if reasons else ()))
            line = self.numbers.crisis_line(self.country)
            if line:
                self.reply.say(words("crisis_line", line=line))
        else:
            self.reply.say(words(f"level_{case.level}"), *why)
        if self.country is None or not crisis:
            self.reply.say(words("elsewhere"))
        self.emergency = Emergency(case.level, kind, words.number, self.country, self.reply.text)

    def _stands(self) -> None:
        """An emergency that the person has answered to: it is not called again, and not taken back."""
        case = self._case()
        reasons = agents.reasons_of(case)[:1]
        self.reply.say(
            self.words(f"stands_{case.level}"), *(Cited(self.words("why", why=r.text), r.sources) for r in reasons)
        )
        agents.worsening(case, self.reply)

    def _kind(self, case: Case) -> tuple[str, bool]:
        for question_id in case.episode.reasons:
            question = self.ear.pack.questions[question_id]
            if question.level == case.level:
                return question.kind, question.crisis
        fired = next((one for one in case.fired if one.level == case.level), None)
        return (fired.kind, fired.crisis) if fired else ("general", False)

    @property
    def complaint(self) -> Complaint:
        """That of the running episode."""
        return self._complaint(self._episode())

    def _make_case(self, episode: Episode, level: Level) -> Case:
        return Case(
            pack=self.ear.pack,
            words=self.words,
            complaint=self._complaint(episode),
            episode=episode,
            level=level,
            fired=self.heard.assessment.fired,
            names=self.ear.names,
            facts=self.ear.facts,
            states=self.ear.person_states(self.state, self.heard),
            passages=self.passages,
        )

    # --- Diagnostic and treatment -------------------------------------------------------------------------------------

    async def retrieve(self) -> None:
        """The article about the complaint; for a complaint without one, what the search finds nearest."""
        self.passages = await self._article(self._complaint(self._episode()))

    async def _article(self, complaint: Complaint) -> tuple[Passage, ...]:
        present = [one for one, status in self._episode().findings.items() if status == "present"]
        for topic in (complaint.article, *complaint.findings) if complaint.article else present:
            found = await self.retriever.by_topic(topic, language=self.words.language)
            own = tuple(one for one in found if one.article == complaint.article)
            if own or len({one.article for one in found}) == 1:
                return own or tuple(found)
        return ()

    def diagnose(self) -> None:
        self.completed.append("diagnostic")
        agents.diagnostic(self._case(), self.reply)

    def treat(self) -> None:
        self.completed.append("treatment")
        self.warned += agents.treatment(self._case(), self.reply)

    # --- Questions ----------------------------------------------------------------------------------------------------

    def answer_medicine(self) -> bool:
        """A question about a medicine, answered before anything else. Whether the message was no more than that."""
        pack = self.ear.pack
        asked = answers.asks_about(self.heard.text, pack)
        if not asked or self.heard.assessment.alarm:
            return False
        states = self.ear.person_states(self.state, self.heard)
        self.warned = answers.about_medicines(pack, self.words, asked, states, self.reply)
        return not self.heard.complaints

    async def answer_question(self) -> bool:
        """A health topic; else what waits for an answer once more, or that it was not understood.

        Whether it was a question: what a course of illness, a yes, a no or a fact calls for is none.
        """
        episode = self.state.episode
        if episode is not None and episode.told is not None and course.is_urgent(episode.told):
            self.level = episode.told
            if not self.state.resumed:
                agents.triage(self._make_case(episode, episode.told), self.reply)
            elif not await self._topic():
                self._stands()
            return False
        if {"yes", "no"} & self.heard.said.intents and not self.new:
            self.reply.say(self.words("nothing_more" if "no" in self.heard.said.intents else "go_on"))
            return False
        if self.heard.told_of_self and "?" not in self.heard.text:
            self.reply.say(self.words("noted"), self.words("go_on"))
            return False
        if not await self._topic():
            self.reply.say(self.words("unclear" if len(self.heard.text.split()) < 4 else "off_topic"))
        return True

    async def _topic(self) -> bool:
        """A short cited answer from the articles. Whether there was one."""
        found = await self.retriever.search(self.heard.text, tuple(self.heard.findings), self.words.language, 2)
        if not found or found[0].score < GOOD_ENOUGH:
            return self._says_no_turkish()
        if found[0].language != self.words.language:
            self.reply.say(self.words("no_turkish"))
            return True
        wanted = answers.section_wanted(self.heard.text)
        whole = await self.retriever.by_topic(found[0].article, wanted, self.words.language)
        passage = next((one for one in (*found, *whole) if one.section == wanted), found[0])
        self.passages = (passage,)
        answers.about_topic(
            self.ear.pack, self.words, passage, self.ear.person_states(self.state, self.heard), self.reply
        )
        return True

    def _says_no_turkish(self) -> bool:
        """A health topic may be asked about in a language that has no articles."""
        known = "no_turkish" in self.ear.pack.replies[self.words.language]
        if known and answers.asks_in_general(self.heard.text):
            self.reply.say(self.words("no_turkish"))
        return bool(self.reply)

    async def answer_briefly(self) -> None:
        """Without the workflow: one short cited answer."""
        complaint = self.heard.complaints[0] if self.heard.complaints else None
        if complaint is None or complaint.id == "general":
            await self.answer_question()
            return
        self.passages = await self._article(complaint)
        self.level = self.heard.assessment.level or "consultation"
        case = self._make_case(Episode(complaint.id, child=self.heard.child), self.level)
        agents.diagnostic(case, self.reply)
        agents.worsening(case, self.reply)

    # --- The end ------------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """The reply; the first one says what is speaking. An emergency message stands alone."""
        if self.emergency is not None or not self.new:
            return self.reply.text
        return f"{self.words('disclosure')}\n\n{self.reply.text}"

    def outcome(self, version: str) -> Outcome:
        self.state.disclosed = self.state.disclosed or self.emergency is None
        self.state.turns += 1
        reason = "emergency" if self.emergency is not None else "asked" if self.handoff else None
        effects: tuple[AnyEffect, ...] = (RequestPerson(reason),) if reason else ()
        return Outcome(
            state=dump_health_state(self.state),
            language=self.words.language,
            effects=effects,
            raw=(self._explained(version),),
            interrupted=self.emergency is not None or self.paused,
        )

    def _explained(self, version: str) -> dict[str, Any]:
        """What the reply rests on: no words of the person."""
        episode = self.state.episode
        fired: tuple[Fired, ...] = self.heard.assessment.fired
        return {
            "assistant": version,
            "agents_completed": self.completed,
            "level": self.level,
            "complaint": episode.complaint if episode else None,
            "reasons": list(episode.reasons) if episode else [],
            "findings": dict(self.heard.findings),
            "rules": [{"id": one.id, "version": one.version, "level": one.level} for one in fired],
            "medicine_rules": [
                {"id": one.rule.id, "medicine": one.medicine.id, "version": self.ear.pack.medicines.version}
                for one in self.warned
            ],
            "sources": [msgspec.to_builtins(one) for one in self.reply.sources],
            "articles": sorted({one.article for one in self.passages}),
        }

    def _episode(self) -> Episode:
        return self.state.episode or Episode("general")

    def _case(self) -> Case:
        return self._make_case(self._episode(), self.level or "consultation")

    def _complaint(self, episode: Episode) -> Complaint:
        return self.ear.pack.of(episode.complaint)
