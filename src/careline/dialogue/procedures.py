"""Which of the pack's procedures a message names."""

from collections import defaultdict

from careline.dialogue.pack import Pack
from careline.language import Languages, Vocabulary

_BETWEEN = "|"


class Procedures:
    """The pack's procedures by every word for them. A word listed under several names all of them."""

    def __init__(self, pack: Pack, languages: Languages) -> None:
        owners: dict[str, dict[str, None]] = defaultdict(dict)
        for procedure in pack.procedures:
            for word in (*procedure.name.values(), *(w for words in procedure.words.values() for w in words)):
                owners[word.casefold()][procedure.id] = None
        terms: dict[str, list[str]] = defaultdict(list)
        for word, ids in owners.items():
            terms[_BETWEEN.join(ids)].append(word)
        self.vocabulary = Vocabulary(terms, languages)

    def mentioned(self, text: str) -> list[str]:
        """Ids in the order they are named: one when it is clear, several when it has to be asked which is meant."""
        return list(dict.fromkeys(i for match in self.vocabulary.find(text) for i in match.id.split(_BETWEEN)))
