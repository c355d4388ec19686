"""What one pack's words are matched with."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from careline.dialogue.pack import Pack
from careline.dialogue.procedures import Procedures
from careline.language import Classifier, Languages, Vocabulary


class Matchers:
    """The pack's vocabularies and classifiers: procedures, topics, flows by example and by intent, slots by name.

    The classifiers take a tenth of a second: they are made at their first use, or by `warm`.
    """

    def __init__(self, pack: Pack, languages: Languages) -> None:
        self.pack = pack
        self.languages = languages
        self.procedures = Procedures(pack, languages)
        self.slot_words = Vocabulary({n: every(k.words) for n, k in pack.slots.items() if k.words}, languages)
        self.flow_words = {f.id: Vocabulary({f.id: every(f.words)}, languages) for f in pack.flows.values() if f.words}
        joiners = {word for one in languages.all() for word in one.joiners}
        words = "|".join(rf"\b{re.escape(word)}\b" for word in sorted(joiners) if word.isalpha())
        self.between = re.compile(rf"[?!.;\n؟？]+|{words}", re.I)
        """What stands between two questions of one message."""
        self.by_intent = {intent: f.id for f in pack.flows.values() for intent in f.intents}

    @cached_property
    def topics(self) -> dict[str, Classifier]:
        return by_language({t.id: t.examples for t in self.pack.topics}, self.procedures.without)

    @cached_property
    def entries(self) -> dict[str, Classifier]:
        examples = {f.id: f.examples for f in self.pack.flows.values() if f.examples}
        return by_language(examples, self.procedures.without)

    @cached_property
    def entries_beside_topics(self) -> dict[str, Classifier]:
        """The same, where words that questions have as well ("what is ...") tell little."""
        examples = {f.id: f.examples for f in self.pack.flows.values() if f.examples}
        return by_language(examples, self.procedures.without, {t.id: t.examples for t in self.pack.topics})

    def warm(self) -> None:
        """Makes what is made at first use; safe in a thread beside it."""
        _ = self.topics, self.entries, self.entries_beside_topics


def by_language(
    examples: Mapping[str, Mapping[str, Iterable[str]]],
    bare: Callable[[str], str],
    beside: Mapping[str, Mapping[str, Iterable[str]]] | None = None,
) -> dict[str, Classifier]:
    """A classifier for each language: words that look alike in two languages never count for one another."""
    codes = {code for per_language in examples.values() for code in per_language}

    def of(texts: Mapping[str, Mapping[str, Iterable[str]]], code: str) -> dict[str, Iterable[str]]:
        return {label: map(bare, known[code]) for label, known in texts.items() if code in known}

    return {code: Classifier(of(examples, code), of(beside or {}, code)) for code in sorted(codes)}


def every(texts: Mapping[str, Iterable[str]]) -> list[str]:
    """The texts of all languages."""
    return [t for per_language in texts.values() for t in per_language]
