"""Runs `careline ...` as a person does: a process of its own, in a folder of its own."""

import json
import subprocess
import sys
from pathlib import Path

from tests.server_process import clean_environment


def careline(
    folder: Path, *arguments: str, said: str | None = None, **settings: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "careline.cli", *arguments],
        cwd=folder,
        env=clean_environment(**settings),
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
    )


def objects(folder: Path, *arguments: str) -> list[dict[str, object]]:
    """What the command lists with --json."""
    ended = careline(folder, *arguments, "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    return [json.loads(line) for line in ended.stdout.splitlines()]
