"""A server with a pack that brings its own agent: it starts, or says in one line why not."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from careline.packs.load import SHIPPED
from tests.server_process import clean_environment

NO_AGENT = "def make_assistant(provided):\n    return object()\n"
RAISES = "def make_assistant(provided):\n    raise ValueError('no key')\n"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import not_there\ndef make_assistant(provided): ...\n", "ModuleNotFoundError: No module named 'not_there'"),
        (NO_AGENT, "What was made is no agent: that has a version, which is a text, and answer(context)."),
        (RAISES, "No agent was made: ValueError: no key"),
    ],
)
def test_an_agent_that_cannot_be_made_ends_the_start_with_one_line(tmp_path: Path, code: str, said: str) -> None:
    root = tmp_path / "packs" / "clinic"
    shutil.copytree(SHIPPED / "istanbul_medic", root)
    head = root / "pack.yaml"
    head.write_text(
        re.sub(r"(    flow: book_consultation\n)", r"\1    python: agent.py:make_assistant\n", head.read_text())
    )
    (root / "agent.py").write_text(code)
    ended = subprocess.run(
        [sys.executable, "-m", "careline.cli", "serve", "--port", "0"],
        cwd=tmp_path,
        env=clean_environment(CARELINE_PACKS_DIR=str(root.parent), CARELINE_PACK="clinic"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    (line,) = ended.stderr.strip().splitlines()
    assert re.match(r"careline: clinic/pack\.yaml:\d+: ", line)
    assert line.endswith(said)
    assert "Traceback" not in ended.stdout
