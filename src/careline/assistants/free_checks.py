"""Links that a model makes up, whatever it is told, are left out as they come."""

import re
from collections.abc import Sequence

_SPACE = re.compile(r"(\s+)")
_LAST = re.compile(r"\s(\S*)\Z")
_SIGN = re.compile(r"\.\w|://")
"""In every link."""
_LINK = re.compile(
    r"(?P<whole>https?://|(?<![\w.-])www\.\w)"
    r"|[\w-]\.(?:com|net|org|info|biz|io|app|dev|xyz|site|online|shop|link|page|clinic|health|example)(?![\w-])"
    r"|\w\.[a-z]{2,8}/\w",
    re.I,
)
_AROUND = "([<\"'*.,;:!?)]>“”‘’„«»"
_LONGEST_WORD = 300


class Links:
    """Reads the pieces of one reply. A link stays where it stands in one of the texts `given` to the model."""

    def __init__(self, given: Sequence[str]) -> None:
        self.left_out = 0
        self._given = given
        self._word = ""
        self._leaving = False

    def feed(self, piece: str) -> str:
        """The piece without what makes a link of its word; nothing is held back."""
        if piece[:1] == " " and piece[1:].isalpha():
            self._word, self._leaving = piece[1:], False
            return piece
        if piece[:1].isspace():
            self._word, self._leaving = "", False
        word = self._word + piece
        if not self._leaving and not (_SIGN.search(word) and _LINK.search(word)):
            last = _LAST.search(piece)
            self._word = word[-_LONGEST_WORD:] if last is None else last[1]
            return piece
        kept: list[str] = []
        for part in _SPACE.split(piece):
            if not part or part.isspace():
                self._word, self._leaving = ("", False) if part else (self._word, self._leaving)
            else:
                self._word = (self._word + part)[-_LONGEST_WORD:]
                link = None if self._leaving else _LINK.search(self._word)
                if link is not None and not self._known(max(0, link.start("whole"))):
                    self._leaving = True
                    self.left_out += 1
                if self._leaving:
                    continue
            kept.append(part)
        return "".join(kept)

    def _known(self, start: int) -> bool:
        word = self._word[start:].strip(_AROUND).lower()
        return any(word in text.lower() for text in self._given)
