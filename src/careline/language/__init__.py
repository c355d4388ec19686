"""What a message says: yes or no, names, contacts, places, dates and times, in every language that has a data file."""

from careline.language.classifier import Classifier
from careline.language.lexicon import LanguageDataError, Languages, load_languages
from careline.language.said import Grain, Reference, Said, TimeMention
from careline.language.understanding import understand
from careline.language.vocabulary import TermMatch, Vocabulary

__all__ = [
    "Classifier",
    "Grain",
    "LanguageDataError",
    "Languages",
    "Reference",
    "Said",
    "TermMatch",
    "TimeMention",
    "Vocabulary",
    "load_languages",
    "understand",
]
