"""Which of the pack's procedures a message names."""

from collections import defaultdict
from collections.abc import Sequence

from careline.dialogue.pack import Pack
from careline.language import Languages, TermMatch, Vocabulary
from careline.language.text import tokens

_BETWEEN = "|"
_NAMELESS = "xq"


class Procedures:
    """The pack's procedures by every word for them. A word listed under several names all of them.

    A procedure whose id extends another's (`hair_transplant_fue`) is a kind of it: named together, the kind is meant.
    """

    def __init__(self, pack: Pack, languages: Languages) -> None:
        owners: dict[str, dict[str, None]] = defaultdict(dict)
        for procedure in pack.procedures:
            for word in (*procedure.name.values(), *(w for words in procedure.words.values() for w in words)):
                owners[word.casefold()][procedure.id] = None
        terms: dict[str, list[str]] = defaultdict(list)
        for word, ids in owners.items():
            terms[_BETWEEN.join(ids)].append(word)
        self.vocabulary = Vocabulary(terms, languages)
        self._names = {p.id: {t.key for name in p.name.values() for t in tokens(name)} for p in pack.procedures}
        every = list(languages.all())
        self._before = [words for one in every for words in one.negators_before if words]
        self._after = {word for one in every for word in one.negators_after}

    def mentioned(self, text: str) -> list[str]:
        """Ids in the order they are named: one when it is clear, several when it has to be asked which is meant."""
        named = [m.id.split(_BETWEEN) for m in self.vocabulary.find(text) if not self._denied(text, m)]
        clear = {ids[0] for ids in named if len(ids) == 1}
        found = dict.fromkeys(i for ids in named for i in ids if len(ids) == 1 or not clear & set(ids))
        return [i for i in found if not any(other.startswith(f"{i}_") for other in found)]

    def without(self, text: str) -> str:
        """The text with one strange word for each procedure, so that a question is told by its other words
        whichever it is about; as it is when hardly any are left."""
        rest = text
        for match in reversed(self.vocabulary.find(text)):
            rest = f"{rest[: match.start]}{_NAMELESS}{rest[match.end :]}"
        words = [t.key for t in tokens(rest) if t.kind == "word" and t.key != _NAMELESS]
        return rest if len(words) > 0 else text

    def part_of(self, text: str, options: Sequence[str]) -> list[str]:
        """Of these, the one whose name has a word that is said and that no other's has ("reduction")."""
        said = [t.key for t in tokens(text) if len(t.key) >= 4]
        hits = [o for o in options if any(w.startswith(s[:5]) for s in said for w in self._names.get(o, ()))]
        return hits if len(hits) == 1 else []

    def denied(self, text: str) -> list[str]:
        """Ids that are said not to be meant."""
        return [i for m in self.vocabulary.find(text) if self._denied(text, m) for i in m.id.split(_BETWEEN)]

    def _denied(self, text: str, match: TermMatch) -> bool:
        """A negation stands right beside it ("not a nose job", "burun estetiği değil"), an article between at most."""
        before = [t.key for t in tokens(text[: match.start])][-3:]
        after = [t.key for t in tokens(text[match.end :])][:1]
        if after and after[0] in self._after:
            return True
        tails = (before, before[:-1])
        return any(len(b) >= len(n) and tuple(b[-len(n) :]) == n for b in tails for n in self._before)
