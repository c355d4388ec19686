"""The shipped pack with code of a test's own in it."""

import re
import shutil
from pathlib import Path

from careline.packs.load import SHIPPED
from tests.server_process import ServerProcess


def own_pack(folder: Path, code: str) -> Path:
    """The folder of packs that holds it; its name is "clinic"."""
    root = folder / "packs" / "clinic"
    shutil.copytree(SHIPPED / "istanbul_medic", root)
    head = root / "pack.yaml"
    named = r"\1    python: agent.py:make_assistant\n"
    head.write_text(re.sub(r"(    flow: book_consultation\n)", named, head.read_text()))
    (root / "agent.py").write_text(code)
    return root.parent


def serving(folder: Path, code: str) -> ServerProcess:
    return ServerProcess(folder, CARELINE_PACKS_DIR=str(own_pack(folder, code)), CARELINE_PACK="clinic")
