"""Keeps the code in the shape that docs/architecture.md asks for: small modules, small functions, telling names.

Fails on a module over 350 lines, a function over 60, a module name that names no idea, and an unfinished mark.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("src", "bench", "tools", "tests", "learning")
MIGRATIONS = ROOT / "src/careline/storage/migrations/versions"  # a list of statements in order, however long
MODULE_LINES = 350
FUNCTION_LINES = 60
EMPTY_NAMES = frozenset({"utils", "util", "helpers", "helper", "manager", "managers", "common", "base", "misc"})
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")


def problems(path: Path) -> Iterator[str]:
    """What is wrong with a module, as `path:line: message`."""
    text = path.read_text()
    shown = path.relative_to(ROOT)
    lines = text.splitlines()
    if len(lines) > MODULE_LINES:
        yield f"{shown}:1: {len(lines)} lines; a module has at most {MODULE_LINES}"
    if set(path.stem.split("_")) & EMPTY_NAMES:
        yield f"{shown}:1: the name says nothing; name the idea"
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            yield f"{shown}:{number}: an unfinished mark"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES and path.parent != MIGRATIONS:
                yield f"{shown}:{node.lineno}: {node.name} has {length} lines; a function has at most {FUNCTION_LINES}"


def main() -> int:
    modules = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    found = [line for path in modules for line in problems(path)]
    print("\n".join(found) or f"{len(modules)} modules are small enough.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
