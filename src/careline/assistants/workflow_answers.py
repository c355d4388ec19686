"""Short answers outside the workflow: about a medicine, about a health topic, or that the message is neither."""

import re

from careline.assistants import workflow_agents as agents
from careline.assistants.workflow_reply import Reply, cited
from careline.assistants.workflow_words import Words
from careline.dialogue.triage_medicines import Warned, medicines_in, warnings
from careline.dialogue.triage_pack import Cited, HealthPack, Medicine
from careline.language.text import fold
from careline.ports import KnowledgeSection, Passage

MOST_OF_ANSWER = 4
_MAY_I = re.compile(
    r"\?|^\W*(?:can|could|may|should|is|are|does|do|what|which|how|would|will)\b"
    r"|\b(?:miyim|muyum|alabilir\w*|kullanabilir\w*|olur mu|iyi mi|safe|allowed)\b"
)
_IN_GENERAL = re.compile(r"\b(?:nedir|neden olur|nicin olur|nasil gecer|ne iyi gelir|belirtileri|tedavisi)\b")
_HELPS = re.compile(
    r"\b(?:treat\w*|help\w*|relie\w*|cure\w*|remed\w*|get rid|what (?:can|should) i do"
    r"|iyi gelir|nasil gecer|ne yap\w*|tedavi\w*)\b"
)
_WORRIES = re.compile(
    r"\b(?:see (?:a|my) (?:doctor|gp)|worried|serious|dangerous|when should|ne zaman doktora|tehlikeli|ciddi)\b"
)
_WANTED: tuple[tuple[re.Pattern[str], KnowledgeSection], ...] = ((_HELPS, "self_care"), (_WORRIES, "sooner"))


def asks_about(text: str, pack: HealthPack) -> list[Medicine]:
    """The medicines a question is about; none in a message that only mentions them."""
    return medicines_in(text, pack.medicines) if _MAY_I.search(fold(text)) else []


def about_medicines(
    pack: HealthPack, words: Words, medicines: list[Medicine], states: frozenset[str], reply: Reply
) -> list[Warned]:
    """What speaks against them for this person, and never how much to take; the warnings."""
    warned = warnings(medicines, states, pack.medicines)
    agents.warn(pack, words, warned, reply)
    for medicine in medicines:
        if medicine.id not in {one.medicine.id for one in warned}:
            name = words.of(medicine.name)
            text = words("medicine_fits" if states else "medicine_unknown", medicine=name, Medicine=words.capital(name))
            reply.say(Cited(text, pack.cited([medicine.source])))
    reply.say(*(pack.marked(words.of(one.note)) for one in medicines if one.note and not _is_to_avoid(one, warned)))
    possible = [one for one in medicines if not _is_to_avoid(one, warned)]
    if possible:
        dose = Cited(words("medicine_dose"), pack.cited([possible[0].source]))
        reply.say(dose, "" if states else words("medicine_tell"))
    else:
        reply.say(words("medicine_instead"))
    return warned


def _is_to_avoid(medicine: Medicine, warned: list[Warned]) -> bool:
    return any(one.medicine.id == medicine.id and one.verdict == "avoid" for one in warned)


def asks_in_general(text: str) -> bool:
    """Whether a Turkish message asks what something is or what helps."""
    return _IN_GENERAL.search(fold(text)) is not None


def section_wanted(text: str) -> KnowledgeSection:
    """The part of an article that a question asks for; what it is when it asks for none."""
    folded = fold(text)
    return next((section for pattern, section in _WANTED if pattern.search(folded)), "causes")


def about_topic(pack: HealthPack, words: Words, passage: Passage, states: frozenset[str], reply: Reply) -> None:
    """A few sentences of an article, without medicines this person should not take, and the worsening advice."""
    medicines = pack.medicines
    sentences = [cited(one, passage) for one in passage.sentences if agents.is_safe(one.text, states, medicines)][
        :MOST_OF_ANSWER
    ]
    heading = words("knowledge", title=passage.title[:1].lower() + passage.title[1:])
    if passage.section in ("sooner", "emergency"):
        heading = f"{heading} {words('sooner' if passage.section == 'sooner' else 'emergency_if')}"
    if any(one.item for one in passage.sentences):
        reply.bullets(heading, sentences)
    else:
        reply.say(heading, *sentences)
    reply.say(Cited(words("worse"), sentences[-1].sources if sentences else ()))
