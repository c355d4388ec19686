"""Writes the locks from pyproject.toml: every package with its version and hashes, for all platforms.

requirements.lock is what Careline is developed and served with, requirements-adk.lock what tests of ADK agents need,
requirements-model.lock what tests with real models need, and the models themselves,
requirements-learning.lock what the weights of the safety gate's second reading are learnt with.

Needs uv. Nothing about where packages come from is written down.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = (
    "uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url "
    "--no-emit-find-links"
)
LOCKS = {
    "requirements.lock": "--group dev",
    "requirements-adk.lock": "--extra adk --group adk",
    "requirements-model.lock": "--extra speech --group model --constraints requirements.lock",
    "requirements-learning.lock": "--group learning",
}

if shutil.which("uv") is None:
    raise SystemExit("make lock needs uv: python3 -m pip install uv")
for name, what in LOCKS.items():
    command = [*COMMAND.split(), *what.split(), "--output-file", name, "--custom-compile-command", "make lock"]
    if code := subprocess.run([*command, *sys.argv[1:], "pyproject.toml"], cwd=ROOT).returncode:
        sys.exit(code)
