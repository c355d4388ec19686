"""That the assistant is an AI: what counts as saying so, what is added when a pack forgets, what no pack may claim."""

import re

from careline.safety.output_guard_claims import claims

__all__ = ["claims", "discloses", "sentence"]

SENTENCES = {
    "en": "I am an AI assistant, not a person and not a doctor.",
    "tr": "Ben bir yapay zekâ asistanıyım; insan ya da doktor değilim.",
    "de": "Ich bin ein KI-Assistent, kein Mensch und kein Arzt.",
    "fr": "Je suis un assistant IA, ni une personne ni un médecin.",
    "es": "Soy un asistente de IA, no una persona ni un médico.",
    "ar": "أنا مساعد ذكاء اصطناعي ولست إنسانًا ولا طبيبًا.",
    "ru": "Я ИИ-ассистент, а не человек и не врач.",
}
_SAYS_SO = re.compile(
    r"\bA\.?I\.?\b|artificial intelligence|yapay zek[aâ]|\bKI\b|künstliche intelligenz|\bIA\b|intelligence artificielle"
    r"|inteligencia artificial|ذكاء اصطناعي|الذكاء الاصطناعي|\bИИ\b|искусственн\w+ интеллект",
    re.I,
)


def discloses(text: str) -> bool:
    """Whether a text says that an AI is speaking."""
    return _SAYS_SO.search(text) is not None


def sentence(language: str) -> str:
    """The disclosure that is added, in the language if there is one here, else in English."""
    return SENTENCES.get(language, SENTENCES["en"])
