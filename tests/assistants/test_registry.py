"""The first message chooses the agent by what it asks for."""

import msgspec
import pytest

from careline.assistants.registry import PackAssistants
from careline.dialogue.pack import Agent
from careline.domain.conversation import Hints
from tests.assistants.conversation import memory_scheduling, shipped
from tests.dialogue.tools import shipped_tools


def assistants() -> PackAssistants:
    pack, languages, _ = shipped()
    care = Agent(
        "aftercare", "show_bookings", {"en": ("My stitches itch after the operation", "I had surgery with you")}
    )
    both = msgspec.structs.replace(pack, agents=(*pack.agents, care))
    return PackAssistants([both], languages, memory_scheduling(), shipped_tools())


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        ("Hello, I want to schedule an appointment", "scheduling"),
        ("Merhaba, randevu almak istiyorum", "scheduling"),
        ("I had surgery with you last week", "aftercare"),
        ("qwerty", "scheduling"),
    ],
)
def test_the_first_message_chooses_the_agent(text: str, agent: str) -> None:
    assert assistants().choose(text, Hints(), "website") == agent


def test_an_agent_that_the_pack_no_longer_has_is_the_default_one() -> None:
    assert assistants().get("retired").name == "scheduling"
    assert assistants().get("aftercare").name == "aftercare"
