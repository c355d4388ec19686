"""What may never be said, and that everything else passes, at once and unchanged, however it is cut."""

import re
from importlib.resources import files
from itertools import pairwise

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from careline.safety.output_guard import OutputGuard
from careline.safety.output_guard_context import GuardContext
from careline.safety.output_guard_rules import load_guard_rules

RULES = load_guard_rules()
SAYS = {kind: said for says in RULES.says.values() for kind, said in says.items()}
WORDS = re.compile(r"\S*\s*")


def guarded(pieces: list[str], context: GuardContext | None = None) -> tuple[str, list[str]]:
    """The text that goes out, and the kinds of what was found."""
    guard = OutputGuard(RULES, context or GuardContext())
    out = [text for piece in pieces for text in guard.feed(piece)] + guard.close()
    return "".join(out), [finding.kind for finding in guard.findings]


def knowing(*texts: str, conditions: tuple[str, ...] = ()) -> GuardContext:
    return GuardContext(texts=lambda: texts, conditions=frozenset(conditions))


def cuts(text: str) -> list[list[str]]:
    sentences = re.findall(r".*?(?:[.!?]\s+|$)", text, re.S)
    return [[text], list(text), WORDS.findall(text), sentences, re.findall(r"\s?\S+|\s", text)]


FORBIDDEN = [
    ("dose", "For the pain you can take 800 mg every 4 hours."),
    ("dose", "Take two tablets every 4 hours."),
    ("dose", "Give him one or two puffs."),
    ("dose", "500mg twice a day should do."),
    ("dose", "Try 4-6 tablets."),
    ("dose", "Give your child 5 ml of paracetamol."),
    ("dose", "Inject 10 units before lunch."),
    ("dose", "Take a tablet now."),
    ("dose", "Take five hundred milligrams of paracetamol."),
    ("dose", "Take forty units of insulin."),
    ("dose", "Günde beş yüz miligram parol alın."),
    ("dose", "Günde iki tablet alın."),
    ("dose", "Sabah 500 mg alabilirsiniz."),
    ("dose", "Çocuğunuza 5 ml verin."),
    ("diagnosis", "You have appendicitis."),
    ("diagnosis", "I think you have a kidney infection."),
    ("diagnosis", "This is definitely cancer."),
    ("diagnosis", "It’s a heart attack."),
    ("diagnosis", "Your chest pain is caused by angina."),
    ("diagnosis", "You are suffering from depression"),
    ("diagnosis", "Your symptoms mean you have appendicitis."),
    ("diagnosis", "You have a tension headache."),
    ("diagnosis", "You've had a stroke."),
    ("diagnosis", "This is just a viral infection."),
    ("unsafe", "Don't worry, it is harmless."),
    ("unsafe", "This is nothing serious."),
    ("unsafe", "Merak etmeyin, bu tamamen zararsız."),
    ("unsafe", "Ciddi bir şeyiniz yok."),
    ("diagnosis", "Your diagnosis is type 2 diabetes."),
    ("diagnosis", "Sizde kanser var."),
    ("diagnosis", "Bu kesinlikle apandisit."),
    ("diagnosis", "Kalp krizi geçiriyorsunuz."),
    ("claim", "I'm a real person."),
    ("claim", "As your doctor, I advise rest."),
    ("claim", "I am not a bot."),
    ("claim", "I am Dr. Smith."),
    ("claim", "I have a medical degree."),
    ("claim", "Ben doktorum."),
    ("claim", "Ben yapay zekâ değilim."),
    ("privacy", "Her number is +44 7700 900123."),
    ("privacy", "Write to john.smith@example.org."),
    ("privacy", "It was booked by maria@example.org"),
    ("privacy", "Call (0212) 555 12 34 and ask."),
    ("privacy", "The patient's id is 12345678901."),
    ("privacy", "Passport U12345678 belongs to him."),
    ("unsafe", "Please stop taking your insulin."),
    ("unsafe", "Do not worry, stop your blood thinners."),
    ("unsafe", "Don't call an ambulance."),
    ("unsafe", "There is no need to see a doctor."),
    ("unsafe", "You don't need to go to hospital."),
    ("unsafe", "Ignore the pain."),
    ("unsafe", "Make yourself vomit."),
    ("unsafe", "Double your dose."),
    ("unsafe", "İnsülininizi bırakın."),
    ("unsafe", "Ambulans çağırmayın."),
    ("unsafe", "Doktora gitmenize gerek yok."),
    ("unsafe", "Kendinizi kusturun."),
    ("unsafe", "First rest.Stop taking your medicine."),
]


@pytest.mark.parametrize(("kind", "text"), FORBIDDEN)
def test_what_may_not_be_said_is_replaced_however_it_is_cut(kind: str, text: str) -> None:
    whole = f"Thank you. {text} Merhaba."
    results = [guarded(pieces) for pieces in cuts(whole)]
    assert all(result == results[0] for result in results)
    out, kinds = results[0]
    assert kinds == [kind]
    assert out.startswith("Thank you. ")
    assert any(says[kind] in out for says in RULES.says.values())  # type: ignore[index]
    if text.endswith("."):
        assert out.endswith(" Merhaba.")


ORDINARY = [
    "You have a question? Ask me.",
    "If you have appendicitis, you need an operation.",
    "Do you have diabetes?",
    "You told me you have asthma.",
    "A hundred thousand people have it. Çöp bin kilo, yüz kremi sürün.",
    "This does not mean you have cancer.",
    "You may have flu symptoms. You have flu symptoms.",
    "Call an ambulance if:\n- you have diabetes and are vomiting\n- you have a fit",
    "Do not stop taking your insulin.",
    "Never ignore the pain, and don't make yourself vomit.",
    "Don't hesitate to call an ambulance.",
    "If you don't see a doctor, it may get worse.",
    "I'm not a doctor, I'm an AI assistant.",
    "Your appointment is on 2026-11-21 at 10:00, for 30 minutes.",
    "A blood sugar above 126 mg/dL is high; a temperature of 38.5 too.",
    "Drink 200 ml of water. Lose 5 kg. Call 112.",
    "We are open 9-18, on Tuesday 24.11.2026 as well.",
    "İlacınızı bırakmayın. İnsan değilim. Doktor değilim, bir yapay zekâ asistanıyım.",
    "Sizde kanser varsa doktora gidin. Bir sorunuz var mı?",
    "See https://clinic.example.org/bookings/a1b2c3d4.ics for it.",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_passes_unchanged(text: str) -> None:
    for pieces in cuts(text):
        assert guarded(pieces) == (text, [])


@pytest.mark.parametrize(
    ("context", "text"),
    [
        (knowing("Adults: one or two tablets of 500 mg."), "Adults take 1 or 2 tablets of 500 mg."),
        (knowing("my mail is John@Example.org"), "Thank you, I've noted john@example.org."),
        (knowing("07700 900123"), "Thank you, I've noted +44 7700 900123."),
        (knowing("passport u12345678"), "Your passport U12345678 is noted."),
        (knowing(conditions=("Diabetes",)), "As you have diabetes, check your feet."),
    ],
)
def test_what_the_reply_may_draw_on_passes(context: GuardContext, text: str) -> None:
    assert guarded([text])[1] != []
    assert guarded(list(text), context) == (text, [])


def test_another_dose_than_the_cited_one_does_not_pass() -> None:
    assert guarded(["Take 3 tablets."], knowing("Take 2 tablets."))[1] == ["dose"]
    assert guarded(["Take 800 mg."], knowing("Take 80 mg."))[1] == ["dose"]


def test_a_passage_allowed_on_the_way_counts_from_there() -> None:
    guard = OutputGuard(RULES, GuardContext())
    before = guard.feed("Take 2 tablets. ")
    guard.allow("Take 2 tablets.")
    after = guard.feed("Take 2 tablets. ")
    assert "2 tablets" not in "".join(before)
    assert "".join(after) == "Take 2 tablets. "


def test_the_safe_sentence_is_said_once_and_the_rest_of_the_sentence_is_left_out() -> None:
    out, kinds = guarded(["Take 800 mg, then 400 mg. At night take 2 tablets with milk. Rest."])
    assert kinds == ["dose", "dose"]
    assert out == f"{RULES.says['en']['dose']} At night … Rest."


def test_it_is_said_in_the_language_of_what_was_wrong_else_of_the_talk() -> None:
    assert guarded(["Sizde kanser var."])[0] == RULES.says["tr"]["diagnosis"]
    context = GuardContext(language="tr-TR")
    assert guarded(["+44 7700 900123"], context)[0] == RULES.says["tr"]["privacy"]


def test_a_finding_about_somebody_else_keeps_no_text() -> None:
    guard = OutputGuard(RULES, GuardContext())
    guard.feed("Stop taking your insulin. Mail bob@example.org. ")
    assert [(f.kind, f.said) for f in guard.findings] == [("unsafe", "Stop taking your insulin"), ("privacy", None)]


@pytest.mark.parametrize("token", ["Thank", " weeks", " headache", ", ", " perhaps", " kliniğimizde", "!"])
def test_a_token_that_can_begin_nothing_passes_in_the_same_call(token: str) -> None:
    assert OutputGuard(RULES, GuardContext()).feed(token) == [token]


def test_a_phrase_is_held_only_until_it_can_no_longer_complete() -> None:
    guard = OutputGuard(RULES, GuardContext())
    assert [guard.feed(p) for p in ("You", " have", " a", " nice")] == [[], [], [], ["You have a nice"]]


def test_every_safe_sentence_passes_the_guard() -> None:
    for says in RULES.says.values():
        for text in says.values():
            assert guarded([text]) == (text, [])


def test_the_clinics_own_texts_and_the_articles_pass() -> None:
    folder = files("careline")
    articles = [path.read_text("utf-8").split("---", 2)[2] for path in (folder / "knowledge/articles").iterdir()]
    replies = [
        text
        for language in ("en", "tr")
        for text in yaml.safe_load(
            (folder / f"packs/istanbul_medic/replies/{language}.yaml").read_text("utf-8")
        ).values()
    ]
    topics = yaml.safe_load((folder / "packs/istanbul_medic/knowledge.yaml").read_text("utf-8"))
    answers = [answer for topic in topics for answer in topic["answer"].values()]
    for text in (*articles, *replies, *answers):
        assert guarded(WORDS.findall(text)) == (text, [])


BITS = (
    "take", "stop", "taking", "your", "insulin", "you", "have", "a", "cancer", "appendicitis", "800", "mg",
    "two", "tablets", ",", ".", "!", "?", "\n", "-", "*", "+44", "7700", "900123", "john@x.org", "write",
    "john.smith", "@", "1,5", "1.", "if", "symptoms", "don't", "call", "an", "ambulance", "I'm", "doctor",
    "iki", "tablet", "alın", "ben", "bir", "mg.Then", "sizde", "kanser", "var", "(0212)", "555", "12", "34",
    "…", "of", "water", "•", "U12345678", "2026-11-21", "_", "'", ":", "/", "½",
)  # fmt: skip
TEXT = st.lists(st.one_of(st.sampled_from(BITS), st.text(max_size=3)), max_size=25).flatmap(
    lambda bits: st.sampled_from([" ", "", "  "]).map(lambda glue: glue.join(bits))
)


@settings(max_examples=400, deadline=None)
@given(TEXT, st.lists(st.integers(0, 200), max_size=12))
def test_the_result_does_not_depend_on_the_cuts(text: str, places: list[int]) -> None:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    whole = guarded([text])
    assert guarded([text[a:b] for a, b in pairwise(edges)]) == whole
    assert guarded(list(text)) == whole
    if not whole[1]:
        assert whole[0] == text


ORDINARY_WORDS = ("the", "clinic", "is", "open", "you", "have", "an", "idea", "take", "care", "of", "it", "12,")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(ORDINARY_WORDS), max_size=40))
def test_what_is_held_of_ordinary_text_is_never_longer_than_a_match(words: list[str]) -> None:
    guard = OutputGuard(RULES, GuardContext())
    fed = sent = 0
    for word in words:
        fed += len(word) + 1
        sent += sum(map(len, guard.feed(word + " ")))
        assert fed - sent <= 60
    assert sent + sum(map(len, guard.close())) == fed


HOSTILE = ("take ", "a", "1 ", "you have ", "@", " ", ".", "1,", "stop not ", "+", "john.", "•")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_kept_of_hostile_text_does_not_grow_with_its_length(hostile: str) -> None:
    guard = OutputGuard(RULES, GuardContext())
    kept = 0
    for _ in range(8_000 // len(hostile)):
        guard.feed(hostile)
        kept = max(kept, len(guard._buffer))
    assert kept <= 500
