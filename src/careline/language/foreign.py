"""Languages that are recognised, though nothing is understood in them: enough to say kindly which ones are."""

from collections.abc import Sequence

from careline.language.lexicon import Languages
from careline.language.text import Token, fold

_WORDS = {
    "de": "hallo guten tag morgen abend ich mochte moechte bitte einen eine ein termin und nicht kein keine sprechen "
    "sprechen sie haben habe brauche wie viel kostet was ist danke konnen konnte fur mit buchen deutsch vereinbaren",
    "es": "hola buenos buenas dias tardes quiero quisiera una uno cita por favor para con necesito cuanto cuesta "
    "gracias espanol hablo hablar puedo puede reservar tengo como donde estoy soy",
    "fr": "bonjour bonsoir salut je voudrais veux un une rendez vous pour avec merci combien coute est parlez francais "
    "besoin prendre les des avoir puis suis ne pas",
    "it": "ciao buongiorno buonasera vorrei voglio un una appuntamento per favore con grazie quanto costa parlo "
    "italiano prenotare ho bisogno sono posso",
    "pt": "ola bom boa dia tarde quero queria gostaria uma consulta por favor para com obrigado obrigada quanto custa "
    "marcar preciso falo portugues posso estou",
    "ar": "مرحبا السلام عليكم أريد اريد حجز موعد أرغب من فضلك كم سعر شكرا هل أنا لا نعم",
    "ru": "здравствуйте привет добрый день вечер хочу хотел хотела бы записаться на консультацию сколько стоит спасибо "
    "я не да нет можно пожалуйста говорите",
    "nl": "hallo goedemorgen goedemiddag ik wil graag een afspraak maken alstublieft voor met dank hoeveel kost spreek "
    "nederlands kan heb nodig",
}
_FOR = {code: frozenset(fold(words).split()) for code, words in _WORDS.items()}
_SCRIPTS = (("ar", 0x0600, 0x06FF), ("ru", 0x0400, 0x04FF))


def find_foreign(tokens: Sequence[Token], languages: Languages) -> tuple[str | None, bool]:
    """The language (ISO 639) of a message that plainly is in none of the loaded ones, as far as it can be told;
    whether words of it were recognised, so that it is no name."""
    words = [token for token in tokens[:60] if token.kind == "word"]
    if not words:
        return None, False
    for code, first, last in _SCRIPTS:
        written = sum(first <= ord(token.text[0]) <= last for token in words)
        if code not in languages.codes and written * 2 > len(words):
            return code, any(token.key in _FOR[code] for token in words)
    own = sum(bool(languages.votes(token.key)) for token in words)
    hits = {code: sum(token.key in known for token in words) for code, known in _FOR.items()}
    best = max(hits, key=lambda code: hits[code])
    alone = len(words) <= 2 and hits[best] == len(words) and own == 0
    plain = hits[best] >= 2 and hits[best] > own and hits[best] * 5 >= len(words) * 2
    found = best not in languages.codes and (alone or plain)
    return best if found else None, found
