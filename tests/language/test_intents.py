import pytest

from tests.language.reading import said

INTENTS = {
    "yes": """yes|Yes I do|yep|YES!!!|yesss|ok|Ok.|okay sounds good|sure go ahead|of course|no problem|no worries|why not|that's fine|i'm fine with that|
        I agree|yes please|yeah sure|👍|👍🏽|✅|y|fine|evet|Evet.|EVET|evettt|ewet|evet lütfen|olur|olur tabii|tabii|tabi ki|tamam|tmm|kabul ediyorum|
        onaylıyorum|sorun yok|uygun|hadi yapalım|e tamam""",
    "no": """no|No.|nope|no thanks|not really|not now|I don't agree|i do not agree|i dont want that|I don't think so|no, my name is Jon|none of these work|👎|n|
        hayır|HAYIR|hyr|hayır değil|hayır teşekkürler|yok istemem|yok|olmaz|istemiyorum|uygun değil|kabul etmiyorum|şimdi değil""",
    "skip": "skip|i don't know|I'd rather not say|bilmiyorum|söylemek istemiyorum|fark etmez|geç",
    "cancel": "cancel|stop|never mind|forget it|i want to cancel|please cancel|iptal|iptal et|vazgeçtim|vazgectim",
    "cancel_booking": "cancel my appointment|can I cancel my appointment?|I would like to cancel the consultation|randevumu iptal etmek istiyorum|randevumu iptal et",
    "reschedule": "I need to move my appointment|reschedule|i cant make it|randevuyu ertelemek istiyorum|randevumu salıya almak istiyorum",
    "repeat": "what did you say?|can you repeat that|?|anlamadım|tekrar eder misiniz",
    "restart": "start over|baştan başlayalım",
    "human_wanted": """I want to talk to a real person|talk to an agent|I'd like to speak to a human|can someone call me back|call me please|
        gerçek bir insanla görüşmek istiyorum|insanla konuşmak istiyorum|biriyle görüşebilir miyim|beni arayın|bir yetkiliye bağlar mısınız""",
    "are_you_human": "are you a robot|are you human|R u human?|am I talking to a bot?|are you a real person?|robot musun|insan mısınız|robot musun insan mısın",
    "are_you_doctor": "are you a doctor?|are you a real doctor|doktor musunuz",
    "greeting": "hi|Hello Anna!|Hello, I want to schedule an appointment|merhaba|slm",
    "thanks": "thanks!|Thank you, bye|no thanks|teşekkürler|sağol",
    "goodbye": "bye|Thank you, bye|görüşürüz",
    "correction": "actually it's Jon|I meant Friday|that's not right|no that's wrong, it is Jon|change my name to Jonathan|aslında adım Jon|yanlış yazdım",
    "later": "later|something later please|not now|sonra|daha geç bir saat var mı",
    "earlier": "do you have anything earlier?|daha erken",
    "other_times": "Do you have any other times?|none of these work|başka saat var mı",
    "help": "help|yardım",
    "resume": "where were we|nerede kalmıştık",
    "insult": "fuck you|aptal",
}  # fmt: skip
CASES = [(intent, text.strip()) for intent, texts in INTENTS.items() for text in texts.split("|")]


@pytest.mark.parametrize(("intent", "text"), CASES)
def test_an_intent_is_heard(intent: str, text: str) -> None:
    assert intent in said(text).intents


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("is it ok if I eat before?", "yes"),
        ("ok?", "yes"),
        ("olur mu?", "yes"),
        ("I'm not sure", "yes"),
        ("what is right for me", "yes"),
        ("something later please", "yes"),
        ("insanla konuşmak istiyorum", "yes"),
        ("I don't agree", "yes"),
        ("kabul etmiyorum", "yes"),
        ("uygun değil", "yes"),
        ("yes, my name is anna", "no"),
        ("no problem", "no"),
        ("I have no allergies", "no"),
        ("why not", "no"),
        ("cancel my appointment", "cancel"),
        ("are you a real person?", "human_wanted"),
        ("are you a doctor?", "repeat"),
        ("friday 4pm?", "repeat"),
        ("I would like to talk about prices", "human_wanted"),
        ("iki hafta sonra", "later"),
        ("salıdan sonra", "later"),
        ("how much does it cost", "yes"),
    ],
)
def test_an_intent_is_not_heard(text: str, absent: str) -> None:
    assert absent not in said(text).intents


def test_a_denied_yes_is_a_no_and_says_so() -> None:
    heard = said("it is not ok with me")
    assert "yes" not in heard.intents
    assert said("I do not confirm, that is not fine by me").intents >= {"no"}


def test_ordinary_sentences_carry_no_intent() -> None:
    for text in ("I want a hair transplant", "how long does it take to heal", "saç ektirmek istiyorum", ""):
        assert said(text).intents == frozenset()


def test_a_message_of_nothing_but_courtesies_says_so() -> None:
    for text in ("thank you very much", "yes please", "ok, thanks!", "evet lütfen", "bye 👋"):
        assert said(text).intents_only
    for text in ("thanks, how much is it?", "yes on friday at 3", "how much is it", "", "Sarah"):
        assert not said(text).intents_only
