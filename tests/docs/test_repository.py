"""The repository speaks of the product alone, and its lock is complete."""

import re
import subprocess
import tomllib

import pytest

from tests.docs.examples import ROOT

FOREIGN = re.compile("|".join((r"/" + r"work/", r"/" + r"root/", "py" + r"pi\.")))


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    return [name for name in listed.stdout.split("\0") if name]


def test_no_path_or_host_of_a_machine_is_written_down() -> None:
    for name in tracked():
        path = ROOT / name
        if path.suffix in {".png", ".ico"} or not path.is_file():
            continue
        found = FOREIGN.search(path.read_text(errors="replace"))
        assert found is None, f"{name}: {found and found[0]}"


LOCKS = {
    "requirements.lock": "dev",
    "requirements-adk.lock": "adk",
    "requirements-model.lock": "model",
    "requirements-learning.lock": "learning",
}


@pytest.mark.parametrize(("name", "group"), LOCKS.items())
def test_every_requirement_is_locked_with_hashes(name: str, group: str) -> None:
    lock = (ROOT / name).read_text()
    for entry in re.split(r"\n(?=\S)", lock):
        if re.match(r"[a-z0-9]", entry):
            assert re.match(r"[a-z0-9._-]+==\S+", entry), entry
            assert "--hash=sha256:" in entry, entry
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for requirement in (*project["project"]["dependencies"], *project["dependency-groups"][group]):
        package = re.split(r"[><=;\[ ]", requirement)[0]
        assert f"\n{package}==" in lock, package
