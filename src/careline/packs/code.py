"""The code that a pack brings along: which agent names it, whether it can be there, and importing it."""

import ast
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from careline.dialogue.pack import Pack
from careline.domain.errors import PackInvalid
from careline.packs.source import Problem, Source, Where, read_source

_FORM = re.compile(
    r"(?:(?P<file>[a-z_][a-z0-9_]*\.py)|(?P<module>[a-z_]\w*(?:\.[a-z_]\w*)*)):(?P<factory>[a-z_]\w*)", re.I
)
_HEAD = "pack.yaml"


def code_problems(pack: Pack, root: Path) -> Iterator[tuple[str, Where, str]]:
    """What is wrong with the names of code, without running any of it: each file, place and message."""
    for n, agent in enumerate(pack.agents):
        if agent.python is not None and (problem := _problem(agent.python, root)):
            yield _HEAD, ("agents", n, "python"), problem


def _problem(named: str, root: Path) -> str | None:
    form = _FORM.fullmatch(named)
    if form is None:
        return "Code is named like agent.py:make_assistant, a file beside this one, or like my_module:make_assistant."
    if form["file"] is None:
        return None
    try:
        tree = ast.parse((root / form["file"]).read_bytes())
    except FileNotFoundError:
        return f"There is no file {form['file']!r} in the pack."
    except (OSError, SyntaxError, ValueError) as error:
        line = f" at line {error.lineno}" if isinstance(error, SyntaxError) else ""
        return f"{form['file']} is not valid Python{line}."
    if form["factory"] not in _top_names(tree):
        return f"{form['file']} defines no {form['factory']!r}."
    return None


def _top_names(tree: ast.Module) -> set[str]:
    """The names that a module defines or imports at its top level."""
    names: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name for alias in aliases}
            case ast.Assign(targets=targets):
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return names


def code_files(pack: Pack, root: Path) -> list[Path]:
    """The files beside pack.yaml that hold the agents' code."""
    forms = [_FORM.fullmatch(agent.python) for agent in pack.agents if agent.python is not None]
    return sorted({root / form["file"] for form in forms if form is not None and form["file"]})


def load_code(pack: Pack, root: Path, packs_dir: Path | None) -> dict[str, Any]:
    """What makes the pack's agents, by their names. Their code is imported, so only from packs that the operator has
    put into `packs_dir`. Raises PackInvalid."""
    found = {}
    for agent in pack.agents:
        if agent.python is None:
            continue
        if packs_dir is None or root.parent.resolve() != packs_dir.resolve():
            problem = "Code runs only from packs in the folder CARELINE_PACKS_DIR."
            raise pack_invalid(pack, root, agent.name, problem)
        try:
            found[agent.name] = _factory(agent.python, root)
        except Exception as error:
            problem = f"{agent.python} cannot be imported: {type(error).__name__}: {error}{_hint(error)}"
            raise pack_invalid(pack, root, agent.name, problem) from error
    return found


def _hint(error: Exception) -> str:
    missing = (error.name or "") if isinstance(error, ModuleNotFoundError) else ""
    adk = missing == "google" or missing.startswith("google.adk")
    return " (an ADK agent needs: pip install 'careline[adk]')" if adk else ""


def pack_invalid(pack: Pack, root: Path, agent: str, problem: str) -> PackInvalid:
    """The error that points at the line that names an agent's code."""
    source = read_source(root, _HEAD)
    where = ("agents", [each.name for each in pack.agents].index(agent), "python")
    found = source.problem(where, problem) if isinstance(source, Source) else Problem(_HEAD, 1, problem)
    return PackInvalid(f"{root.name}/{found}")


def _factory(named: str, root: Path) -> Any:
    form = _FORM.fullmatch(named)
    if form is None:
        raise ImportError("it is not named rightly")
    module = importlib.import_module(form["module"]) if form["module"] else _module(root / form["file"])
    return getattr(module, form["factory"])


def _module(path: Path) -> ModuleType:
    """The file as a module of its own name, so that two packs may both have an agent.py."""
    name = f"careline_pack_{re.sub(r'[^a-zA-Z0-9_]', '_', path.parent.name)}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
