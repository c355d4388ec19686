"""Several conversations of one person on one channel, told apart by thread."""

from careline.domain.conversation import Hints, Incoming
from tests.contracts.world import CHANNEL, World, at, lease, story

DAY = 86400


def said(text: str, thread: str | None, external_id: str | None = None) -> Incoming:
    return Incoming(CHANNEL, "user_ann", text, external_id=external_id, thread=thread)


@story
async def test_threads_are_conversations_of_their_own(w: World) -> None:
    one, two, none = [await w.store.accept(said("hi", thread), at(0), lease()) for thread in ("a", "b", None)]
    assert len({receipt.turn.conversation_id for receipt in (one, two, none)}) == 3
    assert len({receipt.turn.person_id for receipt in (one, two, none)}) == 1
    assert all(receipt.claim is not None for receipt in (one, two, none))
    again = await w.store.accept(said("more", "a"), at(1), lease())
    assert (again.turn.conversation_id, again.turn.status) == (one.turn.conversation_id, "queued")
    session = await w.store.session(CHANNEL, "user_ann")
    assert session is not None
    assert session.id == none.turn.conversation_id


@story
async def test_the_latest_turn_of_a_thread(w: World) -> None:
    one = await w.store.accept(said("hi", "a"), at(0), lease())
    two = await w.store.accept(said("hi", "b"), at(1), lease())
    for thread, receipt in (("a", one), ("b", two), (None, two)):
        latest = await w.store.latest_turn(CHANNEL, "user_ann", thread)
        assert latest is not None
        assert latest.turn.id == receipt.turn.id
    assert await w.store.latest_turn(CHANNEL, "user_ann", "c") is None
    assert await w.store.latest_turn(CHANNEL, "user_ben", "a") is None


@story
async def test_a_thread_that_has_expired_begins_anew(w: World) -> None:
    one = await w.store.accept(said("hi", "a"), at(0), lease())
    await w.answer(one.turn)
    two = await w.store.accept(said("hi", "a"), at(DAY + 1), lease())
    assert two.ended == one.turn.conversation_id
    assert two.turn.conversation_id != one.turn.conversation_id


@story
async def test_what_the_client_asks_of_the_assistant_is_kept_with_the_turn(w: World) -> None:
    hints = Hints(agents=False, profile={"age": 45, "allergies": {"drug": ["penicillin"]}})
    receipt = await w.store.accept(Incoming(CHANNEL, "user_ann", "hi", hints=hints), at(0), lease())
    assert (await w.store.turn(receipt.turn.id)).turn.hints == hints
