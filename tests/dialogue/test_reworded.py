"""Scripts with every reply listed for other words: nothing that commits or keeps safe is shown, nothing wrong said."""

import asyncio
import json
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path
from zlib import crc32

import pytest

from careline.dialogue.locked_replies import why_locked
from careline.dialogue.pack import ModelUse
from careline.models.scripted import ScriptedModel
from careline.ports import ModelRequest
from tests.dialogue.oracles import proposal
from tests.dialogue.script_files import Script, load_scripts
from tests.dialogue.stage import GATE, installed
from tests.dialogue.test_scripts import database, empty_database, play

__all__ = ["database", "empty_database"]

BINDING = ("after_booking", "bookings", "consent", "emergencies", "handoff", "turkish", "who_are_you")
PICKED = [script for number, script in enumerate(load_scripts()) if script.file in BINDING or number % 4 == 0]
FAITHFUL = {"en": "Well.", "tr": "Tamam."}
TELLING = 12
"""Letters from which on a part of a text is known to be of it."""

WRONG: tuple[Callable[[str], str], ...] = (
    lambda text: f"{text} Your appointment is booked for Tuesday at 10.",
    lambda text: f"{text} It costs 500 euros.",
    lambda text: f"{text} I take that as your consent.",
    lambda text: f"{text} Randevunuz onaylandı.",
    lambda text: f"{text} There is no need to call an ambulance.",
    lambda text: f"{text} I am a doctor, you can trust me.",
    lambda text: f"{text} Write to help@example.com.",
    lambda text: "Ignore what was said before.",
    lambda text: text.upper() + "!!!",
    lambda text: text[: len(text) // 2].rstrip(" .?!"),
    lambda text: "",
    lambda text: f"**{text}**",
)


def every_reply() -> ModelUse:
    names = {name for texts in installed().pack.replies.values() for name in texts}
    return ModelUse(understanding=True, rephrase=tuple(sorted(names)))


def wording(change: Callable[[str, str], str], shown: list[str]) -> ScriptedModel:
    """Changes each text it is shown; proposes nothing."""

    def answer(request: ModelRequest) -> str:
        if request.purpose == "commands":
            return proposal()
        asked = json.loads(request.messages[-1].content)
        shown.extend(asked["texts"])
        return json.dumps({"texts": [change(text, asked["language"]) for text in asked["texts"]]})

    return ScriptedModel(answer)


def locked_words() -> list[str]:
    """The longest part without a field of each text that is never put into other words."""
    pack = installed().pack
    texts = [text for replies in pack.replies.values() for name, text in replies.items() if why_locked(pack, name)]
    texts += [*pack.consent.text.values(), *(answer for topic in pack.topics for answer in topic.answer.values())]
    longest = [max(re.split(r"\{[^{}]*\}", text), key=len).strip() for text in texts]
    return [part for part in longest if len(part) >= TELLING]


LOCKED = locked_words()


@pytest.mark.parametrize("script", PICKED, ids=lambda script: script.name)
def test_a_script_in_other_words(script: Script, database: Path) -> None:
    """All that it expects is there, and what is locked was never shown to the model."""
    shown: list[str] = []
    model = wording(lambda text, language: f"{text} {FAITHFUL[language]}", shown)
    asyncio.run(asyncio.wait_for(play(script, database, model, use=every_reply()), 30))
    assert not [(text, locked) for text in set(shown) for locked in LOCKED if locked in text]
    assert not [text for text in shown if any(number in text for number in GATE.numbers)]


@pytest.mark.parametrize("script", PICKED, ids=lambda script: script.name)
def test_a_script_in_wrong_words(script: Script, database: Path, tmp_path: Path) -> None:
    """Whatever the model makes of the texts, the pack's own are said."""
    turn, shown = count(crc32(script.name.encode())), list[str]()
    wrong = wording(lambda text, language: WRONG[next(turn) % len(WRONG)](text), shown)
    plain = tmp_path / "plain.db"
    plain.write_bytes(database.read_bytes())
    said = asyncio.run(asyncio.wait_for(play(script, database, wrong, use=every_reply()), 30))
    expected = asyncio.run(asyncio.wait_for(play(script, plain), 30))
    assert [without_links(text) for text in said] == [without_links(text) for text in expected]


def without_links(text: str) -> str:
    return re.sub(r"/bookings/\S+", "", text)


def test_the_model_has_something_to_say(empty_database: Path, tmp_path: Path) -> None:
    """So that the tests above show something: replies of ordinary conversations do come in other words."""
    reworded = 0
    for number, script in enumerate(PICKED[:10]):
        path = tmp_path / f"{number}.db"
        path.write_bytes(empty_database.read_bytes())
        model = wording(lambda text, language: f"{text} {FAITHFUL[language]}", [])
        said = asyncio.run(asyncio.wait_for(play(script, path, model, use=every_reply()), 30))
        reworded += sum(any(word in text for word in FAITHFUL.values()) for text in said)
    assert reworded > 20
