"""The fenced blocks of the documentation, in order, and how an expected output is compared."""

import re
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(msgspec.Struct, frozen=True):
    """One example. `expected` is the text block right after it, if there is one."""

    page: Path
    line: int
    kind: str
    text: str
    expected: str | None = None

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path, kind: str) -> list[Block]:
    """The page's blocks of a kind."""
    text = page.read_text()
    found = list(FENCE.finditer(text))
    made = []
    for number, match in enumerate(found):
        following = found[number + 1] if number + 1 < len(found) else None
        adjacent = (
            following is not None and following[1] == "text" and not text[match.end() : following.start()].strip()
        )
        line = text.count("\n", 0, match.start()) + 1
        made.append(Block(page, line, match[1], match[2], following[2] if following and adjacent else None))
    return [block for block in made if block.kind == kind]


def all_blocks(kind: str) -> list[Block]:
    return [block for page in PAGES for block in blocks(page, kind)]


def matches(expected: str, got: str) -> bool:
    """Whether `got` is `expected`, in which `...` stands for anything."""
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in expected.split("..."))
    return (
        re.fullmatch(pattern.replace(r"\ .*", ".*").replace(r".*\ ", ".*"), " ".join(got.split()), re.DOTALL)
        is not None
    )
