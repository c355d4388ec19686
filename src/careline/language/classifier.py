"""A small text classifier that learns from a few examples: tf-idf of words, word pairs and letter groups, cosine."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from careline.language.text import tokens

_MOST_WORDS = 60
_EVEN = 0.40
_STEEPNESS = 12.0


class Classifier:
    """Labels with example texts, of any languages mixed."""

    def __init__(self, examples: Mapping[str, Iterable[str]]) -> None:
        counted = [(label, _features(text)) for label, texts in examples.items() for text in texts]
        self._labels = [label for label, _ in counted]
        seen: Counter[str] = Counter(feature for _, features in counted for feature in features)
        total = len(counted) + 1
        self._idf = {feature: math.log(total / count) + 0.3 for feature, count in seen.items()}
        self._unseen = math.log(total) + 0.3
        self._postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, (_, features) in enumerate(counted):
            weights = self._weights(features)
            length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
            for feature, weight in weights.items():
                self._postings[feature].append((number, weight / length))

    def classify(self, text: str) -> list[tuple[str, float]]:
        """(label, score) for every label that has anything in common with the text, best first.

        A score is 0 to 1; from about 0.5 the text is of the label, unrelated text scores low for all.
        """
        weights = self._weights(_features(text))
        length = math.sqrt(sum(w * w for w in weights.values()))
        if not length:
            return []
        likeness: defaultdict[int, float] = defaultdict(float)
        for feature, weight in weights.items():
            for number, other in self._postings.get(feature, ()):
                likeness[number] += weight * other
        best: dict[str, float] = {}
        for number, product in likeness.items():
            label = self._labels[number]
            if product > best.get(label, 0.0):
                best[label] = product
        scored = [(label, _calibrated(product / length)) for label, product in best.items()]
        return sorted(scored, key=lambda one: (-one[1], one[0]))

    def _weights(self, features: Mapping[str, float]) -> dict[str, float]:
        return {feature: count * self._idf.get(feature, self._unseen) for feature, count in features.items()}


def _calibrated(cosine: float) -> float:
    return 1 / (1 + math.exp(-_STEEPNESS * (cosine - _EVEN)))


def _features(text: str) -> dict[str, float]:
    words = [token.key for token in tokens(text[:2_000]) if token.kind == "word"][:_MOST_WORDS]
    found: dict[str, float] = {}
    for at, word in enumerate(words):
        found[word] = 1.0
        if at:
            found[f"{words[at - 1]} {word}"] = 0.6
        if len(word) > 3:
            padded = f"<{word[:24]}>"
            for cut in range(len(padded) - 3):
                found[padded[cut : cut + 4]] = 0.35
    return found
