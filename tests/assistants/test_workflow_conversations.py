"""Whole conversations with the health assistant, as data: what is said, and how the last reply has to be."""

import asyncio
from typing import Any, NamedTuple

import pytest

from tests.assistants.workflow_talk import HealthTalk


class Script(NamedTuple):
    name: str
    said: tuple[str, ...]
    level: str | None = None
    contains: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    kind: str | None = None
    profile: dict[str, Any] | None = None
    locale: str = "en-GB"


NO_FLAGS = ("no to all", "no", "no")
SCRIPTS = (
    Script("headache, nothing worrying", ("I have a headache", "no to all", "no"), "self_care",
           ("look after this yourself", "Tension headaches", "Get emergency help (999) if")),
    Script("a no to named signs rules out nothing else",
           ("I have a headache", "no stiff neck, no rash, it is not sudden", "no"), None,
           excludes=("look after this yourself",)),
    Script("a plain no beside a named sign", ("I have a headache", "no, no rash", "no"), "self_care"),
    Script("headache that keeps coming back", ("my head hurts", "no", "yes, no"), "consultation",
           ("a headache that keeps coming back", "Until you are seen")),
    Script("headache with a stiff neck", ("I have a headache", "no, yes, no"), "emergency_ambulance",
           ("Please call 999 now", "stiff neck"), ("What you can do",), "sepsis"),
    Script("yes and no without commas", ("I have a headache", "no no yes"), "emergency_ambulance", ("999",)),
    Script("no, but", ("sore throat", "no but it is a bit odd"), None, ("yes or no to each",)),
    Script("yes and no to too few questions", ("sore throat", "no yes no"), None, ("yes or no to each",)),
    Script("Turkish yes and no", ("başım ağrıyor", "hayır hayır evet"), "emergency_ambulance", locale="tr-TR"),
    Script("Turkish topic", ("egzama nedir?",), None, ("yalnızca İngilizce",), locale="tr-TR"),
    Script("a warning sign told in words", ("stomach ache", "I'm also vomiting blood"), "emergency_ambulance",
           ("Please call 999 now",), kind="abdominal"),
    Script("the second question only", ("sore throat", "only the second"), "emergency", ("emergency department",)),
    Script("sudden testicle pain", ("my testicle hurts",), "emergency", ("999",), ("yes or no",), kind="testicle"),
    Script("mild chest pain is never left alone", ("I have mild chest pain", "no, no, no"), "consultation_24",
           ("within a day",), ("look after this yourself",)),
    Script("chest pain that spreads", ("I have mild chest pain", "no, yes, no"), "emergency_ambulance", ("999",),
           kind="cardiac"),
    Script("answers that are not sure", ("I have a cough", "I don't know", "not sure"), "consultation",
           ("could not rule out",), ("look after this yourself",)),
    Script("not answered twice", ("sore throat", "hmm", "hmm", "no"), "consultation", ("could not rule out",)),
    Script("back pain with numbness", ("I have back pain", "yes, no, no"), "emergency", ("numbness",)),
    Script("child with fever", ("my daughter has a fever, she is 7", "no to all", "no"), "self_care",
           ("your child",)),
    Script("small child with fever", ("my son is 2 and has a fever", "no"), "consultation_24", ("within a day",)),
    Script("child hard to wake", ("my son has a fever, he is 4", "no, yes, no"), "emergency_ambulance", kind="child"),
    Script("burning when peeing", ("it hurts to pee", "no"), "consultation_24", ("within a day", "pee")),
    Script("cold", ("I have a cold", "no, no", "no, no"), "self_care", ("Colds come from viruses",)),
    Script("low mood with thoughts of death", ("I feel depressed", "yes"), "emergency",
           ("glad you told me", "116 123"), ("The reason",), "self_harm"),
    Script("low mood without them", ("I feel depressed", "no", "yes"), "consultation",
           ("Talk with somebody you trust",)),
    Script("something without an article", ("my big toe hurts", "no, no", "no"), "consultation",
           ("999", "should always be looked at")),
    Script("wound after surgery with pus", ("the stitches from my operation are sore", "no, no, yes"),
           "consultation_24", ("Follow the advice of the team",)),
    Script("sprain", ("I sprained my ankle", "no, no", "no"), "self_care", ("What you can do for now",)),
    Script("burn on the face", ("I burned my face",), "emergency_ambulance", kind="burn"),
    Script("Turkish headache", ("başım ağrıyor", "hayır", "hayır"), "self_care",
           ("evde kendiniz ilgilenebilirsiniz", "gerilim tipi", "112"), ("headache",), locale="tr-TR"),
    Script("Turkish emergency", ("başım ağrıyor", "hayır, evet, hayır"), "emergency_ambulance",
           ("112 numarasını arayın", "ense sertliği"), kind="sepsis", locale="tr-TR"),
    Script("Turkish chest pain", ("göğsüm ağrıyor",), "emergency", ("112",), locale="tr-TR"),
    Script("Turkish fever", ("ateşim var", "hayır", "hayır"), "self_care", ("sık sık sıvı alın",), locale="tr-TR"),
    Script("greeting", ("hello",), None, ("AI health assistant", "Tell me what is bothering you"), ("How can I help",)),
    Script("are you a doctor", ("are you a doctor?",), None, ("No. I'm an AI health assistant",), ("I am a doctor",)),
    Script("thanks", ("hi", "thanks a lot"), None, ("You're welcome",)),
    Script("weather", ("what is the weather like in Paris?",), None, ("questions about health",), ("[1]",)),
    Script("a poem", ("write me a poem",), None, ("questions about health",), ("[1]",)),
    Script("nonsense", ("asdkjh",), None, ("not sure I understood",)),
    Script("health topic", ("how do I treat sunburn?",), None, ("Get out of the sun", "[1]")),
    Script("what an illness is", ("what causes eczema?",), None, ("commonly eczema", "[1]")),
    Script("a question in the middle is answered, then asked again", ("I have a headache", "are you a doctor?"), None,
           ("No. I'm an AI health assistant", "worst headache you have ever had")),
    Script("another complaint after an emergency does not undo it", ("I have a rash", "yes", "I have a cold"),
           "emergency_ambulance", ("999",)),
    Script("no answer undoes an emergency", ("I have a headache", "yes", "no, it is fine"), "emergency_ambulance",
           ("999",)),
    Script("cold sore is no cold", ("I have a cold sore", "no", "no"), "self_care", ("commonly cold sores",)),
    Script("how to treat a cold sore", ("how do I get rid of a cold sore?",), None, ("found about cold sores",)),
    Script("bee sting with swelling", ("I was stung by a bee", "yes"), "emergency_ambulance", ("999",)),
    Script("hay fever", ("I have hay fever", "no to all"), "self_care", ("What you can do for now",)),
    Script("small cut", ("I cut my finger, it is small", "no to all", "no"), "self_care", ("clean plaster",)),
    Script("medicine asked about", ("can I take ibuprofen with asthma?",), None,
           ("ask a pharmacist or doctor before you take ibuprofen", "your asthma", "[1]"), (" mg",)),
)  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_conversation(script: Script) -> None:
    talk = HealthTalk(script.locale, script.profile)
    reply = asyncio.run(talk.all(*script.said))
    for part in script.contains:
        assert part.lower() in reply.lower()
    for part in script.excludes:
        assert part.lower() not in reply.lower()
    if script.level is not None:
        assert talk.level == script.level
    if script.kind is not None:
        assert talk.emergency is not None
        assert talk.emergency.kind == script.kind
