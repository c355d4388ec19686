"""Writes requirements.lock from pyproject.toml: every package with its version and hashes, for all platforms.

Needs uv. Nothing about where packages come from is written down.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = (
    "uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url "
    "--no-emit-find-links --group dev --output-file requirements.lock pyproject.toml"
)

if shutil.which("uv") is None:
    raise SystemExit("make lock needs uv: python3 -m pip install uv")
sys.exit(
    subprocess.run([*COMMAND.split(), "--custom-compile-command", "make lock", *sys.argv[1:]], cwd=ROOT).returncode
)
