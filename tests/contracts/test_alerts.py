"""Staff alerts on every engine: raised by the turn's commit, told again until somebody acknowledges them."""

import asyncio
from datetime import timedelta

import pytest

from careline.domain.conversation import Incoming
from careline.domain.effects import RaiseAlert
from careline.domain.errors import Invalid, LeaseLost, NotFound
from careline.ports import Exchange
from careline.storage.sql.alerts import SqlAlerts
from careline.storage.sql.ids import new_id
from tests.contracts.world import CHANNEL, World, all_of, at, lease, story

CARDIAC = RaiseAlert("cardiac", "emergency_ambulance", "GB")
HARM = RaiseAlert("self_harm", "emergency")
FIVE_MINUTES = timedelta(minutes=5)


@story
async def test_an_alert_is_raised_with_the_turns_commit(w: World) -> None:
    turn = await w.exchange(CARDIAC)
    (alert,) = (await SqlAlerts(w.database).listed(None, 10)).items
    assert (alert.kind, alert.level, alert.country) == ("cardiac", "emergency_ambulance", "GB")
    assert (alert.turn_id, alert.conversation_id) == (turn.id, turn.conversation_id)
    assert (alert.raised_at, alert.last_raised_at, alert.raised) == (at(1), at(1), 1)
    assert (alert.acknowledged_at, alert.acknowledged_by) == (None, None)
    (item,) = await w.outbox.due(at(1), lease(), 10)
    assert (item.kind, item.payload) == ("alert", {"alert": alert.id, "raised": 1})


@story
async def test_a_lost_turn_raises_nothing(w: World) -> None:
    turn = (await w.say()).turn
    with pytest.raises(LeaseLost):
        await w.answer(turn, "good day", CARDIAC, owner="b")
    assert await w.count("alerts") == 0
    assert await w.count("outbox") == 0


@story
async def test_nobody_answers_so_it_is_raised_again_and_again(w: World) -> None:
    alerts = SqlAlerts(w.database)
    await w.exchange(CARDIAC)
    assert await alerts.raise_again(at(300) - FIVE_MINUTES, at(300), 10) == []
    (again,) = await alerts.raise_again(at(301) - FIVE_MINUTES, at(301), 10)
    assert (again.raised, again.raised_at, again.last_raised_at) == (2, at(1), at(301))
    assert await alerts.raise_again(at(302) - FIVE_MINUTES, at(302), 10) == []
    (again,) = await alerts.raise_again(at(601) - FIVE_MINUTES, at(601), 10)
    assert again.raised == 3
    told = await w.outbox.due(at(601), lease(), 10)
    assert sorted(str(item.payload["raised"]) for item in told) == ["1", "2", "3"]
    assert {item.payload["alert"] for item in told} == {again.id}


@story
async def test_an_alert_that_nobody_ever_acknowledges_does_not_fill_the_disk(w: World) -> None:
    alerts = SqlAlerts(w.database)
    await w.exchange(CARDIAC)
    for minute in range(1, 100, 6):
        for item in await w.outbox.due(at(minute * 60), lease(), 10):
            await w.outbox.delivered(item.id, at(minute * 60))
        await alerts.raise_again(at(minute * 60), at(minute * 60 + 1), 10)
    assert await w.count("outbox") == 1
    (item,) = await w.outbox.due(at(6000), lease("a", 6060), 10)
    assert item.payload["raised"] == 18


@story
async def test_two_processes_raise_it_again_once(w: World) -> None:
    alerts = SqlAlerts(w.database)
    for number in range(6):
        await w.exchange(CARDIAC, device=str(number))
    rounds = await asyncio.gather(*(alerts.raise_again(at(10), at(400), 100) for _ in range(4)))
    assert len([alert for found in rounds for alert in found]) == 6
    assert await w.count("outbox") == 12


@story
async def test_the_batch_is_bounded_and_the_longest_unanswered_come_first(w: World) -> None:
    alerts = SqlAlerts(w.database)
    for number in range(3):
        await w.exchange(CARDIAC, device=str(number), when=number * 10)
    first = await alerts.raise_again(at(100), at(400), 2)
    assert [alert.raised_at for alert in first] == [at(1), at(11)]
    assert [alert.raised_at for alert in await alerts.raise_again(at(100), at(400), 2)] == [at(21)]


@story
async def test_an_acknowledged_alert_is_quiet(w: World) -> None:
    alerts = SqlAlerts(w.database)
    await w.exchange(CARDIAC)
    (alert,) = (await alerts.listed(None, 10, open_only=True)).items
    done = await alerts.acknowledge(alert.id, " Dr.\n Ada  Example ", at(20))
    assert (done.acknowledged_by, done.acknowledged_at) == ("Dr. Ada Example", at(20))
    assert await alerts.raise_again(at(5000), at(5001), 10) == []
    assert (await alerts.listed(None, 10, open_only=True)).items == ()
    assert (await alerts.listed(None, 10)).items == (done,)
    assert await alerts.get(alert.id) == done


@story
async def test_the_first_acknowledgement_stands(w: World) -> None:
    alerts = SqlAlerts(w.database)
    await w.exchange(CARDIAC)
    (alert,) = (await alerts.listed(None, 10)).items
    both = await all_of(alerts.acknowledge(alert.id, name, at(9)) for name in ("Ada", "Bea"))
    assert len({done.acknowledged_by for done in both}) == 1
    assert (await alerts.acknowledge(alert.id, "Cleo", at(30))).acknowledged_at == at(9)


@story
async def test_what_cannot_be_acknowledged(w: World) -> None:
    alerts = SqlAlerts(w.database)
    await w.exchange(CARDIAC)
    (alert,) = (await alerts.listed(None, 10)).items
    for nobody in ("", " \t", "x" * 256):
        with pytest.raises(Invalid):
            await alerts.acknowledge(alert.id, nobody, at(9))
    for unknown in ("nonsense", new_id()):
        with pytest.raises(NotFound):
            await alerts.acknowledge(unknown, "Ada", at(9))
    assert len((await alerts.listed(None, 10, open_only=True)).items) == 1


@story
async def test_pages_newest_first(w: World) -> None:
    alerts = SqlAlerts(w.database)
    for number in range(5):
        await w.exchange(CARDIAC, HARM, device=str(number), when=number * 10)
    whole = (await alerts.listed(None, 100)).items
    assert [alert.id for alert in whole] == sorted((alert.id for alert in whole), reverse=True)
    assert len(whole) == 10
    await alerts.acknowledge(whole[3].id, "Ada", at(100))
    for open_only, expected in ((False, whole), (True, (*whole[:3], *whole[4:]))):
        seen, cursor = [], None
        while True:
            page = await alerts.listed(cursor, 4, open_only=open_only)
            seen += [alert.id for alert in page.items]
            cursor = page.next
            if cursor is None:
                break
        assert seen == [alert.id for alert in expected]
    with pytest.raises(Invalid):
        await alerts.listed("nonsense", 4)


@story
async def test_an_emergency_answered_while_the_database_was_away_is_raised_when_it_is_back(w: World) -> None:
    incoming = Incoming(CHANNEL, "chat_one", "my chest", (), "m1")
    exchange = Exchange(new_id(), incoming, "anna", at(0), "Call 999", at(1), b"[]", (CARDIAC,))
    assert await w.store.import_exchange(exchange)
    assert not await w.store.import_exchange(exchange)
    (alert,) = (await SqlAlerts(w.database).listed(None, 10)).items
    assert (alert.turn_id, alert.kind, alert.raised_at) == (exchange.turn_id, "cardiac", at(1))
    assert len(await w.outbox.due(at(1), lease(), 10)) == 1
