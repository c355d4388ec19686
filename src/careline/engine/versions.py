"""Which program, rules, knowledge and texts a reply was made with: kept with every turn, to explain it later."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from careline import __version__
from careline.ports import Assistant

_SHOWN = 12


class Versions:
    """`parts` names what the data files in folders are; the version of each is made from them."""

    def __init__(self, parts: Mapping[str, Sequence[Path]]) -> None:
        self._parts = parts

    def of(self, assistant: Assistant) -> dict[str, str]:
        return {"careline": __version__, "assistant": assistant.version, **self.data}

    @cached_property
    def data(self) -> dict[str, str]:
        """The version of each part. Reads the files once, a few milliseconds: better before a turn than in it."""
        return {name: digest(paths) for name, paths in self._parts.items()}


def digest(folders: Iterable[Path]) -> str:
    """The beginning of a hash over the names and contents of all files; code, caches and hidden ones are left out. A
    folder that is not there is an empty one; what is a file itself counts whatever it is. What cannot be read counts
    by its name: no reply may be lost for want of its explanation."""
    total = hashlib.sha256()
    for folder in folders:
        if folder.is_file():
            total.update(_content(folder))
            continue
        for file in sorted(folder.rglob("*")):
            inner = file.relative_to(folder).as_posix()
            if file.is_file() and file.suffix not in (".py", ".pyc") and "/." not in f"/{inner}":
                content = _content(file)
                total.update(f"{inner}\0{len(content)}\0".encode())
                total.update(content)
    return total.hexdigest()[:_SHOWN]


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b"unreadable"
