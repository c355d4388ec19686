"""Ending turns: one commit for reply, state and effects, guarded by the lease."""

import json

import pytest

from careline.domain.conversation import Attachment, Choice, Turn
from careline.domain.effects import Deliver, EraseOnEnd, Outcome, RecordConsent, RememberPerson, RequestPerson
from careline.domain.errors import IdempotencyConflict, LeaseLost
from careline.ports import Finish
from tests.contracts.world import CHANNEL, World, at, lease, story

YES = RecordConsent("contact", True, "May we keep your data?", "2", "en-GB")
NO = RecordConsent("contact", False, "May we keep your data?", "2", "en-GB")
JOHN = RememberPerson("John Doe", {"country": "GB"})


@story
async def test_reply_choices_events_and_usage_are_stored(w: World) -> None:
    turn = (await w.say()).turn
    outcome = Outcome({"slots": {"name": "Jo"}})
    choices = (Choice("Ten", "at ten"),)
    done = Finish(
        turn,
        "a",
        "completed",
        "At ten?",
        at(2),
        "anna",
        b"\x00log",
        choices,
        outcome,
        raw=({"commands": []},),
        usage={"tokens": 3},
    )
    assert await w.store.finish(done, lease()) is None
    stored = await w.store.turn(turn.id)
    assert (stored.turn.status, stored.reply, stored.events) == ("completed", "At ten?", b"\x00log")
    assert (stored.choices, stored.finished_at, stored.error_type) == (choices, at(2), None)
    reply, question = (await w.store.history(turn.person_id, None, 10)).items
    assert (reply.direction, reply.body, reply.choices, reply.turn_id) == ("outgoing", "At ten?", choices, turn.id)
    assert question.direction == "incoming"
    assert (await w.one("SELECT agent FROM turns")).agent == "anna"
    assert await w.count("turns WHERE raw IS NOT NULL AND usage IS NOT NULL AND lease_owner IS NULL") == 1


@story
async def test_a_nul_that_a_model_says_does_not_keep_the_turn_from_ending(w: World) -> None:
    turn = (await w.say()).turn
    outcome = Outcome({"noted": "a\0b", "path": "c:\\u0000 \\\0"})
    raw = ({"tools": ["\0"], "\0": 1},)
    await w.store.finish(Finish(turn, "a", "completed", "At\0ten", at(2), "anna", b"[]", (), outcome, raw=raw), lease())
    stored = await w.store.turn(turn.id)
    assert (stored.turn.status, stored.reply) == ("completed", "At\ufffdten")
    later = await w.say("and?", when=3)
    assert later.claim is not None
    assert later.claim.conversation.state == {"noted": "a\ufffdb", "path": "c:\\u0000 \\\ufffd"}


@story
async def test_what_was_heard_in_a_recording_is_stored_with_it(w: World) -> None:
    image, voice = Attachment("image", "https://f.example/a.jpg"), Attachment("audio", "https://f.example/b.ogg")
    turn = (await w.say("listen", id="one", attachments=(image, voice))).turn
    heard = (image, Attachment("audio", voice.url, "I have a headache"))
    await w.store.finish(
        Finish(turn, "a", "completed", "Oh", at(2), "anna", b"[]", attachments=heard),
        lease(),
    )
    _, message = (await w.store.history(turn.person_id, None, 10)).items
    assert (message.body, message.attachments) == ("listen", heard)
    assert message.said == "listen\nI have a headache"
    later = (await w.say("and now?", when=3)).turn
    said, _ = await w.store.exchanges(turn.conversation_id, later.id)
    assert said.body == "listen\nI have a headache"
    again = await w.say("listen", id="one", when=4, attachments=(image, voice))
    assert again.duplicate
    with pytest.raises(IdempotencyConflict):
        await w.say("listen", id="one", when=5, attachments=(image,))


@story
async def test_a_reply_is_always_later_than_its_message(w: World) -> None:
    turn = (await w.say(when=10)).turn
    await w.answer(turn, when=3)
    reply, question = (await w.store.history(turn.person_id, None, 2)).items
    assert reply.created_at > question.created_at
    assert reply.id > question.id


@story
async def test_the_state_after_a_turn_is_the_state_of_the_next(w: World) -> None:
    first = (await w.say()).turn
    await w.say("next")
    state = {"stack": [{"flow": "book"}], "slots": {"name": "Zoë"}}
    outcome = Outcome(state, language="en", time_zone="Europe/London", country="GB", interrupted=True)
    claim = await w.answer(first, outcome=outcome)
    assert claim is not None
    c = claim.conversation
    assert (c.state, c.language, c.time_zone, c.country) == (state, "en", "Europe/London", "GB")
    assert (c.agent, c.interrupted) == ("anna", True)
    await w.answer(claim.turn, outcome=Outcome({}))
    session = await w.store.session(CHANNEL, "chat_one")
    assert session is not None
    assert (session.state, session.language, session.interrupted) == ({}, "en", False)


@story
async def test_only_a_completed_turn_changes_the_state(w: World) -> None:
    await w.answer((await w.say()).turn, outcome=Outcome({"a": 1}))
    await w.answer((await w.say()).turn, "Sorry.", status="failed", outcome=Outcome({"a": 2}))
    await w.answer((await w.say()).turn, None, status="cancelled", outcome=Outcome({"a": 3}))
    session = await w.store.session(CHANNEL, "chat_one")
    assert session is not None
    assert session.state == {"a": 1}
    assert await w.count("messages") == 5
    latest = await w.store.latest_turn(CHANNEL, "chat_one")
    assert latest is not None
    assert (latest.turn.status, latest.reply) == ("cancelled", None)


@story
async def test_a_turn_that_is_not_ours_cannot_be_finished(w: World) -> None:
    turn = (await w.say()).turn
    stale = Turn(turn.id, turn.conversation_id, turn.person_id, turn.channel, "running", 2, turn.accepted_at)
    for not_ours, owner in ((turn, "b"), (stale, "a")):
        with pytest.raises(LeaseLost):
            await w.answer(not_ours, "mine", YES, JOHN, owner=owner, outcome=Outcome({"stolen": True}))
    session = await w.store.session(CHANNEL, "chat_one")
    assert session is not None
    assert (session.state, session.agent) == ({}, None)
    assert [await w.count(table) for table in ("messages", "consents")] == [1, 0]
    await w.answer(turn)


@story
async def test_the_same_finish_again_is_one(w: World) -> None:
    """Its caller may have lost the database before the answer, and tries again."""
    turn = (await w.say()).turn
    await w.say("next")
    claim = await w.answer(turn, "done", YES, Deliver("mail", {}), events=b"log")
    assert claim is not None
    assert await w.answer(turn, "done", YES, Deliver("mail", {}), events=b"log") == claim
    with pytest.raises(LeaseLost):
        await w.answer(turn, "other", events=b"other log")
    assert [await w.count(table) for table in ("messages", "consents", "outbox")] == [3, 1, 1]


@story
async def test_consent_is_kept_word_for_word(w: World) -> None:
    turn = await w.exchange(YES, when=5)
    row = await w.one("SELECT * FROM consents")
    assert (row.purpose, bool(row.granted), row.text) == ("contact", True, "May we keep your data?")
    assert (row.version, row.locale, str(row.turn_id), str(row.user_id)) == ("2", "en-GB", turn.id, turn.person_id)
    assert str(row.at)[:19].replace("T", " ") == "2026-11-21 12:00:06"


@story
async def test_nothing_is_remembered_without_consent(w: World) -> None:
    await w.exchange(JOHN)
    await w.exchange(NO, JOHN)
    assert await w.count("users WHERE name IS NULL AND profile IS NULL") == 1


@story
async def test_consent_lets_remember_from_its_own_turn_on(w: World) -> None:
    await w.exchange(JOHN, YES)
    person = await w.store.person("chat_one")
    assert person is not None
    assert person.name == "John Doe"
    await w.exchange(RememberPerson(profile={"procedure": "rhinoplasty"}))
    await w.exchange(RememberPerson("Jon Doe"))
    row = await w.one("SELECT name, profile FROM users")
    assert row.name == "Jon Doe"
    profile = json.loads(row.profile) if isinstance(row.profile, str) else row.profile
    assert profile == {"country": "GB", "procedure": "rhinoplasty"}


@story
async def test_withdrawn_consent_counts_no_more(w: World) -> None:
    await w.exchange(YES)
    await w.exchange(NO)
    await w.exchange(JOHN)
    assert await w.count("users WHERE name IS NULL") == 1


@story
async def test_consent_is_a_persons_own(w: World) -> None:
    await w.exchange(YES, device="one")
    await w.exchange(JOHN, device="two")
    assert await w.count("users WHERE name IS NOT NULL") == 0


@story
async def test_erasing_is_asked_for_and_taken_back(w: World) -> None:
    async def asked() -> bool:
        session = await w.store.session(CHANNEL, "chat_one")
        return session is not None and session.erase_on_end

    await w.exchange(EraseOnEnd())
    assert await asked()
    await w.exchange()
    assert await asked()
    await w.exchange(EraseOnEnd(False))
    assert not await asked()


@story
async def test_a_conversation_waits_for_a_person_since_it_first_asked(w: World) -> None:
    await w.exchange(device="other")
    turn = await w.exchange(RequestPerson("asked"), when=10)
    await w.exchange(RequestPerson("failed twice"), when=20)
    (waiting,) = (await w.store.conversations(None, 10, waiting=True)).items
    assert (waiting.conversation.id, waiting.conversation.waiting) == (turn.conversation_id, True)
    assert (waiting.waiting_reason, waiting.waiting_since) == ("failed twice", at(11))


@story
async def test_work_for_the_outbox_is_due_with_the_commit(w: World) -> None:
    turn = await w.exchange(Deliver("mail", {"to": "a@x.test"}), Deliver("mail", {"to": "b@x.test"}))
    items = await w.outbox.due(at(1), lease(), 10)
    assert sorted(str(item.payload["to"]) for item in items) == ["a@x.test", "b@x.test"]
    assert {item.attempt for item in items} == {1}
    assert len({item.id for item in items}) == 2
    assert {str(row.turn_id) for row in await w.rows("SELECT turn_id FROM outbox")} == {turn.id}
