"""The health assistant: its statuses, questions, urgency, citations, and what it makes of a person's profile."""

import asyncio
import re
from typing import Any

import pytest

from careline.dialogue.disclosure import claims, discloses
from careline.dialogue.triage_pack import cited_keys, load_health_pack
from careline.domain.effects import RequestPerson
from careline.domain.events import Citation, Emergency, Handoff, Status, Token
from careline.knowledge.index import load_index
from careline.safety.rules import LEVELS
from tests.assistants.workflow_talk import ROOT, HealthTalk, guarded, shipped

STATUSES = [
    "validating", "checking_emergency", "processing", "running_triage", "retrieving_context", "running_diagnostic",
    "running_treatment", "generating_response",
]  # fmt: skip
COMPLAINTS = [one for one in shipped().ear.pack.complaints if one.words["en"] and one.id != "general"]
NO = ("no to all", "no", "no", "no")


def said(*texts: str, **talk: Any) -> HealthTalk:
    found = HealthTalk(**talk)
    asyncio.run(found.all(*texts))
    return found


def through(text: str, **talk: Any) -> HealthTalk:
    """The talk up to the result, with every question answered no."""
    found = HealthTalk(**talk)

    async def run() -> None:
        await found.say(text)
        for _ in range(5):
            if found.level is not None:
                return
            await found.say("hayır" if found.outcome.language == "tr" else "no to all")

    asyncio.run(run())
    return found


# --- The stream -------------------------------------------------------------------------------------------------------


def test_the_whole_workflow_in_its_documented_order() -> None:
    talk = through("I have a headache")
    assert talk.statuses == STATUSES
    assert talk.raw["agents_completed"] == ["triage", "diagnostic", "treatment"]


def test_each_agent_says_that_it_is_running() -> None:
    details = {one.status: one.details for one in through("I have a headache").of(Status)}
    assert details["running_triage"] == {"current_agent": "triage"}
    assert details["running_diagnostic"] == {"current_agent": "diagnostic"}


def test_a_turn_that_asks_runs_triage_only_and_in_order() -> None:
    talk = said("I have a headache")
    assert talk.statuses == [one for one in STATUSES if one in talk.statuses]
    assert talk.raw["agents_completed"] == ["triage"]
    assert "running_diagnostic" not in talk.statuses


def test_an_emergency_comes_before_any_other_content() -> None:
    talk = said("I have a headache", "no, yes, no")
    kinds = [type(one) for one in talk.events if isinstance(one, Emergency | Token | Citation)]
    assert kinds[0] is Emergency
    assert talk.emergency is not None
    assert talk.emergency.number == "999"
    assert talk.emergency.message == talk.reply
    assert talk.outcome.interrupted
    assert talk.outcome.effects == (RequestPerson("emergency"),)


def test_the_reply_comes_in_sentences() -> None:
    talk = through("I have a headache")
    longest = max(len(one.text) for one in talk.of(Token))
    assert len(talk.of(Token)) > 8
    assert longest < 260


def test_the_same_message_again_gives_the_same_events() -> None:
    talk = HealthTalk()

    async def twice() -> None:
        await talk.all("I have a headache", "no")
        assert await talk.attempt("no") == await talk.attempt("no")

    asyncio.run(twice())


def test_without_agents_the_workflow_is_skipped_but_the_answer_is_cited() -> None:
    talk = said("I have a sore throat", agents=False)
    assert talk.statuses == [
        "validating",
        "checking_emergency",
        "processing",
        "retrieving_context",
        "generating_response",
    ]
    assert "virus" in talk.reply
    assert "[1]" in talk.reply
    assert talk.citations


def test_without_agents_an_emergency_is_still_one() -> None:
    talk = said("crushing chest pain spreading to my left arm", agents=False)
    assert talk.emergency is not None


# --- Questions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("complaint", COMPLAINTS, ids=lambda one: one.id)
def test_at_most_five_questions_three_at_a_time_and_then_a_cited_answer(complaint: Any) -> None:
    word = ("my child has a " if complaint.child else "") + complaint.words["en"][0]
    talk = HealthTalk()
    asked: list[int] = []

    async def run() -> None:
        await talk.say(word)
        while talk.level is None:
            asked.append(talk.reply.count("?"))
            assert len(asked) < 5
            await talk.say("no to all")

    asyncio.run(run())
    state = talk.outcome.state["episode"]
    assert state["complaint"] == complaint.id
    assert len(state.get("asked", [])) <= 5
    assert all(count <= 3 for count in asked)
    assert talk.citations
    if talk.emergency is None:
        assert "Get emergency help (999) if" in talk.reply
        assert "What" in talk.reply or "Until" in talk.reply


@pytest.mark.parametrize("complaint", COMPLAINTS, ids=lambda one: one.id)
def test_a_red_flag_answered_yes_escalates_at_once(complaint: Any) -> None:
    pack = shipped().ear.pack
    first = pack.questions[complaint.ask[0]]
    word = ("my child has a " if complaint.child else "") + complaint.words["en"][0]
    talk = said(word, ", ".join(["yes"] + ["no"] * (len(complaint.ask) - 1)))
    assert talk.level is not None
    assert LEVELS.index(talk.level) >= min(LEVELS.index(first.level), LEVELS.index("emergency"))


@pytest.mark.parametrize("complaint", COMPLAINTS, ids=lambda one: one.id)
def test_self_care_is_never_said_before_the_red_flags_are_ruled_out(complaint: Any) -> None:
    word = ("my child has a " if complaint.child else "") + complaint.words["en"][0]
    talk = HealthTalk()

    async def run() -> None:
        await talk.say(word)
        for _ in range(6):
            if talk.level is not None:
                break
            await talk.say("I'm not sure")

    asyncio.run(run())
    assert talk.level not in (None, "self_care")
    assert "look after this yourself" not in talk.reply


def test_what_was_told_already_is_not_asked() -> None:
    talk = said("I have a cough but no chest pain and I am not coughing up blood")
    assert "pain in your chest" not in talk.reply
    assert "blood" not in talk.reply
    assert "trouble breathing" in talk.reply


def test_the_level_never_falls_within_an_episode() -> None:
    talk = HealthTalk()

    async def run() -> list[str | None]:
        levels = []
        for text in ("I have back pain", "no", "yes", "no, it is not severe", "it is better now", "thanks"):
            await talk.say(text)
            levels.append(talk.outcome.state["episode"].get("told"))
        return levels

    told = [level for level in asyncio.run(run()) if level is not None]
    assert told
    assert told == sorted(told, key=LEVELS.index)


# --- Citations and wording --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["I have a headache", "I have a cold", "stomach ache", "I have a rash", "back pain"])
def test_every_sentence_of_advice_carries_its_source(text: str) -> None:
    talk = through(text)
    items = [line for line in talk.reply.splitlines() if line.startswith("- ")]
    assert items
    assert all(re.search(r"\[\d+\]$", line) for line in items)
    marks = {int(mark) for mark in re.findall(r"\[(\d+)\]", talk.reply)}
    assert marks == set(range(1, len(talk.citations) + 1))
    assert all(one.url and one.url.startswith("https://") for one in talk.citations)
    assert [one["url"] for one in talk.raw["sources"]] == [one.url for one in talk.citations]


@pytest.mark.parametrize("complaint", COMPLAINTS, ids=lambda one: one.id)
def test_no_diagnosis_no_dose_no_doctor(complaint: Any) -> None:
    word = ("my child has a " if complaint.child else "") + complaint.words["en"][0]
    reply = through(word).reply
    told = re.split("Get emergency|Be seen sooner", reply)[0]
    assert not re.search(
        r"\byou(?: probably| likely)?(?: have|'ve got| suffer from) (?:a |an )?(?:cold|flu|infection)\b", told
    )
    assert not re.search(r"\d\s?(?:mg|ml|tablets?)\b", reply)
    assert claims(reply) is None


@pytest.mark.parametrize("first", ["hello", "I have a headache", "başım ağrıyor", "what is gout"])
def test_the_first_reply_says_what_is_speaking(first: str) -> None:
    assert discloses(said(first).reply)


def test_turkish_is_answered_in_turkish_and_stays_so() -> None:
    talk = said("boğazım ağrıyor", "hayır", "hayır", locale="tr-TR")
    assert talk.outcome.language == "tr"
    assert not re.search(r"\b(?:the|you|and|with)\b", talk.reply)
    assert "[1]" in talk.reply


@pytest.mark.parametrize("complaint", COMPLAINTS, ids=lambda one: one.id)
@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_output_guard_finds_nothing_to_change(complaint: Any, language: str) -> None:
    child = {"en": "my child has a ", "tr": "çocuğumun "}[language] if complaint.child else ""
    talk = through(child + complaint.words[language][0], locale={"en": "en-GB", "tr": "tr-TR"}[language])
    assert talk.outcome.state["episode"]["complaint"] == complaint.id
    assert guarded(talk) == talk.reply


# --- The person -------------------------------------------------------------------------------------------------------


_PHARMACY = {key for rule in load_health_pack(ROOT).medicines.rules for key in rule.cites} | {
    key
    for medicine in load_health_pack(ROOT).medicines.medicines
    for key in (medicine.source, *re.findall(r"\[([a-z_.0-9]+)\]", " ".join(medicine.note.values())))
}


def test_every_citation_of_a_complaint_is_one_of_a_read_article() -> None:
    pack = load_health_pack(ROOT)
    (shelf,) = load_index().shelves("en")
    known = {source.url for article in shelf.articles for source in article.head.sources}
    used = {key: pack.sources[key].url for key in cited_keys(pack)}
    assert [key for key, url in used.items() if url not in known and key not in _PHARMACY] == []


def test_the_findings_of_questions_and_complaints_are_known() -> None:
    ear = shipped().ear
    known = {entry.id for entry in ear.triage.lexicons[0].findings}
    named = {one for complaint in ear.pack.complaints for one in complaint.findings}
    named |= {one for question in ear.pack.questions.values() for one in question.findings}
    assert named - known == set()


@pytest.mark.parametrize("complaint", COMPLAINTS, ids=lambda one: one.id)
def test_every_complaint_finds_its_article(complaint: Any) -> None:
    word = ("my child has a " if complaint.child else "") + complaint.words["en"][0]
    talk = through(word)
    assert talk.emergency is not None or complaint.article in talk.raw["articles"]


def test_every_text_is_there_in_both_languages() -> None:
    pack = shipped().ear.pack
    assert pack.replies["en"].keys() ^ pack.replies["tr"].keys() <= {"why_facts", "no_turkish"}
    assert all({"en", "tr"} <= one.text.keys() & one.why.keys() for one in pack.questions.values())


@pytest.mark.parametrize(
    ("locale", "wish", "told"),
    [
        ("en-GB", "I want to talk to a human", "talk to a person"),
        ("tr-TR", "bir insanla görüşmek istiyorum", "insanla"),
    ],
)
def test_a_person_can_be_asked_for(locale: str, wish: str, told: str) -> None:
    talk = said(wish, locale=locale)
    assert told in talk.reply
    assert talk.of(Handoff) == [Handoff("asked")]
    assert talk.outcome.effects == (RequestPerson("asked"),)
    asyncio.run(talk.say("thanks"))
    assert talk.of(Handoff) == []


def test_no_text_of_the_pack_claims_to_be_a_doctor() -> None:
    pack = shipped().ear.pack
    assert [text for own in pack.replies.values() for text in own.values() if claims(text)] == []
