"""What one pack's words are matched with."""

from collections.abc import Iterable, Mapping

from careline.dialogue.pack import Pack
from careline.dialogue.procedures import Procedures
from careline.language import Classifier, Languages, Vocabulary


class Matchers:
    """The pack's vocabularies and classifiers: procedures, topics, flows by example and by intent, slots by name."""

    def __init__(self, pack: Pack, languages: Languages) -> None:
        self.pack = pack
        self.languages = languages
        self.procedures = Procedures(pack, languages)
        bare = self.procedures.without
        self.topics = Classifier({t.id: map(bare, every(t.examples)) for t in pack.topics})
        self.entries = Classifier({f.id: map(bare, every(f.examples)) for f in pack.flows.values() if f.examples})
        self.slot_words = Vocabulary({n: every(k.words) for n, k in pack.slots.items() if k.words}, languages)
        self.by_intent = {intent: f.id for f in pack.flows.values() for intent in f.intents}


def every(texts: Mapping[str, Iterable[str]]) -> list[str]:
    """The texts of all languages."""
    return [t for per_language in texts.values() for t in per_language]
