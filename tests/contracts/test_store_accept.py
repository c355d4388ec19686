"""Accepting messages: people, sessions, order, resends and races."""

import asyncio

import pytest

from careline.domain.conversation import Attachment, Hints, Incoming
from careline.domain.effects import EraseOnEnd
from careline.domain.errors import IdempotencyConflict, Invalid, TooManyWaiting
from careline.storage.sql.accept import MOST_WAITING
from careline.storage.sql.store import SqlStore
from tests.contracts.world import CHANNEL, World, all_of, at, lease, story

DAY = 86400
IMAGES = (Attachment("image", "https://x.test/1.png"), Attachment("image", "https://x.test/2.png"))
AUDIO = Attachment("audio", "https://x.test/3.ogg")


@story
async def test_the_first_message_makes_a_person_and_a_session_and_may_run(w: World) -> None:
    receipt = await w.say("hello")
    assert (receipt.duplicate, receipt.person_created, receipt.conversation_created) == (False, True, True)
    claim = receipt.claim
    assert claim is not None
    assert (claim.turn.status, claim.turn.attempt, claim.turn.accepted_at) == ("running", 1, at(0))
    assert (claim.message.body, claim.message.direction, claim.message.created_at) == ("hello", "incoming", at(0))
    assert (claim.person.address, claim.person.name) == ("chat_one", None)
    conversation = claim.conversation
    assert (conversation.agent, conversation.locked_at, conversation.session_ttl) == (None, at(0), DAY)
    assert (await w.store.turn(receipt.turn.id)).turn == receipt.turn
    assert await w.store.person("chat_one") == claim.person


@story
async def test_a_message_moves_the_end_of_its_session(w: World) -> None:
    turn = await w.exchange()
    receipt = await w.say(when=DAY)
    assert receipt.turn.conversation_id == turn.conversation_id
    assert (receipt.person_created, receipt.conversation_created) == (False, False)
    session = await w.store.session(CHANNEL, "chat_one")
    assert session is not None
    assert session.locked_at == at(DAY)


@story
async def test_messages_wait_for_the_one_before(w: World) -> None:
    first, second, third = [await w.say(text, when=n) for n, text in enumerate(("one", "two", "three"))]
    assert (second.turn.status, second.claim, third.turn.status) == ("queued", None, "queued")
    after_first = await w.answer(first.turn)
    assert after_first is not None
    assert (after_first.turn.id, after_first.message.body) == (second.turn.id, "two")
    assert (after_first.turn.status, after_first.turn.attempt) == ("running", 1)
    after_second = await w.answer(after_first.turn)
    assert after_second is not None
    assert after_second.turn.id == third.turn.id
    assert await w.answer(after_second.turn) is None


@story
async def test_only_so_many_messages_wait_in_one_conversation(w: World) -> None:
    running = await w.say("the first")
    said = await asyncio.gather(*(w.say(str(n)) for n in range(MOST_WAITING + 5)), return_exceptions=True)
    refused = [one for one in said if isinstance(one, BaseException)]
    assert [type(one) for one in refused] == [TooManyWaiting] * 5
    assert await w.count("turns") == await w.count("messages") == MOST_WAITING + 1
    assert (await w.say("somebody else", device="two")).claim is not None
    await w.answer(running.turn)
    assert (await w.say("there is room")).turn.status == "queued"


@story
async def test_devices_do_not_wait_for_each_other(w: World) -> None:
    assert (await w.say(device="one")).claim is not None
    assert (await w.say(device="two")).claim is not None


@story
async def test_a_resend_finds_the_first_turn(w: World) -> None:
    first = await w.say("hello", id="m1", attachments=(AUDIO,))
    again = await w.say("hello", id="m1", attachments=(AUDIO,), when=5)
    assert (again.duplicate, again.claim, again.turn) == (True, None, first.turn)
    await w.answer(first.turn)
    assert (await w.say("hello", id="m1", attachments=(AUDIO,))).turn.status == "completed"
    assert await w.count("messages") == 2


@story
async def test_a_resend_after_the_session_expired_begins_none(w: World) -> None:
    turn = (await w.say(id="m1")).turn
    await w.answer(turn)
    again = await w.say(id="m1", when=3 * DAY)
    assert (again.duplicate, again.turn.id, again.ended) == (True, turn.id, None)
    assert await w.count("conversation_states") == 1


@story
async def test_another_message_under_a_used_id_is_a_conflict(w: World) -> None:
    await w.say("hello", id="m1")
    with pytest.raises(IdempotencyConflict):
        await w.say("good bye", id="m1")
    with pytest.raises(IdempotencyConflict):
        await w.say("hello", id="m1", attachments=IMAGES)
    assert await w.count("turns") == 1


@story
async def test_ids_of_messages_belong_to_the_device(w: World) -> None:
    await w.say("hello", id="m1", device="one")
    assert not (await w.say("another", id="m1", device="two")).duplicate


@story
async def test_a_resend_of_an_erased_message_is_still_known(w: World) -> None:
    turn = (await w.say("secret", id="m1")).turn
    await w.answer(turn, "noted", EraseOnEnd())
    await w.store.end_expired(at(2 * DAY), 10)
    assert (await w.say("secret", id="m1", when=2 * DAY)).turn.id == turn.id


@story
async def test_after_its_time_a_session_is_ended_by_the_next_message(w: World) -> None:
    turn = await w.exchange()
    receipt = await w.say(when=DAY + 1)
    assert receipt.ended == turn.conversation_id
    assert receipt.conversation_created
    assert receipt.turn.conversation_id != turn.conversation_id
    old = await w.one("SELECT * FROM conversation_states WHERE id = :id", id=turn.conversation_id)
    assert (old.thread_key, old.ended_reason) == (None, "expired")
    third = await w.answer(receipt.turn, when=DAY + 2)
    assert third is None
    assert (await w.say(when=3 * DAY)).ended == receipt.turn.conversation_id


@story
async def test_the_next_message_erases_an_expired_session_that_asks_for_it(w: World) -> None:
    await w.exchange(EraseOnEnd(), said="secret")
    await w.say("new", when=2 * DAY)
    assert {row.body for row in await w.rows("SELECT body FROM messages")} == {"", "new"}


@story
async def test_a_session_with_an_open_turn_does_not_expire(w: World) -> None:
    receipt = await w.say()
    later = await w.say(when=2 * DAY)
    assert (later.turn.conversation_id, later.turn.status, later.ended) == (
        receipt.turn.conversation_id,
        "queued",
        None,
    )


@story
async def test_new_sessions_have_the_time_to_live_of_the_store(w: World) -> None:
    store = SqlStore(w.database, session_ttl=60)
    receipt = await store.accept(Incoming(CHANNEL, "chat_x", "hello"), at(0), lease())
    assert receipt.claim is not None
    assert receipt.claim.conversation.session_ttl == 60


@story
async def test_attachments_are_kept_and_images_are_in_media_url(w: World) -> None:
    receipt = await w.say(attachments=(*IMAGES, AUDIO))
    assert receipt.claim is not None
    assert receipt.claim.message.attachments == (*IMAGES, AUDIO)
    page = await w.store.history(receipt.turn.person_id, None, 10)
    assert page.items == (receipt.claim.message,)
    row = await w.one("SELECT media_url FROM messages")
    assert row.media_url == "https://x.test/1.png\nhttps://x.test/2.png"


@story
async def test_hints_are_kept_with_the_turn(w: World) -> None:
    hints = Hints("tr-TR", "Europe/Istanbul", "TR")
    receipt = await w.store.accept(Incoming(CHANNEL, "chat_x", "selam", hints=hints), at(0), lease())
    assert (await w.store.turn(receipt.turn.id)).turn.hints == hints


@story
async def test_texts_no_database_takes_are_refused(w: World) -> None:
    for said in ("nul \x00", "half \ud800"):
        with pytest.raises(Invalid):
            await w.say(said)
    assert await w.count("users") == 0
    text = "🌷 İyi günler ‏שלום \u2028'\";--\\ %s"
    assert (await w.store.history((await w.say(text)).turn.person_id, None, 1)).items[0].body == text


@story
async def test_first_messages_at_once_from_two_processes_make_one_session(w: World) -> None:
    other = World(w.url)
    try:
        worlds = [w, other]
        receipts = await asyncio.gather(*(worlds[n % 2].say(f"message {n}") for n in range(20)))
    finally:
        await other.database.close()
    assert len({r.turn.id for r in receipts}) == 20
    assert len({r.turn.conversation_id for r in receipts}) == 1
    assert sum(r.claim is not None for r in receipts) == 1
    assert sum(r.person_created for r in receipts) == 1
    assert [await w.count(table) for table in ("users", "conversation_states", "turns", "messages")] == [1, 1, 20, 20]


@story
async def test_resends_at_once_to_two_processes_are_one_turn(w: World) -> None:
    other = World(w.url)
    try:
        worlds = [w, other]
        receipts = await asyncio.gather(*(worlds[n % 2].say("hello", id="m1") for n in range(20)))
    finally:
        await other.database.close()
    assert len({r.turn.id for r in receipts}) == 1
    assert sum(not r.duplicate for r in receipts) == 1
    assert sum(r.claim is not None for r in receipts) == 1
    assert await w.count("messages") == 1


@story
async def test_no_message_is_left_behind_while_answers_are_being_stored(w: World) -> None:
    """A message that arrives at the moment the one before ends is claimed by one of the two, never by none."""
    other = World(w.url)
    answered: list[str] = []

    async def talk(world: World, owner: str) -> None:
        for n in range(15):
            receipt = await world.say(f"{owner} {n}", owner=owner)
            claim = receipt.claim
            while claim is not None:
                answered.append(claim.turn.id)
                claim = await world.answer(claim.turn, owner=owner)

    try:
        outcome = await all_of(talk(w if n % 2 else other, f"p{n}") for n in range(4))
    finally:
        await other.database.close()
    assert outcome == [None] * 4
    assert len(answered) == 60
    assert await w.rows("SELECT id FROM turns WHERE status <> 'completed'") == []
