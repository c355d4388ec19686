"""That the assistant is an AI: what counts as saying so, what is added when a pack forgets, what no pack may claim."""

import re

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
_CLAIMS = (
    re.compile(
        r"\bI(?:'|’)?(?: a)?m (?:a |an |your |the )?(?:real |actual |live |qualified |experienced )*"
        r"(?:human|person|doctor|physician|surgeon|nurse|dentist|psychologist|therapist|licen[sc]ed)\b",
        re.I,
    ),
    re.compile(
        r"\bas (?:a|your) (?:licen[sc]ed |qualified )?(?:doctor|physician|surgeon|nurse|dentist)\b[^.?!]*\bI\b", re.I
    ),
    re.compile(r"\b(?:I am|I'm|I’m) not (?:an? )?(?:AI|bot|robot|machine|computer|program)\b", re.I),
    re.compile(
        r"\b(?:ben (?:bir |gerçek (?:bir )?)?)(?:insanım|kişiyim|doktorum|hekimim|cerrahım|hemşireyim|diş hekimiyim)\b",
        re.I,
    ),
    re.compile(r"(?:^|[.!?,]\s*|\bben\s)(?:gerçek )?(?:bir )?(?:insanım|doktorum|hekimim|cerrahım|hemşireyim)\b", re.I),
    re.compile(r"\b(?:yapay zek[aâ]|robot|bot|makine) değilim\b", re.I),
    re.compile(
        r"\b(?:lisanslı|diplomalı|ruhsatlı)\w*\s+(?:bir )?(?:doktorum|hekimim|uzmanım|sağlık çalışanıyım)\b", re.I
    ),
)


def discloses(text: str) -> bool:
    """Whether a text says that an AI is speaking."""
    return _SAYS_SO.search(text) is not None


def claims(text: str) -> str | None:
    """The words with which a text claims that a human, a doctor or somebody licensed is speaking, None without any."""
    return next((m.group(0).strip(" .,!?") for pattern in _CLAIMS if (m := pattern.search(text))), None)


def sentence(language: str) -> str:
    """The disclosure that is added, in the language if there is one here, else in English."""
    return SENTENCES.get(language, SENTENCES["en"])
