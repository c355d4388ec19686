"""Whether a quote of a message is something that the person says of themselves, whatever was cut off it. Pure.

It is read in its sentence: "I have diabetes" is also in "Do I have diabetes?" and in "I don't think I have diabetes".
What is in doubt is not taken.
"""

import re

from careline.language.text import fold

_SENTENCES = re.compile(r"(?<=[.!?…;])\s+|\n+|,?\s+(?:but|however|aber|ama|fakat|ancak)\s+", re.I)
_DENIED = re.compile(
    r"\b(?:no|not|never|none|neither|nor|without|isnt|arent|wasnt|dont|doesnt|didnt|havent|hasnt|cant|cannot|wont|"
    r"degil\w*|yok\w*|hic|kein\w*|nicht|nie)\b"
)
_SUPPOSED = re.compile(
    r"\b(?:if|whether|might|maybe|perhaps|afraid|worried|fear\w*|scared|wonder\w*|eger|acaba|belki|korku\w*|korkar\w*|"
    r"wenn|falls|ob|vielleicht|angst)\b"
)
_OF_OTHERS = re.compile(
    r"\b(?:mother|mum|mom|father|dad|parents?|sister|brother|siblings?|(?:my|our) son|daughter|wife|husband|partner|"
    r"girlfriend|boyfriend|fiancee?|child|children|kids?|baby|toddler|aunt|uncle|cousin|niece|nephew|friend|neighbou?r|"
    r"grand(?:mother|father|ma|pa|parents?|son|daughter|child)|colleague|family|he|she|his|her|"
    r"anne\w*|baba\w*|kardes\w*|abla[mn]\w*|agabey\w*|abim\w*|oglu\w*|kizim\w*|esim\w*|karim\w*|kocam\w*|cocu[gk]\w*|"
    r"bebe[gk]\w*|teyze\w*|halam\w*|amca\w*|dayi\w*|yegen\w*|torun\w*|dedem\w*|ninem\w*|arkadas\w*|komsu\w*|"
    r"aile(?:m|de)\w*|mutter|vater|eltern|bruder|schwester|sohn|tochter|tante|onkel|oma|opa|freund\w*)\b"
)


def is_quoted(quote: str, text: str) -> bool:
    """Whether the text has these words, however they are written."""
    return _plain(quote) in _plain(text)


def is_claimed(quote: str, text: str) -> bool:
    """Whether they stand in a sentence in which the person says it of themselves, and says that it is so.

    A quote of more than one sentence has to be so in each.
    """
    sentences = [one for one in _SENTENCES.split(text) if one.strip()]
    around = [one for one in sentences if is_quoted(quote, one)]
    if around:
        return any(_is_own(one) for one in around)
    return all(_is_own(one) for one in sentences)


def _is_own(sentence: str) -> bool:
    plain = _plain(sentence)
    wrong = (_DENIED.search(plain), _SUPPOSED.search(plain), _OF_OTHERS.search(plain))
    return "?" not in sentence and not any(wrong)


def _plain(text: str) -> str:
    return " ".join(fold(text).split())
