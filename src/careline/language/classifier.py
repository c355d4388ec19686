"""A small text classifier that learns from a few examples: words, beginnings of words, word pairs and letter groups,
weighed by how few labels they occur in, compared by cosine."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from careline.language.text import tokens

# Chosen by leaving each example of the shipped knowledge out in turn, with unrelated sentences beside.
_STEM = 4
_LONG_WORD, _PAIR, _GROUP = 0.5, 0.6, 0.35
_RARITY = 1.5
_SUPPORT = 0.5
_SUPPORTERS = 3
_EVEN = 0.45
_STEEPNESS = 12.0
_MOST_WORDS = 60


class Classifier:
    """Labels with example texts, of any languages mixed.

    `beside` are labels that are never the answer: what is common among them tells less ("what is ...").
    """

    def __init__(
        self, examples: Mapping[str, Iterable[str]], beside: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        known = [(label, _features(text)) for label, texts in examples.items() for text in texts]
        self._labels = [label for label, _ in known]
        labels: defaultdict[str, set[str]] = defaultdict(set)
        for label, features in known:
            for feature in features:
                labels[feature].add(label)
        others = {f"beside {label}": texts for label, texts in (beside or {}).items()}
        for label, texts in others.items():
            for feature in {feature for text in texts for feature in _features(text)}:
                labels[feature].add(label)
        total = len(set(self._labels)) + len(others) + 1
        self._rarity = {feature: (math.log(total / len(of)) + 0.15) ** _RARITY for feature, of in labels.items()}
        self._unseen = (math.log(total) + 0.15) ** _RARITY
        self._postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, (_, features) in enumerate(known):
            weights = self._weights(features)
            length = _length(weights) or 1.0
            for feature, weight in weights.items():
                self._postings[feature].append((number, weight / length))

    def classify(self, text: str) -> list[tuple[str, float]]:
        """(label, score) for every label that has anything in common with the text, best first.

        A score is 0 to 1; from about 0.5 the text is of the label, unrelated text scores low for all.
        """
        weights = self._weights(_features(text))
        length = _length(weights)
        likeness: defaultdict[int, float] = defaultdict(float)
        postings = self._postings
        for feature, weight in weights.items():
            if feature in postings:
                for number, other in postings[feature]:
                    likeness[number] += weight * other
        alike: defaultdict[str, list[float]] = defaultdict(list)
        for number, product in likeness.items():
            alike[self._labels[number]].append(min(product / length, 1.0))
        scored = [(label, _score(cosines)) for label, cosines in alike.items()]
        return sorted(scored, key=lambda one: (-one[1], one[0]))

    def _weights(self, features: Mapping[str, float]) -> dict[str, float]:
        return {feature: count * self._rarity.get(feature, self._unseen) for feature, count in features.items()}


def _length(weights: Mapping[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights.values()))


def _score(cosines: list[float]) -> float:
    """The likeness to the nearest example, supported by the next few of the label."""
    if len(cosines) > 1:
        cosines.sort(reverse=True)
    nearest = cosines[0]
    supported = nearest + _SUPPORT * sum(cosines[1 : 1 + _SUPPORTERS]) * (1 - nearest)
    return 1 / (1 + math.exp(-_STEEPNESS * (supported - _EVEN)))


@lru_cache(maxsize=32)  # a message is compared with the examples of several classifiers
def _features(text: str) -> Mapping[str, float]:
    words = [token.key for token in tokens(text[:2_000]) if token.kind == "word"][:_MOST_WORDS]
    found: dict[str, float] = {}
    for at, word in enumerate(words):
        found[word] = 1.0 if len(word) < _STEM else _LONG_WORD
        if at:
            found[f"{words[at - 1]} {word}"] = _PAIR
        if len(word) >= _STEM:
            found["^" + word[:_STEM]] = 1.0
            padded = f"<{word[:24]}>"
            for cut in range(len(padded) - 3):
                found[padded[cut : cut + 4]] = _GROUP
    return found
