"""A picture is shown to a model that sees; one that nobody can see is acknowledged and is for staff."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from careline.assistants.free_images import MOST_LOOKING, Looked, Looking
from careline.assistants.free_turns import Left
from careline.domain.conversation import Attachment
from careline.domain.effects import RequestPerson
from careline.domain.errors import AttachmentUnavailable, ModelUnavailable
from careline.models.scripted import Script
from careline.ports import File, ImagePart
from tests.assistants.free_conversation import LATER, FreeTalk

Run = Callable[[Any], Any]
PHOTO, OTHER, GONE = (Attachment("image", f"https://files.example/{name}") for name in ("photo", "other", "gone"))
VOICE = Attachment("audio", "https://files.example/voice")
SEEN = "I see a red patch on a hand."
ACKNOWLEDGED = "I can't look at it myself"
CONSENT = "Is it okay for me to collect your personal information for this purpose?"


class Album:
    """An attachment reader with every picture but one."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def read(self, attachment: Attachment) -> File:
        self.asked.append(attachment.url)
        if attachment == GONE:
            raise AttachmentUnavailable("status")
        return File("image/jpeg", attachment.url.encode())


def seeing(*script: Script, **more: Any) -> FreeTalk:
    return FreeTalk(script, reader=Album(), **more)


def looked(talk: FreeTalk) -> Any:
    return next((one["images"] for one in talk.outcome.raw if "images" in one), None)


@pytest.mark.parametrize("text", ["", LATER])
def test_a_picture_reaches_the_model_with_its_message(run: Run, text: str) -> None:
    talk = seeing(SEEN)
    run(talk.say("Hello"))
    reply = run(talk.say(text, [PHOTO, OTHER]))
    assert reply.startswith(f"{SEEN}\n\n")
    assert reply.endswith(CONSENT)
    [request] = talk.model.requests
    assert request.messages[-1].content == text
    assert request.messages[-1].images == tuple(ImagePart("image/jpeg", one.url.encode()) for one in (PHOTO, OTHER))
    assert "Never say from a picture what somebody has" in request.messages[0].content
    assert looked(talk) == {"shown": 2, "fallback": None}
    assert talk.of(RequestPerson) == []


def test_a_first_message_may_be_a_picture(run: Run) -> None:
    talk = seeing(SEEN)
    reply = run(talk.say("", [PHOTO]))
    assert reply.startswith("Hello! I'm Anna")
    assert SEEN in reply


def test_a_message_without_pictures_says_nothing_of_them(run: Run) -> None:
    talk = seeing(SEEN)
    run(talk.all("Hello", LATER))
    assert "picture" not in talk.model.requests[0].messages[0].content
    assert looked(talk) is None


def test_a_model_that_does_not_see_is_not_asked(run: Run) -> None:
    talk = FreeTalk([])
    run(talk.say("Hello"))
    assert ACKNOWLEDGED in run(talk.say("", [PHOTO]))
    assert talk.of(RequestPerson) == [RequestPerson("attachment")]


def test_a_picture_that_cannot_be_had_is_acknowledged(run: Run) -> None:
    talk = seeing()
    run(talk.say("Hello"))
    reply = run(talk.say(LATER, [PHOTO, GONE]))
    assert ACKNOWLEDGED in reply
    assert talk.of(RequestPerson) == [RequestPerson("attachment")]
    assert looked(talk) == {"shown": 0, "fallback": "status"}


def test_a_model_that_is_away_leaves_the_picture_to_staff(run: Run) -> None:
    talk = seeing([ModelUnavailable("connect")])
    run(talk.say("Hello"))
    assert ACKNOWLEDGED in run(talk.say("", [PHOTO]))
    assert talk.of(RequestPerson) == [RequestPerson("attachment")]
    assert talk.raw["fallback"] == "connect"


@pytest.mark.parametrize("attachments", [[PHOTO, VOICE], [PHOTO] * 5], ids=["with_a_recording", "too_many"])
def test_what_only_people_can_take_in_whole_is_left_to_them(run: Run, attachments: list[Attachment]) -> None:
    talk = seeing()
    run(talk.say("Hello"))
    assert ACKNOWLEDGED in run(talk.say("", attachments))
    assert talk.of(RequestPerson) == [RequestPerson("attachment")]


def test_what_a_flow_understands_stays_its_own(run: Run) -> None:
    talk = seeing()
    run(talk.all("Hello", "yes"))
    reply = run(talk.say("My name is John Doe", [PHOTO]))
    assert ACKNOWLEDGED in reply
    assert talk.slots["name"] == "John Doe"


def test_no_more_pictures_are_held_than_there_is_room_for(run: Run) -> None:
    """A message whose pictures have no room in time is answered as if nobody could see them."""
    album = Album()

    async def turn(looking: Looking, held: asyncio.Event, release: asyncio.Event) -> Looked:
        async with looking.at(Left(language="en", images=(PHOTO,))) as looked:
            held.set()
            await release.wait()
            return looked

    async def it() -> None:
        looking, release = Looking(album, seconds=0.02), asyncio.Event()
        held = [asyncio.Event() for _ in range(MOST_LOOKING)]
        holding = [asyncio.create_task(turn(looking, one, release)) for one in held]
        await asyncio.gather(*(one.wait() for one in held))
        release_at_once = asyncio.Event()
        release_at_once.set()
        assert (await turn(looking, asyncio.Event(), release_at_once)).trouble == "timeout"
        assert len(album.asked) == MOST_LOOKING
        holding[0].cancel()
        await asyncio.wait(holding[:1])
        assert (await turn(looking, asyncio.Event(), release_at_once)).pictures
        release.set()
        await asyncio.gather(*holding[1:])

    run(it())
