"""What a message says: yes or no, names, contacts, places, dates and times, in every language that has a data file."""

from careline.language.classifier import Classifier
from careline.language.lexicon import LanguageDataError, Languages
from careline.language.said import Excluded, Grain, Reference, Said, Shift, TimeMention
from careline.language.understanding import load_languages, understand
from careline.language.vocabulary import TermMatch, Vocabulary

__all__ = [
    "Classifier",
    "Excluded",
    "Grain",
    "LanguageDataError",
    "Languages",
    "Reference",
    "Said",
    "Shift",
    "TermMatch",
    "TimeMention",
    "Vocabulary",
    "load_languages",
    "understand",
]
