"""Who runs a turn: takeovers, leases, turns taken back, and the outbox's own claims."""

import asyncio

import pytest

from careline.domain.effects import Deliver
from careline.domain.errors import LeaseLost, NotFound
from tests.contracts.world import World, at, lease, story

NOBODY = "01a1fda8-05d0-71cb-86bd-d3beba338f28"


@story
async def test_a_turn_is_taken_over_once_its_lease_has_run_out(w: World) -> None:
    turn = (await w.say("help")).turn
    assert await w.store.take_over(at(15), lease("b", 30), 10) == []
    assert await w.store.take_over(at(16), lease("a", 31), 10, but=[turn.id]) == []
    (claim,) = await w.store.take_over(at(16), lease("b", 31), 10)
    assert (claim.turn.id, claim.turn.attempt, claim.turn.status) == (turn.id, 2, "running")
    assert (claim.message.body, claim.person.address) == ("help", "chat_one")
    assert claim.conversation.id == turn.conversation_id
    assert await w.store.take_over(at(17), lease("c", 32), 10) == []
    with pytest.raises(LeaseLost):
        await w.answer(turn)
    await w.answer(claim.turn, owner="b")
    assert await w.store.take_over(at(1000), lease("c", 1015), 10) == []


@story
async def test_everything_means_what_others_hold(w: World) -> None:
    theirs = (await w.say(device="one", owner="dead")).turn
    await w.say(device="two", owner="me")
    claims = await w.store.take_over(at(1), lease("me"), 10, everything=True)
    assert [claim.turn.id for claim in claims] == [theirs.id]
    assert [claim.turn.attempt for claim in claims] == [2]


@story
async def test_only_the_oldest_open_turn_of_a_conversation_is_taken(w: World) -> None:
    first = (await w.say("one")).turn
    second = (await w.say("two")).turn
    (claim,) = await w.store.take_over(at(16), lease("b", 31), 10)
    assert claim.turn.id == first.id
    following = await w.answer(claim.turn, owner="b")
    assert following is not None
    assert (following.turn.id, following.turn.attempt) == (second.id, 1)


@story
async def test_a_queued_turn_nobody_would_run_is_taken(w: World) -> None:
    await w.say("one")
    second = (await w.say("two")).turn
    await w.database.write(
        lambda conn: conn.exec_driver_sql("UPDATE turns SET status = 'cancelled' WHERE status = 'running'").rowcount
    )
    (claim,) = await w.store.take_over(at(1), lease("b"), 10)
    assert (claim.turn.id, claim.turn.attempt) == (second.id, 1)


@story
async def test_takeovers_at_once_share_the_turns(w: World) -> None:
    turns = {(await w.say(device=str(n))).turn.id for n in range(12)}
    other = World(w.url)
    try:
        found = await asyncio.gather(
            *((w if n % 2 else other).store.take_over(at(16), lease(f"p{n}", 31), 12) for n in range(6))
        )
    finally:
        await other.database.close()
    taken = [claim.turn.id for claims in found for claim in claims]
    assert len(taken) == len(set(taken))
    rest = await w.store.take_over(at(16), lease("last", 31), 12)
    assert turns == {*taken, *(claim.turn.id for claim in rest)}


@story
async def test_no_more_are_taken_than_asked_for_oldest_first(w: World) -> None:
    turns = [(await w.say(device=str(n))).turn.id for n in range(5)]
    claims = await w.store.take_over(at(16), lease("b", 31), 3)
    assert [claim.turn.id for claim in claims] == turns[:3]


@story
async def test_a_lease_is_renewed_for_the_turns_that_run(w: World) -> None:
    running = (await w.say(device="one")).turn
    forgotten = (await w.say(device="two")).turn
    theirs = (await w.say(device="three", owner="b")).turn
    await w.store.renew(lease("a", 100), [running.id, theirs.id])
    await w.store.renew(lease("a", 100), [])
    claims = await w.store.take_over(at(16), lease("c", 31), 10)
    assert {claim.turn.id for claim in claims} == {forgotten.id, theirs.id}


@story
async def test_a_turn_nobody_has_begun_can_be_taken_back(w: World) -> None:
    first = (await w.say("one")).turn
    second = (await w.say("two")).turn
    third = (await w.say("three")).turn
    assert not await w.store.cancel_queued(first.id, at(1), b"events")
    assert await w.store.cancel_queued(second.id, at(1), b"events")
    assert not await w.store.cancel_queued(second.id, at(2), b"other")
    stored = await w.store.turn(second.id)
    assert (stored.turn.status, stored.events, stored.reply, stored.finished_at) == (
        "cancelled",
        b"events",
        None,
        at(1),
    )
    following = await w.answer(first)
    assert following is not None
    assert following.turn.id == third.id
    for unknown in (NOBODY, "nonsense"):
        with pytest.raises(NotFound):
            await w.store.cancel_queued(unknown, at(1), b"")


@story
async def test_a_delivery_is_claimed_until_it_is_made_retried_or_given_up(w: World) -> None:
    await w.exchange(*(Deliver("mail", {"n": n}) for n in range(3)))
    assert await w.outbox.due(at(0), lease(), 10) == []
    made, tried, hopeless = await w.outbox.due(at(1), lease("a", 60), 10)
    assert await w.outbox.due(at(2), lease("b", 60), 10) == []
    await w.outbox.delivered(made.id, at(3))
    await w.outbox.retry(tried.id, at(30), "ConnectionError")
    await w.outbox.retry(hopeless.id, at(3), "Refused", give_up=True)
    assert await w.outbox.due(at(29), lease("b", 90), 10) == []
    (again,) = await w.outbox.due(at(30), lease("b", 90), 10)
    assert (again.id, again.attempt, again.payload) == (tried.id, 2, tried.payload)
    (after_crash,) = await w.outbox.due(at(91), lease("c", 120), 10)
    assert (after_crash.id, after_crash.attempt) == (tried.id, 3)
    await w.outbox.delivered(tried.id, at(92))
    assert await w.outbox.due(at(10_000), lease("c", 10_060), 10) == []
    row = await w.one("SELECT error_type FROM outbox WHERE failed_at IS NOT NULL")
    assert row.error_type == "Refused"


@story
async def test_two_processes_never_claim_the_same_delivery(w: World) -> None:
    for n in range(4):
        await w.exchange(*(Deliver("mail", {"n": k}) for k in range(5)), device=str(n))
    other = World(w.url)
    try:
        found = await asyncio.gather(
            *((w if n % 2 else other).outbox.due(at(5), lease(f"p{n}", 60), 4) for n in range(10))
        )
    finally:
        await other.database.close()
    claimed = [item.id for items in found for item in items]
    assert len(claimed) == len(set(claimed))
    rest = await w.outbox.due(at(5), lease("last", 60), 20)
    assert len(claimed) + len(rest) == 20
