"""The repository speaks of the product alone, and its lock is complete."""

import re
import subprocess

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


def test_every_requirement_is_locked_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    for entry in re.split(r"\n(?=\S)", lock):
        if re.match(r"[a-z0-9]", entry):
            assert re.match(r"[a-z0-9._-]+==\S+", entry), entry
            assert "--hash=sha256:" in entry, entry
    project = (ROOT / "pyproject.toml").read_text()
    for name in re.findall(r'^    "([a-z0-9-]+)>=', project, re.MULTILINE):
        assert f"\n{name}==" in lock, name
