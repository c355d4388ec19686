"""YAML files read with the line of every value, so that a mistake can be pointed at."""

import re
from pathlib import Path
from typing import Any

import msgspec
import yaml

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Where = tuple[str | int, ...]


class Problem(msgspec.Struct, frozen=True, order=True):
    """Something wrong in a pack. `file` is relative to the pack, `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Source(msgspec.Struct):
    """A parsed file: plain data, and the line of every place in it."""

    file: str
    data: Any
    lines: dict[Where, int]

    def problem(self, where: Where, message: str) -> Problem:
        """A problem at the nearest known place."""
        while where and where not in self.lines:
            where = where[:-1]
        return Problem(self.file, self.lines.get(where, 1), message)


def read_source(root: Path, file: str) -> Source | Problem:
    """The file, or the problem that keeps it from being read. Scalars are text, whole numbers, true, false or null:
    `on`, `yes`, dates and times stay the text they are."""
    try:
        text = (root / file).read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=Loader)
    except FileNotFoundError:
        return Problem(file, 1, "The file is missing.")
    except UnicodeDecodeError:
        return Problem(file, 1, "The file is not UTF-8 text.")
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        return Problem(
            file, mark.line + 1 if mark else 1, f"Not valid YAML: {getattr(e, 'problem', None) or 'unreadable'}."
        )
    source = Source(file, None, {(): 1})
    try:
        source.data = _plain(node, (), source)
    except _Duplicate as e:
        return Problem(file, e.line, f"The key {e.key!r} is there twice.")
    return source


class _Duplicate(Exception):
    def __init__(self, key: str, line: int) -> None:
        super().__init__(key)
        self.key = key
        self.line = line


def _plain(node: Any, where: Where, source: Source) -> Any:
    source.lines.setdefault(where, node.start_mark.line + 1 if node is not None else 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, where, source)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*where, n), source) for n, child in enumerate(node.value)]
    return _scalar(node) if isinstance(node, yaml.ScalarNode) else None


def _mapping(node: yaml.MappingNode, where: Where, source: Source) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key in found:
            raise _Duplicate(key, key_node.start_mark.line + 1)
        source.lines[(*where, key)] = key_node.start_mark.line + 1
        found[key] = _plain(value_node, (*where, key), source)
    return found


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.style in ("'", '"', "|", ">"):
        return text
    match text:
        case "true":
            return True
        case "false":
            return False
        case "" | "null" | "~":
            return None
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else text


def place(path: str) -> Where:
    """The place an error path names: `$.steps[2].ask` or `providers[0].id` as keys and positions."""
    parts = re.findall(r"\[(\d+)\]|([^.\[\]$`\s]+)", path)
    return tuple(int(n) if n else key for n, key in parts)
