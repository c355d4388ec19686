"""Code that a pack brings along: checked without running it, imported only where the operator has put it."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from careline.domain.errors import PackInvalid
from careline.packs.check import check_pack
from careline.packs.code import code_files, load_code
from careline.packs.load import SHIPPED, load_pack

AGENT = "def make_assistant(provided):\n    return provided\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED / "istanbul_medic", tmp_path / "packs" / "clinic"))


def names(root: Path, python: str, code: str | None = AGENT) -> int:
    """The pack's agent is this code; the line that says so."""
    head = root / "pack.yaml"
    text = head.read_text().replace(
        "    flow: book_consultation\n", f"    flow: book_consultation\n    python: {python}\n"
    )
    head.write_text(text)
    if code is not None:
        (root / "agent.py").write_text(code)
    return text[: text.index("    python:")].count("\n") + 1


def test_the_code_is_found_and_imported_from_the_operators_folder(root: Path) -> None:
    names(root, "agent.py:make_assistant")
    assert check_pack(root) == []
    pack = load_pack(root)
    assert load_code(pack, root, root.parent)["scheduling"]("given") == "given"
    assert code_files(pack, root) == [root / "agent.py"]


def test_a_module_that_is_installed(root: Path) -> None:
    names(root, "json.decoder:JSONDecoder", None)
    assert check_pack(root) == []
    pack = load_pack(root)
    assert load_code(pack, root, root.parent)["scheduling"].__name__ == "JSONDecoder"
    assert code_files(pack, root) == []


@pytest.mark.parametrize(
    ("python", "code", "message"),
    [
        ("agent.py", AGENT, "Code is named like agent.py:make_assistant"),
        ("../agent.py:make_assistant", AGENT, "Code is named like"),
        ("/tmp/agent.py:make_assistant", AGENT, "Code is named like"),
        ("agent.py:make.assistant", AGENT, "Code is named like"),
        ("agent.py:make_assistant", None, "There is no file 'agent.py' in the pack."),
        ("agent.py:make_assistant", "x = (\n", "agent.py is not valid Python at line 1."),
        ("agent.py:make_assistant", "def other(): ...\n", "agent.py defines no 'make_assistant'."),
    ],
)
def test_a_mistake_is_found_without_running_anything(root: Path, python: str, code: str | None, message: str) -> None:
    line = names(root, python, code)
    (problem,) = check_pack(root)
    assert (problem.file, problem.line) == ("pack.yaml", line)
    assert problem.message.startswith(message)


def test_the_check_does_not_run_the_code(root: Path) -> None:
    names(root, "agent.py:make_assistant", f"raise SystemExit\n{AGENT}")
    assert check_pack(root) == []


@pytest.mark.parametrize("elsewhere", [None, "other"])
def test_code_of_a_pack_that_is_not_the_operators_is_not_run(root: Path, elsewhere: str | None) -> None:
    line = names(root, "agent.py:make_assistant", f"raise SystemExit\n{AGENT}")
    folder = root.parent.parent / elsewhere if elsewhere else None
    with pytest.raises(PackInvalid, match=f"clinic/pack.yaml:{line}: Code runs only from packs in the folder CARELINE"):
        load_code(load_pack(root), root, folder)


def test_what_cannot_be_imported_is_said_with_its_line(root: Path) -> None:
    line = names(root, "agent.py:make_assistant", f"import not_there_at_all\n{AGENT}")
    said = f"clinic/pack.yaml:{line}: agent.py:make_assistant cannot be imported: ModuleNotFoundError"
    with pytest.raises(PackInvalid, match=re.escape(said)):
        load_code(load_pack(root), root, root.parent)
    assert not [name for name in sys.modules if name.startswith("careline_pack_clinic")]


@pytest.mark.parametrize(
    "line", ["from careline.assistants.adk import AdkAssistant", "from google.adk.agents import LlmAgent"]
)
def test_an_adk_agent_without_the_adk_says_what_to_install(
    root: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setitem(sys.modules, "google.adk", None)
    monkeypatch.delitem(sys.modules, "careline.assistants.adk", raising=False)
    names(root, "agent.py:make_assistant", f"{line}\n{AGENT}")
    with pytest.raises(PackInvalid, match=r"pip install 'careline\[adk\]'"):
        load_code(load_pack(root), root, root.parent)
