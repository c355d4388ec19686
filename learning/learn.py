"""From labelled messages to weights: logistic regressions over the features of `careline.safety.likeness`."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from careline.safety.likeness import ENGINE_WEIGHT, KIND_SCALE, SCALE, LikenessFile, engine_features, word_features
from careline.safety.text import Words
from careline.safety.triage import Triage
from learning.corpus import Labelled, fingerprint

CALM = ("none", "consultation", "consultation_24", "self_care")
ALL_LEVELS = 3 + len(CALM)
STRENGTH = 10.0
RAREST = 2
LEAST_WEIGHT, LEAST_OF_A_LEVEL = 0.15, 0.3
"""Words whose weights are all smaller are left out: they decide nothing."""
FEWEST_OF_A_KIND = 8
MIXED_OF, LONGEST_MIXED, PACE = 3, 160, 7919
"""Every so many messages, up to so many characters, once more with talk beside it; the pace picks which."""


class Features:
    """Turns messages into rows: words weighed by rarity to length 1, and what the engine found beside them."""

    def __init__(self, triage: Triage, known_to_rules: Iterable[str] = ()) -> None:
        self._triage = triage
        self._seen: dict[str, list[str]] = {text: [] for text in known_to_rules}
        self.words = TfidfVectorizer(analyzer=lambda text: sorted(word_features(Words(text))), min_df=RAREST)
        self.engine = CountVectorizer(analyzer=self._engine, binary=True, min_df=RAREST)

    def _engine(self, text: str) -> list[str]:
        if text not in self._seen:
            self._seen[text] = sorted(engine_features(self._triage.read(text)))
        return self._seen[text]

    def fit(self, texts: Sequence[str]) -> None:
        self.words.fit(texts)
        self.engine.fit(texts)

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        return self._joined(self.words.transform(texts), self.engine.transform(texts))

    @staticmethod
    def _joined(words: csr_matrix, engine: csr_matrix) -> csr_matrix:
        return hstack([words, engine * ENGINE_WEIGHT]).tocsr()


def learn(messages: Sequence[Labelled], triage: Triage) -> LikenessFile:
    """The weights. The same messages and lexicon give the same weights."""
    learnt_from = fingerprint(messages)
    written, messages = messages, [*messages, *mixed(messages)]
    features = Features(triage, [one.text for one in messages if one.known_to_rules])
    features.fit([one.text for one in written])
    rows = features.rows([one.text for one in messages])
    alarm = np.array([one.alarm for one in messages])
    crisis = np.array([one.crisis for one in messages])
    emergency = alarm & ~crisis
    ambulance = np.array([one.level == "emergency_ambulance" for one in messages])
    heads = [_binary(rows, alarm), _binary(rows, crisis), _binary(rows[emergency], ambulance[emergency])]
    heads += _several(rows[~alarm], [one.level for one in messages if not one.alarm], CALM)
    urgent = [one for one in messages if one.alarm]
    counts = {kind: sum(one.kind == kind for one in urgent) for kind in {one.kind for one in urgent}}
    known = {rule.id.partition(".")[2] for rule in triage.rules.rules if rule.learnt}
    kinds = sorted(kind for kind, count in counts.items() if count >= FEWEST_OF_A_KIND and kind in known)
    chosen = np.array([one.alarm and one.kind in kinds for one in messages])
    heads += _several(rows[chosen], [one.kind for one in urgent if one.kind in kinds], kinds)
    return _packed(features, heads, kinds, learnt_from)


def mixed(messages: Sequence[Labelled]) -> Iterator[Labelled]:
    """Talk with another message before or after it, as people write: what is urgent decides, whatever stands beside."""
    for language in sorted({one.language for one in messages}):
        own = [one for one in messages if one.language == language and len(one.text) <= LONGEST_MIXED]
        talk = [one for one in own if one.level == "none"]
        for number, one in enumerate(own[::MIXED_OF]):
            other = talk[number * PACE % len(talk)]
            first, second = (one, other) if number % 2 else (other, one)
            known = one.known_to_rules or other.known_to_rules
            text = f"{first.text.rstrip(' .')}. {second.text}"
            yield Labelled(text, one.level, one.kind, one.crisis, language, known)


def _binary(rows: csr_matrix, wanted: np.ndarray) -> tuple[np.ndarray, float]:
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=5000).fit(rows, wanted)
    return model.coef_[0], float(model.intercept_[0])


def _several(rows: csr_matrix, labels: Sequence[str], names: Sequence[str]) -> list[tuple[np.ndarray, float]]:
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=5000).fit(rows, labels)
    order = {name: number for number, name in enumerate(model.classes_)}
    return [(model.coef_[order[name]], float(model.intercept_[order[name]])) for name in names]


def _packed(
    features: Features, heads: Sequence[tuple[np.ndarray, float]], kinds: list[str], learnt_from: str
) -> LikenessFile:
    words = features.words.get_feature_names_out()
    rarity = features.words.idf_
    count = len(words)
    matrix = np.vstack([column for column, _ in heads])
    weighty = np.abs(matrix[:2, :count]).max(axis=0) >= LEAST_WEIGHT
    weighty |= np.abs(matrix[2:ALL_LEVELS, :count]).max(axis=0) >= LEAST_OF_A_LEVEL
    kept = np.flatnonzero(weighty)
    columns = [np.concatenate([column[:count][kept], column[count:]]) for column in matrix]
    return LikenessFile(
        words=[str(words[number]) for number in kept],
        rarity=_whole(rarity[kept], SCALE, "<i2"),
        engine=[str(name) for name in features.engine.get_feature_names_out()],
        heads=[_whole(column, SCALE, "<i2") for column in columns[:ALL_LEVELS]],
        kind_heads=[_whole(column, KIND_SCALE, "i1") for column in columns[ALL_LEVELS:]],
        bias=[round(bias, 4) for _, bias in heads],
        kinds=kinds,
        learnt_from=learnt_from,
    )


def _whole(values: np.ndarray, scale: float, kind: str) -> bytes:
    limits = np.iinfo(kind)
    stored: bytes = np.clip(np.rint(values * scale), limits.min, limits.max).astype(kind).tobytes()
    return stored
