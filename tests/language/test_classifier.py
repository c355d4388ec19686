import pytest

from careline.language import Classifier

CLASSIFIER = Classifier(
    {
        "price": ["how much does it cost", "what are your prices", "is it expensive", "fiyatlar ne kadar", "ne kadar tutar", "ücret nedir"],
        "opening": ["when are you open", "what are your opening hours", "are you open on sunday", "çalışma saatleriniz nedir", "kaçta açılıyorsunuz"],
        "place": ["where are you", "where is the clinic", "what is your address", "klinik nerede", "adresiniz nedir"],
        "travel": ["do you help with hotel and flights", "is the transfer from the airport included", "otel ve uçak ayarlıyor musunuz", "havaalanından karşılıyor musunuz"],
        "book": ["I want to book an appointment", "schedule a consultation", "randevu almak istiyorum", "görüşme ayarlamak istiyorum"],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("How much does it cost?", "price"), ("how much would it cost me", "price"), ("whats the price", "price"), ("fiyat ne kadar", "price"), ("ücreti nedir acaba", "price"),
        ("what are the opening hours", "opening"), ("are you open on saturday?", "opening"), ("çalışma saatleri nedir", "opening"), ("where is your clinic", "place"), ("klinik nerede acaba", "place"),
        ("Hello, I want to schedule an appointment", "book"), ("randevu almak istiyorum lütfen", "book"), ("can you help with the hotel and flights", "travel"),
    ],
)  # fmt: skip
def test_the_right_label_comes_first(text: str, label: str) -> None:
    assert CLASSIFIER.classify(text)[0][0] == label
    assert CLASSIFIER.classify(text)[0][1] > 0.35


@pytest.mark.parametrize(
    "text", ["What are your prices?", "klinik nerede", "schedule a consultation", "when are you open??"]
)
def test_an_example_itself_is_certain(text: str) -> None:
    assert CLASSIFIER.classify(text)[0][1] > 0.95


@pytest.mark.parametrize(
    "text",
    [
        "my dog likes bananas",
        "the weather was lovely yesterday",
        "John Doe",
        "kedim çok tatlı",
        "quantum chromodynamics",
        "12345",
        "",
        "😀😀",
    ],
)
def test_unrelated_texts_score_low(text: str) -> None:
    assert all(score < 0.35 for _, score in CLASSIFIER.classify(text))


def test_scores_are_ordered_and_within_bounds() -> None:
    scores = [score for _, score in CLASSIFIER.classify("how much is a consultation at the clinic and where are you")]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_nothing_learned_nothing_said() -> None:
    assert Classifier({}).classify("how much") == []


def test_what_questions_beside_have_as_well_tells_little() -> None:
    own = {"bookings": ["what is my booking", "when is my appointment"], "move": ["move my appointment"]}
    beside = {"prices": ["what is the price"], "place": ["what is your address"], "hours": ["what is open"]}
    alone, among = Classifier(own), Classifier(own, beside)
    assert dict(alone.classify("what is this"))["bookings"] > 0.7
    assert dict(among.classify("what is this"))["bookings"] < 0.1
    assert dict(among.classify("what is my booking"))["bookings"] > 0.9
    assert {label for label, _ in among.classify("what is the price of my booking")} <= own.keys()
