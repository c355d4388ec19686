"""The second reading of a message: what it hears that no rule does, what it doubts, and where it stays silent."""

import msgspec
import pytest

from careline.safety.findings import Finding, Likeness, Scan
from careline.safety.lexicon import load_lexicons
from careline.safety.likeness import load_reader
from careline.safety.rules import URGENT, Fired, load_rules
from careline.safety.second_reading import (
    AMBULANCE,
    DOUBTED,
    DOUBTED_OF_SEVERAL,
    HEARD,
    HEARD_OF_LITTLE,
    doubted,
    heard_as,
    of_an_ambulance,
    possible_level,
    settled,
)
from careline.safety.triage import Triage, load_triage
from learning.corpus import FOLDER, CorpusError, fingerprint, read

READER = load_reader()
RULES = load_rules()
BY_RULES = Triage(load_lexicons(), RULES)
BOTH = load_triage()
CALM_LEVELS = {"none": 0.0, "consultation": 1.0, "consultation_24": 0.0, "self_care": 0.0}


def likeness(alarm: float, crisis: float = 0.0, words: int = 20, known: float = 1.0, **more: object) -> Likeness:
    levels = {**CALM_LEVELS, "consultation": 0.0, **more} if more else CALM_LEVELS
    return Likeness(alarm, crisis, levels, words, known, ("cardiac", "breathing"))  # type: ignore[arg-type]


def judged(text: str) -> Likeness:
    found = READER.judge(text, BY_RULES.read(text))
    assert found is not None
    return found


# --- what is heard and doubted ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("the little one just flops in my arms like a rag and won't take the breast any more", "likeness.child"),
        (
            "I wrote the letters, fed the cat for the last time, everyone will be better off",
            "likeness.self_harm",
        ),
    ],
)
def test_an_emergency_in_words_of_no_rule_is_heard(text: str, rule: str) -> None:
    assert not BY_RULES.assess(text).alarm
    found = BOTH.assess(text)
    assert found.alarm
    assert rule in [one.id for one in found.fired]
    assert found.crisis == (rule == "likeness.self_harm")
    assert all(one.citations for one in found.fired)


@pytest.mark.parametrize(
    "text",
    [
        "I'm a paramedic and attended two strokes and a cardiac arrest, exhausted but fine",
        "we learnt about seizures in class today and I have to write two pages",
        "I passed out on the sofa after the marathon telly session, best nap of my life",
        "romanımda kadın zehirleniyor, bu inandırıcı mı",
    ],
)
def test_an_alarm_over_a_message_that_reads_calm_is_doubted(text: str) -> None:
    assert BY_RULES.assess(text).alarm
    assert not BOTH.assess(text).alarm


def test_what_is_doubted_is_asked_about() -> None:
    found = BOTH.assess("I passed out on the sofa after the marathon telly session, best nap of my life")
    assert "faint" in found.ask


def test_one_red_flag_among_much_else_is_heard() -> None:
    calm = "We had a lovely weekend at the lake with my cousins. The weather was fine and we ate far too much cake. "
    red = "Since an hour ago my dad cannot lift his left arm and his words come out all muddled. "
    assert judged(calm * 6).alarm < DOUBTED
    assert judged(calm * 3 + red + calm * 3).alarm >= HEARD


def test_a_message_says_which_words_spoke_for_an_emergency() -> None:
    assert any("cant breathe" in one or "breathe" in one for one in judged("help he really can't breathe").because)


def test_a_word_or_two_are_like_nothing() -> None:
    assert READER.judge("chest pain", Scan("en", ())) is None
    assert READER.judge("", Scan("en", ())) is None


# --- how far it goes ----------------------------------------------------------------------------------------------


def fired(level: str, *, measured: bool = False, findings: tuple[str, ...] = ("chest_pain",)) -> Fired:
    rule = RULES.named("likeness.cardiac")
    return Fired("a", level, "cardiac", False, findings, rule.citations, rule.reviewed_on, 1, None, measured)  # type: ignore[arg-type]


URGENT_RULE = fired("emergency")
CALM_RULE = fired("consultation")


@pytest.mark.parametrize("kind", READER.kinds)
def test_every_kind_has_a_rule_with_its_level_and_sources(kind: str) -> None:
    like = Likeness(0.99, 0.99 if kind == "self_harm" else 0.0, CALM_LEVELS, 20, 1.0, (kind, "cardiac"))
    (rule,) = heard_as([], (), like, RULES)
    assert rule.id == f"likeness.{kind}"
    assert rule.level in URGENT
    assert rule.citations
    assert rule.crisis == (kind == "self_harm")


def test_every_learnt_rule_is_of_a_kind_that_was_learnt() -> None:
    assert {rule.id for rule in RULES.rules if rule.learnt} == {f"likeness.{kind}" for kind in READER.kinds}


def test_more_is_needed_where_rules_know_of_the_complaint_and_where_little_is_said() -> None:
    assert heard_as([], (), likeness(HEARD), RULES)
    assert not heard_as([], (), likeness(HEARD - 0.01), RULES)
    assert not heard_as([CALM_RULE], (), likeness(HEARD), RULES)
    assert not heard_as([], (), likeness(HEARD, words=6), RULES)
    assert not heard_as([], (), likeness(HEARD, known=0.5), RULES)
    assert heard_as([], (), likeness(HEARD_OF_LITTLE, words=6, known=0.5), RULES)
    assert not heard_as([URGENT_RULE], (), likeness(0.99), RULES), "the rules have said it already"
    assert not heard_as([], (), None, RULES)


def test_more_is_needed_where_the_message_rules_things_out() -> None:
    denied = [Finding("chest_pain", status="absent", start=10, end=20), Finding("fever", status="absent", start=30)]
    assert heard_as([], denied[:1], likeness(0.75), RULES)
    assert not heard_as([], denied, likeness(0.75), RULES)
    assert heard_as([], denied, likeness(0.9), RULES)
    found = BOTH.assess("I have a cough but no chest pain and I am not coughing up blood")
    assert found.level == "consultation"


def test_a_crisis_is_heard_beside_another_emergency_and_not_where_it_is_denied() -> None:
    like = likeness(0.4, crisis=0.9)
    assert [one.id for one in heard_as([URGENT_RULE], (), like, RULES)] == ["likeness.self_harm"]
    denied = Finding("suicidal_thoughts", status="absent")
    assert not heard_as([], (denied,), like, RULES)


def test_the_words_of_a_crisis_without_one_are_a_figure_of_speech() -> None:
    like = Likeness(0.6, 0.1, CALM_LEVELS, 20, 1.0, ("self_harm", "poisoning"))
    assert not heard_as([], (), like, RULES)
    sure = Likeness(0.95, 0.1, CALM_LEVELS, 20, 1.0, ("self_harm", "poisoning"))
    assert [one.id for one in heard_as([], (), sure, RULES)] == ["likeness.poisoning"]


def test_likeness_sends_for_an_ambulance_and_never_sends_it_away() -> None:
    urgent = msgspec.structs.replace(likeness(0.9), ambulance=AMBULANCE)
    calmer = msgspec.structs.replace(likeness(0.9), ambulance=0.0)
    assert of_an_ambulance("emergency", [URGENT_RULE], urgent) == "emergency_ambulance"
    assert of_an_ambulance("emergency", [URGENT_RULE], calmer) == "emergency"
    assert of_an_ambulance("emergency_ambulance", [URGENT_RULE], calmer) == "emergency_ambulance"
    assert of_an_ambulance("emergency", [URGENT_RULE], likeness(0.9)) == "emergency", "it was not judged"
    assert of_an_ambulance("emergency", [URGENT_RULE], msgspec.structs.replace(urgent, words=6)) == "emergency"
    for rule in (msgspec.structs.replace(URGENT_RULE, crisis=True), fired("emergency", measured=True)):
        assert of_an_ambulance("emergency", [rule], urgent) == "emergency"
    found = BOTH.assess("My father cannot speak all of a sudden and his mouth hangs on one side, he drops his spoon")
    assert found.level == "emergency_ambulance"


def test_words_are_doubted_and_measured_or_personal_danger_is_not() -> None:
    calm = likeness(0.01)
    assert doubted([URGENT_RULE], [URGENT_RULE], calm)
    assert not doubted([URGENT_RULE], [], calm), "urgent only for this person"
    assert not doubted([fired("emergency", measured=True)], [URGENT_RULE], calm)
    assert not doubted([CALM_RULE], [CALM_RULE], calm)
    assert not doubted([URGENT_RULE], [URGENT_RULE], likeness(DOUBTED))
    assert not doubted([URGENT_RULE], [URGENT_RULE], likeness(0.01, words=4)), "short messages say what they say"
    assert not doubted([URGENT_RULE], [URGENT_RULE], likeness(0.01, known=0.3)), "a guess doubts nothing"
    assert not doubted([URGENT_RULE], [URGENT_RULE], None)
    both = fired("emergency", findings=("calf_pain", "breathless"))
    assert not doubted([both], [both], likeness(DOUBTED_OF_SEVERAL)), "several findings together weigh more"
    assert doubted([URGENT_RULE], [URGENT_RULE], likeness(DOUBTED_OF_SEVERAL))


def test_calm_levels_are_told_apart_and_self_care_needs_something_ruled_out() -> None:
    self_care = likeness(0.01, self_care=1.0)
    assert settled("consultation", self_care, complaint=True, denied=2) == "self_care"
    assert settled("consultation", self_care, complaint=True, denied=1) == "consultation"
    assert settled("consultation", likeness(0.01, consultation_24=1.0), complaint=True, denied=0) == "consultation_24"
    assert settled("consultation", likeness(0.01, none=1.0), complaint=True, denied=0) is None
    assert settled("emergency", self_care, complaint=True, denied=5) == "emergency"
    assert settled("consultation_24", self_care, complaint=True, denied=5) == "consultation_24"
    assert settled(None, None, complaint=True, denied=0) == "consultation"
    assert settled(None, None, complaint=False, denied=0) is None


def test_what_may_be_there_is_a_matter_of_a_day_unless_it_reads_calm() -> None:
    assert possible_level(None) == "consultation_24"
    assert possible_level(likeness(0.4)) == "consultation_24"
    assert possible_level(likeness(0.01)) == "consultation"
    assert possible_level(likeness(0.01, none=1.0)) is None
    assert possible_level(likeness(0.01, consultation_24=1.0)) == "consultation_24"


# --- the messages it was learnt from ------------------------------------------------------------------------------


def test_the_shipped_weights_were_learnt_from_the_messages_at_hand() -> None:
    assert READER.learnt_from == fingerprint(list(read())), "run `make likeness`"


def test_messages_of_every_level_in_both_languages() -> None:
    for language in ("en", "tr"):
        found = [one for path in FOLDER.glob(f"{language}/*.txt") for one in path.read_text().splitlines()]
        assert {line.removeprefix("X")[0] for line in found if line} == set("AEDCSN")


def test_a_line_that_is_no_labelled_message_is_named(tmp_path: object) -> None:
    folder = FOLDER.__class__(str(tmp_path)) / "en"
    folder.mkdir()
    (folder / "one.txt").write_text("A:cardiac crushing chest pain\nQ:cardiac what\n")
    with pytest.raises(CorpusError, match=r"en/one\.txt:2: expected"):
        list(read(folder.parent))
