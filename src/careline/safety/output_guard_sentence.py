"""Where a reply is: the words of the sentence and the clause so far, and whether the line is an item of a list."""

from collections.abc import Iterable

MAIL_WORDS_BACK = 5


class Sentence:
    """The sentence being read. `place` is where its first word stands, -1 before there is one."""

    __slots__ = ("clause", "clause_start", "first", "mail_word", "place", "words")

    def __init__(self) -> None:
        self.words: list[str] = []
        self.first: dict[str, int] = {}
        self.clause = 0
        self.clause_start = True
        self.mail_word = -1
        self.place = -1

    def add(self, key: str) -> None:
        self.first.setdefault(key, len(self.words))
        self.words.append(key)
        self.clause_start = False

    def end_clause(self) -> None:
        self.clause = len(self.words)
        self.clause_start = True

    def near(self, index: int, count: int) -> list[str]:
        """Up to `count` words before this one, of the same clause."""
        return self.words[max(self.clause, index - count) : index]

    def before(self, words: Iterable[str], index: int) -> bool:
        """Whether one of the words stands before this place in the sentence."""
        return any(self.first.get(word, index) < index for word in words)

    def mail_near(self) -> bool:
        """Whether the talk was of writing to somebody, so that the next word may well be an address."""
        return self.mail_word >= 0 and len(self.words) - self.mail_word <= MAIL_WORDS_BACK


class Line:
    """The line being read. In a list under a line with an "if", every item is conditional."""

    __slots__ = ("_conditional", "_list_conditional", "empty", "item")

    def __init__(self) -> None:
        self.empty = True
        self.item = False
        self._conditional = False
        self._list_conditional = False

    def mark_conditional(self) -> None:
        self._conditional = True

    def end(self) -> None:
        if not self.empty and (self._conditional or not self.item):
            self._list_conditional = self._conditional
        self.empty = True
        self.item = self._conditional = False

    @property
    def conditional_item(self) -> bool:
        return self.item and self._list_conditional
