"""Context of findings: there or denied, when, in which frame, whose."""

import pytest

from careline.safety.triage import load_triage

TRIAGE = load_triage()


def _of(text: str, finding: str, aspect: str) -> set[str]:
    found = {str(getattr(one, aspect)) for one in TRIAGE.scan(text).findings if one.id == finding}
    assert found, f"{finding} not found"
    return found


@pytest.mark.parametrize(
    ("text", "finding", "status"),
    [
        ("denies chest pain", "chest_pain", "absent"),
        ("nobody here has a fever", "fever", "absent"),
        ("no rash, dry skin, swollen gums or cough", "cough", "absent"),
        ("no rash, and my cough is back", "cough", "present"),
        ("no rash, cough", "cough", "present"),
        ("no rash but a cough", "cough", "present"),
        ("I have no fever and I have a cough", "cough", "present"),
        ("not only a fever, a cough too", "fever", "present"),
        ("she can't move her arm", "arm_weakness", "present"),
        ("he won't wake up", "unconscious", "present"),
        ("no words for it, I can't breathe", "cannot_breathe", "present"),
        ("never had chest pain like this", "chest_pain", "present"),
        ("öksürüğüm yok", "cough", "absent"),
        ("ateşim yok ama öksürüyorum", "cough", "present"),
    ],
)
def test_status(text: str, finding: str, status: str) -> None:
    assert _of(text, finding, "status") == {status}


@pytest.mark.parametrize(
    ("text", "finding", "when"),
    [
        ("history of stroke", "stroke_named", "past"),
        ("I have a history of diabetes, heart attack and stroke", "stroke_named", "past"),
        ("history of asthma, can't breathe", "cannot_breathe", "now"),
        ("history of asthma and can't breathe", "cannot_breathe", "now"),
        ("3 day history of chest pain", "chest_pain", "now"),
        ("previous heart attack", "heart_attack_named", "past"),
        ("status post stroke", "stroke_named", "past"),
        ("in my twenties I had a seizure", "seizure", "past"),
        ("when I was 12 I had a seizure", "seizure", "past"),
        ("when I was 12 weeks pregnant today I had a seizure", "seizure", "now"),
        ("two summers ago I got stung and couldn't breathe", "cannot_breathe", "past"),
        ("surgery in 2015 and chest pain", "chest_pain", "now"),
        ("surgery in 2015, chest pain", "chest_pain", "now"),
        ("chest pain and vomiting in 2015", "chest_pain", "past"),
        ("in the past hour I had chest pain", "chest_pain", "now"),
        ("I have had chest pain since last year", "chest_pain", "now"),
        ("I used to faint at school", "faint", "past"),
        ("my father died of a heart attack", "heart_attack_named", "past"),
        ("my father died of a heart attack and I have chest pain", "chest_pain", "now"),
        ("strokes run in the family", "stroke_named", "past"),
        ("my mother had a stroke", "stroke_named", "past"),
        ("my mother had a stroke, what do I do", "stroke_named", "now"),
        ("she had a stroke an hour ago", "stroke_named", "now"),
        ("I had a seizure this morning", "seizure", "now"),
        ("I'm a nurse, my patient had a seizure yesterday", "seizure", "past"),
        ("it feels like the heart attack I had five years ago", "heart_attack_named", "now"),
        ("my dad had a stroke last year and is having another one", "stroke_named", "now"),
        ("the chest pain is gone", "chest_pain", "resolved"),
        ("çocukken bayılırdım", "faint", "past"),
        ("geçen yıl kalp krizi geçirdim", "heart_attack_named", "past"),
        ("dedem kalp krizinden öldü", "heart_attack_named", "past"),
        ("annem felç geçirmişti", "stroke_named", "past"),
        ("bir saat önce kalp krizi geçirdi", "heart_attack_named", "now"),
        ("ailemde kalp krizi var ve göğsüm ağrıyor", "chest_pain", "now"),
    ],
)
def test_when(text: str, finding: str, when: str) -> None:
    assert _of(text, finding, "when") == {when}


@pytest.mark.parametrize(
    ("text", "finding", "frame"),
    [
        ("will I be unconscious during surgery?", "unconscious", "question"),
        ("will I be ok I am unconscious half the day", "unconscious", "stated"),
        ("can I fly after a heart attack", "heart_attack_named", "question"),
        ("can this medicine cause seizures", "seizure", "question"),
        ("what if I had a stroke", "stroke_named", "hypothetical"),
        ("what if I am having a stroke", "stroke_named", "stated"),
        ("what do I do if my baby is not breathing", "not_breathing", "stated"),
        ("how do you help someone who is having a seizure", "seizure", "question"),
        ("afraid of getting a stroke", "stroke_named", "hypothetical"),
        ("I'm afraid I'm having a stroke", "stroke_named", "stated"),
        ("is it normal that I can't breathe?", "cannot_breathe", "stated"),
        ("is it normal to faint after giving blood?", "faint", "question"),
        ("should I worry about my chest pain?", "chest_pain", "stated"),
        ("in the film he has a heart attack", "heart_attack_named", "hypothetical"),
        ("the film was nice, my dad is having a heart attack", "heart_attack_named", "stated"),
        ("for my first aid course: a man is unconscious", "unconscious", "hypothetical"),
        ("my cat is having a seizure", "seizure", "hypothetical"),
        ("I am allergic to my cat and can't breathe", "cannot_breathe", "stated"),
        ("I laughed so hard I couldn't breathe", "cannot_breathe", "hypothetical"),
        ("is unconscious", "unconscious", "stated"),
        ("nefes alamıyorum bu normal mi?", "cannot_breathe", "stated"),
        ("göğsümde baskı var ve terliyorum bu normal mi?", "chest_pain", "stated"),
        ("hamilelikte kanama normal mi?", "bleeding", "question"),
        ("ameliyattan sonra bayılırsam ne olur", "faint", "hypothetical"),
        ("anestezide bayılır mıyım", "faint", "question"),
        ("kalp krizi geçirmekten korkuyorum", "heart_attack_named", "hypothetical"),
        ("kalp krizi geçirenler uçağa binebilir mi", "heart_attack_named", "question"),
    ],
)
def test_frame(text: str, finding: str, frame: str) -> None:
    found = _of(text, finding, "frame")
    assert found == {frame} or (frame != "stated" and "stated" not in found)


@pytest.mark.parametrize(
    ("text", "finding", "who", "relation"),
    [
        ("my dad has chest pain", "chest_pain", "other", "dad"),
        ("my dad is here and I have chest pain", "chest_pain", "self", "None"),
        ("brought in by my wife with chest pain", "chest_pain", "self", "None"),
        ("someone in the street has chest pain", "chest_pain", "other", "None"),
        ("babamın göğsü ağrıyor", "chest_pain", "other", "babamin"),
    ],
)
def test_whose(text: str, finding: str, who: str, relation: str) -> None:
    assert _of(text, finding, "who") == {who}
    assert _of(text, finding, "relation") == {relation}
