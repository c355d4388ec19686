"""What goes wrong around a turn: a full queue, a lookup that fails, an assistant that does not stop."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from careline.domain.conversation import Incoming
from careline.domain.effects import Outcome
from careline.domain.errors import Overloaded, StoreUnavailable
from careline.domain.events import Failed, Token
from careline.engine.answer import Answering
from careline.engine.knowing import Knowing
from careline.engine.run import Patience, Runner
from careline.engine.running import MAX_REPLY_CHARACTERS
from careline.engine.turn import Engine, Limits
from careline.ports import AssistantEvent, Claim, Finish, Lease, StoredTurn, TurnContext
from careline.safety.findings import Scan
from careline.safety.gate import Gate, Screening
from careline.storage.sql.alerts import SqlAlerts
from careline.storage.sql.profiles import SqlProfiles
from careline.storage.sql.store import SqlStore
from tests.engine.conftest import GATE, Process, World, incoming
from tests.engine.scripted import OneAssistant
from tests.engine.test_turns import history

InWorld = Callable[..., None]
EMERGENCY = "I have crushing chest pain and can't breathe"


class Troubled(SqlStore):
    """The real store, which refuses the first time a turn is finished."""

    def __init__(self, store: SqlStore, trouble: Exception) -> None:
        super().__init__(store.database)
        self._trouble: Exception | None = trouble

    async def finish(self, finish_: Finish, next_lease: Lease) -> Claim | None:
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble
        return await super().finish(finish_, next_lease)


class Unread(SqlProfiles):
    """Stored profiles that cannot be looked up."""

    def __init__(self, world: World, trouble: Exception) -> None:
        super().__init__(world.store.database)
        self._trouble = trouble

    async def get(self, *_: Any) -> Any:
        raise self._trouble


class Deaf(Gate):
    """A gate that fails on some messages."""

    def __init__(self) -> None:
        self.__dict__.update(GATE.__dict__)

    def screen(self, text: str | Scan, *more: Any) -> Screening:
        return super().screen(self.scan(text) if isinstance(text, str) else text, *more)

    def scan(self, text: str) -> Scan:
        if "odd" in text:
            raise ValueError
        return super().scan(text)


def engine_of(process: Process, store: SqlStore, knowing: Knowing | None = None, gate: Gate = GATE) -> Engine:
    answering = Answering(OneAssistant(process.assistant), gate, process.clock, knowing=knowing)
    runner = Runner(store, process.bus, answering, process.clock, Patience(retry_seconds=0.001))
    return Engine(store, process.bus, runner, process.clock, "troubled", Limits())


def test_an_answer_waits_for_room_in_the_queue(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        engine = engine_of(world.process(), Troubled(world.store, Overloaded()))
        reply = await engine.wait((await engine.send(incoming("hello"))).turn.id)
        assert (reply.status, reply.text) == ("completed", "You said: hello")
        await engine.stop(0)

    in_world(test)


def test_staff_are_told_of_an_emergency_whose_outcome_could_not_be_stored(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        engine = engine_of(world.process(), Troubled(world.store, ValueError()))
        reply = await engine.wait((await engine.send(incoming(EMERGENCY))).turn.id)
        assert (reply.status, reply.emergency is not None) == ("failed", True)
        [alert] = (await SqlAlerts(world.store.database).listed(None, 10)).items
        assert alert.turn_id == reply.turn_id
        session = await world.store.session("website", "chat_d")
        assert session is not None
        assert session.waiting
        await engine.stop(0)

    in_world(test)


@pytest.mark.parametrize("trouble", [Overloaded(), StoreUnavailable(), ValueError()])
def test_the_gate_looks_at_a_message_whatever_becomes_of_the_profile(in_world: InWorld, trouble: Exception) -> None:
    async def test(world: World) -> None:
        process = world.process()
        engine = engine_of(process, world.store, Knowing(Unread(world, trouble), process.clock))
        reply = await engine.wait((await engine.send(Incoming("assistant_stream", "user_ana", EMERGENCY))).turn.id)
        assert (reply.status, reply.emergency is not None) == ("completed", True)
        await engine.stop(0)

    in_world(test)


def test_a_message_that_the_gate_cannot_read_is_stored_and_does_not_reach_the_assistant(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        engine = engine_of(process, world.store, gate=Deaf())
        turns = [(await engine.send(incoming(text))).turn.id for text in ("something odd", "hello")]
        replies = [await engine.wait(turn) for turn in turns]
        assert [(reply.status, reply.error_type) for reply in replies] == [
            ("failed", "ValueError"),
            ("completed", None),
        ]
        assert process.assistant.answered == ["hello"]
        assert (await history(world))[0] == ("incoming", "something odd")
        await engine.stop(0)

    in_world(test)


def test_an_assistant_that_does_not_stop_writing_ends_as_failed(in_world: InWorld) -> None:
    async def endless(context: TurnContext) -> AsyncGenerator[AssistantEvent, None]:
        while True:
            yield Token("x" * (MAX_REPLY_CHARACTERS // 4))
            yield Outcome(state={})

    async def test(world: World) -> None:
        process = world.process()
        process.assistant.scripts["go"] = endless
        turn = await process.say("go")
        assert (await process.log(turn))[-1].event == Failed("ReplyTooLong")
        assert process.assistant.answered == ["go"]

    in_world(test)


def test_a_follower_stays_while_the_database_cannot_be_asked(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        process = world.process()
        gate = process.assistant.hold("slow")
        turn = await process.say("slow")
        await process.assistant.reached["slow"].wait()

        async def away(_: str) -> StoredTurn:
            raise StoreUnavailable

        process.store.turn = away  # type: ignore[method-assign, assignment]
        said = []
        async for item in process.engine.follow(turn, idle_seconds=0.01):
            if item is None:
                gate.set()
            elif isinstance(item.event, Token):
                said.append(item.event.text)
        assert "".join(said) == "You said: slow"

    in_world(test)
