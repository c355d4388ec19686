"""What is said in a recording is heard by the gate and the assistant; one that nobody can listen to stops nothing."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from careline.domain.conversation import Attachment, Message
from careline.domain.effects import Outcome
from careline.domain.errors import AttachmentUnavailable, ModelUnavailable
from careline.domain.events import Accepted, Cancelled, Completed, Emergency, Started, Token
from careline.engine.answer import Answering
from careline.engine.listening import LONGEST_TRANSCRIPT, Listening
from careline.engine.run import Patience, Runner
from careline.engine.stateless import Stateless
from careline.engine.turn import Engine, Limits
from careline.ports import File, Transcript
from careline.storage.spool import Spool
from careline.storage.sql.ids import new_id
from tests.engine.conftest import GATE, World, incoming
from tests.engine.scripted import OneAssistant, saying
from tests.engine.test_emergencies import kinds
from tests.engine.test_stateless import Unplugged

InWorld = Callable[..., None]
HELP = "My father collapsed and is not breathing"


class Recordings:
    """Reader and transcriber in one: what is said in a recording, or is wrong with it, by the end of its address."""

    name = "ears"
    hosted = False

    def __init__(self, said: Mapping[str, str | Exception]) -> None:
        self.said = said
        self.languages: list[str | None] = []
        self.open = asyncio.Event()
        self.open.set()
        self.listening = asyncio.Event()

    async def read(self, attachment: Attachment) -> File:
        name = attachment.url.rpartition("/")[2]
        if isinstance(found := self.said[name], AttachmentUnavailable):
            raise found
        return File("audio/ogg", name.encode())

    async def transcribe(self, audio: bytes, media_type: str, language: str | None = None) -> Transcript:
        self.languages.append(language)
        self.listening.set()
        await self.open.wait()
        found = self.said[audio.decode()]
        if isinstance(found, Exception):
            raise found
        return Transcript(found, "en")

    def warm(self) -> None: ...

    async def close(self) -> None: ...


class Listener:
    """An engine that listens."""

    def __init__(self, world: World, said: Mapping[str, str | Exception], seconds: float = 25.0) -> None:
        process = world.process()
        self.world = world
        self.assistant = process.assistant
        self.recordings = Recordings(said)
        listening = Listening(self.recordings, self.recordings, seconds)
        answering = Answering(OneAssistant(self.assistant), GATE, process.clock, listening=listening)
        runner = Runner(world.store, process.bus, answering, process.clock, Patience())
        self.engine = process.engine = Engine(world.store, process.bus, runner, process.clock, "listener", Limits())
        self.log = process.log

    async def begin(self, text: str = "", *names: str) -> str:
        """The turn of a message with these recordings."""
        attachments = tuple(Attachment("audio", f"https://files.example/{name}") for name in names)
        return (await self.engine.send(incoming(text, attachments=attachments))).turn.id

    async def say(self, text: str = "", *names: str) -> str:
        return (await self.engine.wait(await self.begin(text, *names))).text or ""

    async def stored(self) -> list[Attachment]:
        """What the database has of the latest message's attachments."""
        person = await self.world.store.person("chat_d")
        assert person is not None
        messages = (await self.world.store.history(person.id, None, 10)).items
        return list(next(one for one in messages if one.direction == "incoming").attachments)


def test_a_recording_is_answered_as_if_it_had_been_written(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        one = Listener(world, {"a": "I would like\n an  appointment\0", "b": "on Monday"})
        assert await one.say("", "a", "b") == "You said: I would like an appointment\non Monday"
        assert [each.transcript for each in await one.stored()] == ["I would like an appointment", "on Monday"]
        assert await one.say("Listen:", "b") == "You said: Listen:\non Monday"

    in_world(test)


def test_the_language_of_the_conversation_is_a_hint(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        one = Listener(world, {"a": "merhaba"})
        one.assistant.scripts["hello"] = saying("Hello", outcome=Outcome(state={}, language="tr-TR"))
        await one.say("", "a")
        await one.say("hello")
        await one.say("", "a")
        assert one.recordings.languages == [None, "tr"]

    in_world(test)


def test_an_emergency_that_is_spoken_is_one(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        one = Listener(world, {"a": HELP})
        turn = await one.begin("", "a")
        assert kinds(await one.log(turn)) == [Accepted, Started, Emergency, Token, Completed]
        assert (await one.stored())[0].transcript == HELP
        assert one.assistant.answered == []

    in_world(test)


def test_an_emergency_that_is_written_does_not_wait_for_the_recording_with_it(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        one = Listener(world, {"a": "hello"})
        one.recordings.open.clear()
        assert Emergency in kinds(await one.log(await one.begin(HELP, "a")))
        assert one.recordings.languages == []

    in_world(test)


def test_an_emergency_does_not_wait_for_a_recording_before_it(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        one = Listener(world, {"a": "hello"})
        one.recordings.open.clear()
        slow = await one.begin("", "a")
        await one.recordings.listening.wait()
        alarm = await one.begin(HELP)
        assert Emergency in kinds(await one.log(alarm))
        assert (await one.log(slow))[-1].event == Cancelled("superseded")

    in_world(test)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (AttachmentUnavailable("too_large"), "too_large"),
        (ModelUnavailable("server"), "server"),
        ("  \0 ", "nothing_heard"),
    ],
)
def test_a_recording_that_cannot_be_listened_to_stays_as_it_is(
    in_world: InWorld, trouble: str | Exception, reason: str
) -> None:
    async def test(world: World) -> None:
        one = Listener(world, {"a": trouble, "b": "and this"})
        assert await one.say("Hello", "a", "b") == "You said: Hello\nand this"
        assert [each.transcript for each in await one.stored()] == [None, "and this"]
        (row,) = await world.store.database.read(lambda conn: conn.exec_driver_sql("SELECT raw FROM turns").all())
        assert f'"fallback":"{reason}"' in row[0].replace(" ", "")
        assert "and this" not in row[0]

    in_world(test)


def test_nobody_waits_for_a_recording_for_ever(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        one = Listener(world, {"a": "late"}, seconds=0.05)
        one.recordings.open.clear()
        assert await one.say("Hello", "a") == "You said: Hello"

    in_world(test)


def test_a_turn_can_be_taken_back_while_its_recording_is_listened_to(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        one = Listener(world, {"a": "hello"})
        one.recordings.open.clear()
        turn = await one.begin("", "a")
        await one.recordings.listening.wait()
        assert await one.engine.cancel(turn)
        assert (await one.log(turn))[-1].event == Cancelled("requested")

    in_world(test)


def test_at_most_four_are_listened_to_and_only_so_long(in_world: InWorld) -> None:
    async def test(world: World) -> None:
        one = Listener(world, dict.fromkeys("abcdef", "la " * LONGEST_TRANSCRIPT))
        await one.say("Hello", *"abcdef")
        heard = [each.transcript for each in await one.stored()]
        assert heard[4:] == [None, None]
        assert all(each and len(each) <= LONGEST_TRANSCRIPT for each in heard[:4])

    in_world(test)


def test_words_and_addresses_are_in_no_log(in_world: InWorld, caplog: pytest.LogCaptureFixture) -> None:
    async def test(world: World) -> None:
        one = Listener(world, {"secret": "my secret illness", "secret2": ModelUnavailable("server")})
        await one.say("", "secret", "secret2")

    with caplog.at_level(logging.DEBUG, logger="careline"):
        in_world(test)
    assert "secret" not in "".join(str(vars(record)) for record in caplog.records if record.name.startswith("careline"))


def test_a_recording_is_heard_and_kept_while_the_database_is_away(in_world: InWorld, tmp_path: Path) -> None:
    async def test(world: World) -> None:
        one = Listener(world, {"a": HELP})
        process, store = world.processes[0], Unplugged(world.store)
        listening = Listening(one.recordings, one.recordings)
        answering = Answering(OneAssistant(one.assistant), GATE, process.clock, listening=listening)
        spool = Spool(tmp_path / "spool.jsonl", store)
        stateless = Stateless(process.bus, answering, spool, process.clock, new_id)
        runner = Runner(store, process.bus, answering, process.clock, Patience())
        engine = Engine(store, process.bus, runner, process.clock, "away", Limits(), stateless)
        store.away = True
        turn = (await engine.send(incoming("", attachments=(Attachment("audio", "https://files.example/a"),)))).turn
        assert (await engine.wait(turn.id)).emergency is not None
        store.away = False
        await spool.drain()
        assert [each.transcript for each in await one.stored()] == [HELP]

    in_world(test)


def test_no_more_recordings_are_held_than_there_is_room_for() -> None:
    """However many people send some: they wait for their turn outside of memory."""

    class Slow(Recordings):
        fetched = 0

        async def read(self, attachment: Attachment) -> File:
            self.fetched += 1
            return await super().read(attachment)

    async def main() -> None:
        ears = Slow({"hello": "hello"})
        ears.open.clear()
        listening = Listening(ears, ears, at_once=3)
        voice = Attachment("audio", "https://files.example/hello")
        messages = [Message(str(n), str(n), "incoming", "", datetime.now(UTC), (voice, voice)) for n in range(4)]
        all_heard = asyncio.gather(*(listening.listen(message, None) for message in messages))
        await ears.listening.wait()
        assert ears.fetched == 3
        ears.open.set()
        heard = [one.transcript for listened in await all_heard for one in listened.attachments]
        assert heard == ["hello"] * 8

    asyncio.run(main())
