"""What an assistant says or notes that a database does not take as text: the turn ends all the same, at once."""

import asyncio

import pytest

from careline.bus.memory import MemoryBus
from careline.domain.effects import Outcome
from careline.domain.events import Token
from careline.engine.answer import Answering
from careline.engine.clock import SystemClock
from careline.engine.reply import Reply
from careline.engine.run import Patience, Runner
from careline.engine.turn import Engine, Limits
from careline.storage.sql.connect import open_database
from careline.storage.sql.store import SqlStore
from tests.engine.conftest import GATE, incoming
from tests.engine.scripted import OneAssistant, Script, ScriptedAssistant, saying


async def _answered(url: str, script: Script) -> tuple[Reply, str | None, str]:
    """The reply, the stored one, and the tokens as a follower has them."""
    database = open_database(url)
    store, bus, clock, assistant = SqlStore(database), MemoryBus(), SystemClock(), ScriptedAssistant()
    assistant.scripts["hello"] = script
    runner = Runner(store, bus, Answering(OneAssistant(assistant), GATE, clock), clock, Patience())
    engine = Engine(store, bus, runner, clock, "one", Limits())
    turn = (await engine.send(incoming("hello"))).turn.id
    reply = await asyncio.wait_for(engine.wait(turn), 5)
    seen = [each.event.text async for each in engine.follow(turn) if each and isinstance(each.event, Token)]
    stored = await store.turn(turn)
    await engine.stop(0)
    await database.close()
    return reply, stored.reply, "".join(seen)


@pytest.mark.parametrize("said", ["\0", "\ud800"])
def test_a_character_that_cannot_be_stored_is_replaced(database_url: str, said: str) -> None:
    reply, stored, seen = asyncio.run(_answered(database_url, saying(f"one{said}", "\n", "two")))
    assert (reply.status, stored, seen) == ("completed", reply.text, reply.text)
    assert reply.text == "one\N{REPLACEMENT CHARACTER}\ntwo"


@pytest.mark.parametrize(("note", "status"), [("\0", "completed"), ("\ud800", "failed")])
def test_a_turn_whose_notes_cannot_be_stored_ends(database_url: str, note: str, status: str) -> None:
    outcome = Outcome(state={}, raw=({"note": note},))
    reply, stored, seen = asyncio.run(_answered(database_url, saying("Fine.", outcome=outcome)))
    assert reply.status == status
    assert stored == seen == reply.text
    assert (reply.text or "").startswith("Fine.")
