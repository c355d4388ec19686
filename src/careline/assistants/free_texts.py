"""What is said in free conversation beside the model's words, by language."""

from collections.abc import Sequence

from careline.assistants.free_claims import Claim
from careline.domain.events import Citation
from careline.safety.rules import Level

_CUT_OFF = {
    "en": "I'm sorry, I cannot finish this answer right now.",
    "tr": "Üzgünüm, bu yanıtı şu anda tamamlayamıyorum.",
}
_RAISED: dict[str, dict[Level, str]] = {
    "en": {
        "consultation": "To be on the safe side, please have a doctor look at this in the next days.",
        "consultation_24": (
            "To be on the safe side, please have this seen by a doctor within a day, even if you feel no worse."
        ),
    },
    "tr": {
        "consultation": "Yine de güvende olmak için lütfen önümüzdeki günlerde bir doktora görünün.",
        "consultation_24": "Yine de güvende olmak için, kötüleşmeseniz bile lütfen bir gün içinde bir doktora görünün.",
    },
}
_SOURCES = {"en": "Sources:", "tr": "Kaynaklar:"}
_PUT_RIGHT: dict[str, dict[Claim, str]] = {
    "en": {
        "booking": "Nothing has been booked, moved or cancelled by what I say here.",
        "price": "I cannot tell you a price: only the clinic that treats you can say what it costs.",
    },
    "tr": {
        "booking": "Burada söylediklerimle hiçbir randevu alınmadı, değiştirilmedi ya da iptal edilmedi.",
        "price": "Size bir fiyat söyleyemem: ücreti yalnızca tedavi eden klinik söyleyebilir.",
    },
}


def cut_off(language: str) -> str:
    """Where a model breaks off."""
    return _CUT_OFF.get(language) or _CUT_OFF["en"]


def raised(level: Level, language: str) -> str:
    """Where a model finds something more urgent than was said, and no emergency; "" for what nobody is told of."""
    return (_RAISED.get(language) or _RAISED["en"]).get(level, "")


def put_right(claim: Claim, language: str) -> str:
    """In place of a model's words that claim what cannot be so."""
    return (_PUT_RIGHT.get(language) or _PUT_RIGHT["en"])[claim]


def sources(cited: Sequence[Citation], language: str) -> str:
    """Those of a reply, a line each, as its marks count them; "" without any."""
    lines = [f"[{n}] {one.title}, {one.source}" + (f": {one.url}" if one.url else "") for n, one in enumerate(cited, 1)]
    return "\n".join([_SOURCES.get(language) or _SOURCES["en"], *lines]) if lines else ""
