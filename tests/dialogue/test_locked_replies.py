"""Which replies may be put into other words: a short list, without consent, emergency, confirmation and booking."""

import re
from functools import cache

import msgspec
import pytest

from careline.dialogue.flows import Collect, Say, SlotKind, decode_flow
from careline.dialogue.locked_replies import why_locked
from careline.dialogue.pack import Pack
from careline.packs.load import SHIPPED, load_pack

PACKS = sorted(path.parent.name for path in SHIPPED.glob("*/pack.yaml"))
MAY_BE_REWORDED = {
    "istanbul_medic": {
        "anything_else",
        "ask_contact",
        "ask_country",
        "ask_name",
        "ask_other_time",
        "ask_procedure",
        "ask_time",
        "ask_time_zone",
        "cannot_skip",
        "chitchat_closing",
        "chitchat_goodbye",
        "chitchat_greeting",
        "chitchat_how_can_i_help",
        "chitchat_thanks",
        "chitchat_think_over",
        "got_name",
        "language_changed",
        "not_understood",
        "nothing_to_skip",
        "reprompt_contact",
        "reprompt_country",
        "reprompt_name",
        "reprompt_time",
        "reprompt_time_zone",
        "skipped",
    }
}
BINDING = {
    "en": re.compile(
        r"consent|personal (information|data)|erase|emergency|urgent|safe\b|booked|cancel|appointment|calendar|\bfree\b"
        r"|\bmove|confirm|colleague|human|\bAI\b|doctor|specialist|Shall I|available|taken\b|I've|\{(?!first_name)",
        re.I,
    ),
    "tr": re.compile(
        r"\bizin|kişisel|sil(in|iyor)|acil|güvende|randevu|iptal|takvim|ücretsiz|onay|arkadaş|insan\b|yapay|doktor|uzman"
        r"|müsait|doldu|taşı|sakladım|not ettim|\{(?!first_name)",
        re.I,
    ),
}
"""Words that consent, emergencies, bookings, people and promises are spoken of with. Not how the lock finds them."""


@cache
def shipped(name: str) -> Pack:
    return load_pack(SHIPPED / name)


@pytest.mark.parametrize("name", PACKS)
def test_what_may_be_reworded_is_a_short_list(name: str) -> None:
    """A reply that is new is locked, or on the list because somebody thought of it."""
    pack = shipped(name)
    replies = {reply for texts in pack.replies.values() for reply in texts}
    assert {reply for reply in replies if why_locked(pack, reply) is None} == MAY_BE_REWORDED[name]


@pytest.mark.parametrize("language", sorted(BINDING))
@pytest.mark.parametrize("name", PACKS)
def test_no_text_that_binds_or_keeps_safe_may_be_reworded(name: str, language: str) -> None:
    pack = shipped(name)
    assert set(pack.languages) == set(BINDING)
    for reply, text in pack.replies[language].items():
        if BINDING[language].search(text):
            assert why_locked(pack, reply), f"{reply}: {text}"


@pytest.mark.parametrize("name", PACKS)
def test_every_question_that_commits_and_every_statement_of_a_flow_is_locked(name: str) -> None:
    pack = shipped(name)
    for flow in pack.flows.values():
        for step in flow.steps:
            if isinstance(step, Say):
                assert why_locked(pack, step.say)
            if isinstance(step, Collect) and pack.slots[step.collect].type in ("yes_no", "slot", "booking", "change"):
                assert all(why_locked(pack, reply) for reply in (step.ask, step.again, step.reprompt) if reply)


def test_a_packs_own_flows_are_locked_whatever_their_replies_are_called() -> None:
    pack = shipped("istanbul_medic")
    flow = decode_flow(
        {
            "id": "newsletter",
            "title": {"en": "newsletter", "tr": "bülten"},
            "steps": [
                {
                    "collect": "wants_mail",
                    "ask": "letters_please",
                    "again": "letters_again",
                    "reprompt": "letters_what",
                },
                {"collect": "name", "ask": "letters_to"},
                {"say": "letters_come"},
            ],
        }
    )
    slots = {
        **pack.slots,
        "wants_mail": SlotKind("yes_no"),
        "name": SlotKind("name", corrected="letters_right", why="letters_why"),
    }
    own = ("please", "again", "what", "come", "right", "why", "to")
    texts = {f"letters_{one}": "Well, well." for one in own}
    replies = {language: {**known, **texts} for language, known in pack.replies.items()}
    pack = msgspec.structs.replace(pack, flows={"newsletter": flow}, slots=slots, replies=replies)
    assert [one for one in own if why_locked(pack, f"letters_{one}") is None] == ["to"]
