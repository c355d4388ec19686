import pytest

from careline.language import Vocabulary
from tests.language.reading import LANGUAGES

TERMS = {
    "hair_transplant": ["hair transplant", "hair restoration", "fue", "saç ekimi", "saç nakli", "saç ektirmek"],
    "rhinoplasty": ["rhinoplasty", "nose job", "nose surgery", "burun estetiği", "burun ameliyatı"],
    "veneers": ["veneers", "dental veneers", "hollywood smile", "lamine", "diş kaplama"],
    "implants": ["dental implants", "tooth implant", "implant", "diş implantı"],
    "liposuction": ["liposuction", "lipo", "fat removal", "yağ aldırma"],
    "breast": ["breast augmentation", "boob job", "breast surgery", "göğüs büyütme", "meme estetiği"],
    "bariatric": ["bariatric surgery", "gastric sleeve", "weight loss surgery", "tüp mide", "mide küçültme"],
}
VOCABULARY = Vocabulary(TERMS, LANGUAGES)


@pytest.mark.parametrize(
    ("text", "term", "words"),
    [
        ("I need help with hair transplant", "hair_transplant", "hair transplant"), ("hair transplat", "hair_transplant", "hair transplat"), ("hiar transplant", "hair_transplant", "hiar transplant"),
        ("HAIR TRANSPLANTS?", "hair_transplant", "HAIR TRANSPLANTS"), ("hairtransplant", "hair_transplant", "hairtransplant"), ("hair-transplant", "hair_transplant", "hair-transplant"),
        ("rinoplasty", "rhinoplasty", "rinoplasty"), ("rhino plasty", "rhinoplasty", "rhino plasty"), ("a nose job please", "rhinoplasty", "nose job"), ("rhinoplsty", "rhinoplasty", "rhinoplsty"),
        ("burun estetiğini", "rhinoplasty", "burun estetiğini"), ("burun estetigi", "rhinoplasty", "burun estetigi"), ("burun ameliyatından", "rhinoplasty", "burun ameliyatından"),
        ("BURUN ESTETİĞİ", "rhinoplasty", "BURUN ESTETİĞİ"), ("saç ekmi", "hair_transplant", "saç ekmi"), ("sac ekimi", "hair_transplant", "sac ekimi"), ("saç ekimine", "hair_transplant", "saç ekimine"),
        ("venners", "veneers", "venners"), ("dental veneer", "veneers", "dental veneer"), ("lipsuction", "liposuction", "lipsuction"), ("gastrik sleeve", "bariatric", "gastrik sleeve"),
        ("tüp mideyi düşünüyorum", "bariatric", "tüp mideyi"), ("breast augmentaton", "breast", "breast augmentaton"), ("implantları", "implants", "implantları"),
    ],
)  # fmt: skip
def test_a_term_is_found_where_it_is(text: str, term: str, words: str) -> None:
    found = VOCABULARY.find(text)
    assert [one.id for one in found] == [term]
    assert text[found[0].start : found[0].end] == words
    assert 0.6 < found[0].score <= 1


@pytest.mark.parametrize(
    "text",
    ["hello", "my name is Nora", "I have a job", "nose", "hair", "chair transport", "tuesday at 10", "I need a new lips stick", "the finest", "is it safe", "saat kaçta", "burnum akıyor",
     "important", "implement", "yağ", "mide", "diş", "fun", "due", "fee", "saç", "", "😀"],
)  # fmt: skip
def test_ordinary_words_are_no_terms(text: str) -> None:
    assert VOCABULARY.find(text) == []


def test_several_terms_in_their_order() -> None:
    assert [one.id for one in VOCABULARY.find("a nose job and veneers, maybe lipo")] == [
        "rhinoplasty",
        "veneers",
        "liposuction",
    ]


def test_of_two_readings_the_longer_one() -> None:
    found = VOCABULARY.find("dental implants")
    assert [one.id for one in found] == ["implants"]
    assert (found[0].start, found[0].end) == (0, 15)


def test_a_word_as_listed_scores_more_than_a_misspelt_one() -> None:
    exact, inflected, misspelt = (
        VOCABULARY.find(t)[0].score for t in ("rhinoplasty", "burun estetiğini", "rinoplasti")
    )
    assert exact == 1
    assert exact > inflected > misspelt


def test_a_vocabulary_without_languages_knows_its_words() -> None:
    assert [one.id for one in Vocabulary(TERMS).find("nose job")] == ["rhinoplasty"]
    assert Vocabulary({}).find("nose job") == []
