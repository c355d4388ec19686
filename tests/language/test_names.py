import pytest

from tests.language.reading import said

INTRODUCED = [
    ("My name is John Doe and I need help with hair transplant", "John Doe"),
    ("I'm Jon", "Jon"), ("i'm john", "John"), ("im mark", "Mark"), ("this is Maria Garcia", "Maria Garcia"), ("call me Sam", "Sam"),
    ("actually it's Jon", "Jon"), ("no, my name is Jon", "Jon"), ("no that's wrong, it is Jon", "Jon"), ("Actually my name is Jon, not John", "Jon"),
    ("change my name to Jonathan", "Jonathan"), ("my name's o'brien", "O'Brien"), ("i am dr. john watson", "John Watson"),
    ("my name is maria de la cruz and i'm from spain", "Maria de la Cruz"), ("name: Jane Roe", "Jane Roe"), ("Jane Roe here", "Jane Roe"),
    ("I'm John and I'm 30", "John"), ("I am Alex, 34 years old", "Alex"), ("hello im sam from italy", "Sam"), ("my name is john i need help", "John"),
    ("my name is john hair transplant please", "John"), ("I'm Hans-Peter Müller", "Hans-Peter Müller"), ("My name is Mehmet Öz", "Mehmet Öz"),
    ("yes, my name is anna", "Anna"), ("I'm Will", "Will"), ("I'm Sarah Miller from Manchester in the UK, my email is s.m@example.com, I want veneers", "Sarah Miller"),
    ("adım Ayşe Yılmaz", "Ayşe Yılmaz"), ("ben Mehmet", "Mehmet"), ("ismim Can", "Can"), ("adım Ahmet'tir", "Ahmet"), ("benim adım mehmet yılmaz", "Mehmet Yılmaz"),
    ("bana Ali diyebilirsiniz", "Ali"), ("Ayşe ben", "Ayşe"), ("hayır, adım Jon", "Jon"), ("aslında adım Jon", "Jon"), ("adım ve soyadım Işıl Can", "Işıl Can"),
    ("merhaba ben zeynep demir almanyadan yazıyorum", "Zeynep Demir"), ("ismim IŞIL", "Işıl"), ("adım ibrahim", "İbrahim"), ("adım Ayşe değil, Fatma", "Fatma"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name"), INTRODUCED)
def test_people_who_introduce_themselves(text: str, name: str) -> None:
    heard = said(text, "tr" if any(word in text.lower() for word in ("ad", "ben", "ism", "bana")) else "en")
    assert (heard.name, heard.name_explicit) == (name, True)


@pytest.mark.parametrize(
    "text",
    [
        "I'm fine", "I'm looking for a clinic", "I'm from Germany", "I am 30", "I'm not sure", "I'm a smoker", "I'm having pain", "i'm bald", "I'm here",
        "I am interested in a nose job", "I'm Interested In A Hair Transplant", "I AM INTERESTED IN HAIR TRANSPLANT", "This is urgent", "this is great",
        "It's me again", "what is your name", "is my name required?", "My name is not important", "call me tomorrow", "call me please", "call me at 5",
        "Will you be there?", "Can I come alone", "contact us", "no", "3pm", "hair transplant", "ben iyiyim", "ben hastayım", "ben 30 yaşındayım", "ben de",
        "ben bir doktorum", "ben saç ektirmek istiyorum", "adım gerekli mi", "Almanya'dan", "bana bambaşka bişey lazım aslında", "bana yazın lütfen",
        "adımı ne yapacaksınız",
    ],
)  # fmt: skip
def test_sentences_without_a_name(text: str) -> None:
    assert said(text).name is None
    assert said(text, "tr").name is None


@pytest.mark.parametrize("text", ["I'm not John", "My name isn't John", "ben Jon değilim", "adım Jon değil"])
def test_a_denied_name_is_no_name(text: str) -> None:
    heard = said(text)
    assert heard.name is None
    assert "name" in heard.negated


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("john doe", "John Doe"), ("JOHN DOE", "John Doe"), ("Ayşe", "Ayşe"), ("ali yılmaz", "Ali Yılmaz"), ("jean-luc o'neill", "Jean-Luc O'Neill"),
        ("Ludwig van Beethoven", "Ludwig van Beethoven"), ("Maria de la Cruz", "Maria de la Cruz"), ("mr smith", "Smith"), ("Jo", "Jo"), ("will", "Will"),
        ("محمد علي", "محمد علي"), ("李明", "李明"), ("Иван Петров", "Иван Петров"), ("Nguyễn Văn A", "Nguyễn Văn A"), ("Sarah :)", "Sarah"), ("Sarah 😀", "Sarah"),
        ("sure, John Doe", "John Doe"), ("ok john", "John"), ("Sarah, why?", "Sarah"), ("Jordan", "Jordan"), ("May Parker", "May Parker"),
        ("Ahmet Can Öztürk", "Ahmet Can Öztürk"), ("nedim", "Nedim"), ("Selda Vazgeçtim", "Selda Vazgeçtim"), ("nurdan kaymak", "Nurdan Kaymak"),
    ],
)  # fmt: skip
def test_a_bare_name_when_asked_for_it(text: str, name: str) -> None:
    heard = said(text, expecting="name")
    assert (heard.name, heard.name_explicit) == (name, False)
    assert heard.country is None
    assert heard.time is None


@pytest.mark.parametrize(
    "text",
    ["no", "yes", "skip", "later", "why?", "what?", "Monday", "germany", "I'd rather not say", "Why do you need it", "123", "how much is it", "none", "j",
     "can we do this later", "thanks", "hayır", "bilmiyorum", "neden?", "seriously", "this is ridiculous", "can i stay anonymous", "yok vazgeçtim",
     "benim saçlar dökülüyor", "saçlarım dökülüyor", "burnum kemerli", "ne alaka", "kararsız kaldım", "instagramdan gördüm", "neyse"],
)  # fmt: skip
def test_other_answers_when_asked_for_the_name(text: str) -> None:
    assert said(text, expecting="name").name is None


def test_no_bare_name_unless_asked() -> None:
    assert said("john doe").name is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("John and Jane Doe", "John and Jane Doe"),
        ("John & Jane", "John & Jane"),
        ("Ayşe ve Mehmet Yılmaz", "Ayşe ve Mehmet Yılmaz"),
        ("John and my wife", None),
        ("John and", None),
        ("my name is John and Grace told me to write", "John"),
    ],
)
def test_two_people_who_come_together(text: str, name: str | None) -> None:
    assert said(text, expecting="name").name == name
