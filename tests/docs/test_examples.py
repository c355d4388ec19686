"""Every example of the README and the documentation is run, and its output is what the page says."""

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import yaml
from dotenv import dotenv_values

from careline import settings
from careline.packs.check import check_pack
from careline.packs.load import SHIPPED
from careline.scheduling.calendar import read_calendar
from tests.docs.examples import PAGES, ROOT, Block, all_blocks, blocks, matches
from tests.server_process import ServerProcess, clean_environment

KINDS = {"sh", "text", "sql", "ini", "yaml", "json", "python"}
ADDRESS = re.compile(r"(127\.0\.0\.1|localhost):8000")


def names(found: list[Block]) -> list[str]:
    return [block.name for block in found]


def run_shell(commands: str, server: ServerProcess) -> str:
    """As a person would who follows the page, with the server of this test for the one on port 8000."""
    folder = server.folder
    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to(sys.prefix)
    commands = ADDRESS.sub(server.url.removeprefix("http://"), commands)
    commands = commands.replace("careline chat ", f"careline chat --url {server.url} ")
    environment = clean_environment(PATH=f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin")
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def check_make(line: str) -> None:
    ended = subprocess.run(["make", "-n", *line.split()[1:]], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr


def check_serve(line: str, folder: Path) -> None:
    """The options are understood: the server is asked for its help with them, and then really starts elsewhere."""
    arguments = line.split()[1:]
    command = [sys.executable, "-m", "careline.cli", *arguments, "--help"]
    assert subprocess.run(command, cwd=folder, env=clean_environment(), capture_output=True).returncode == 0
    assert not {word for word in arguments if word.startswith("--")} - {"--host", "--port"}


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_shell_examples(page: Path, tmp_path: Path) -> None:
    """One after the other, in one folder with one running server, each with the output shown below it."""
    examples = blocks(page, "sh")
    if not examples:
        return
    with ServerProcess(tmp_path) as server:
        for block in examples:
            lines = block.text.replace("\\\n", " ").splitlines()
            for line in (line for line in lines if line.startswith("make ")):
                check_make(line)
            for line in (line for line in lines if line.startswith("careline serve")):
                check_serve(line, tmp_path)
            left = [line for line in lines if not line.startswith(("make ", "careline serve"))]
            got = run_shell("\n".join(left), server)
            if block.expected is not None:
                assert matches(block.expected, got), f"{block.name} printed:\n{got}"


@pytest.mark.parametrize("block", all_blocks("sql"), ids=names(all_blocks("sql")))
def test_sql_examples(block: Block, tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        run_shell(blocks(ROOT / "README.md", "sh")[2].text, server)
        with closing(sqlite3.connect(tmp_path / "data" / "careline.db")) as connection:
            rows = connection.execute(block.text).fetchall()
    assert {row[1] for row in rows} == {"incoming", "outgoing"}


@pytest.mark.parametrize("block", all_blocks("ini"), ids=names(all_blocks("ini")))
def test_settings_examples(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "packs").mkdir()
    (tmp_path / "example.env").write_text(block.text)
    values = {name: text or "" for name, text in dotenv_values(tmp_path / "example.env").items()}
    assert values
    assert settings.read(values).warnings == ()


def changed(file: Path, example: Any) -> None:
    """The shipped file with the example in it: entries and sections are added, a calendar is replaced whole."""
    data = yaml.safe_load(file.read_text())
    if isinstance(example, list):
        whole: Any = [*data, *example]
    else:
        whole = {**data, **example} if file.name == "pack.yaml" else example
    file.write_text(yaml.safe_dump(whole, allow_unicode=True))


@pytest.mark.parametrize("block", all_blocks("yaml"), ids=names(all_blocks("yaml")))
def test_pack_examples(block: Block, tmp_path: Path) -> None:
    """A pack with the example in it has no problems."""
    pack = tmp_path / "example"
    shutil.copytree(SHIPPED / "istanbul_medic", pack)
    example = yaml.safe_load(block.text)
    in_head = "model" in example or "agents" in example
    file = "procedures.yaml" if isinstance(example, list) else "pack.yaml" if in_head else "calendar.yaml"
    changed(pack / file, example)
    for code in blocks(block.page, "python")[:1]:
        (pack / "agent.py").write_text(code.text)
    assert check_pack(pack, read_calendar) == []


def agents() -> list[tuple[Block, Block, Block]]:
    """An agent's code, the lines that name it, and what is then said, of each page with an agent."""
    found = []
    for page in PAGES:
        codes, yaml_blocks = blocks(page, "python"), blocks(page, "yaml")
        talks = [block for block in blocks(page, "text") if block.text.startswith("> ")]
        found += list(zip(codes, yaml_blocks, talks, strict=False))
    return found


@pytest.mark.parametrize(("code", "names", "talk"), agents(), ids=[code.name for code, _, _ in agents()])
def test_agent_examples(code: Block, names: Block, talk: Block, tmp_path: Path) -> None:
    """A server with the agent in its pack says what the page says."""
    pack = tmp_path / "packs" / "my_clinic"
    shutil.copytree(SHIPPED / "istanbul_medic", pack)
    changed(pack / "pack.yaml", yaml.safe_load(names.text))
    (pack / "agent.py").write_text(code.text)
    with ServerProcess(tmp_path, CARELINE_PACKS_DIR=str(pack.parent), CARELINE_PACK="my_clinic") as server:
        for said, expected in re.findall(r"^> (.*)\n((?:(?!> ).*\n)+)", talk.text, re.MULTILINE):
            body = msgspec.json.encode({"content": said})
            headers = {"X-Device-ID": "reader", "Content-Type": "application/json"}
            answer = httpx.post(f"{server.url}/chat/", content=body, headers=headers, timeout=30)
            assert matches(expected, answer.json()["content"]), answer.json()["content"]


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    for page in PAGES:
        opened = re.findall(r"^```(\w*)$", page.read_text(), re.MULTILINE)[::2]
        assert set(opened) <= KINDS, page


def test_the_settings_table_is_the_settings() -> None:
    rows = [f"| `{each.name}` | {each.default} | {each.meaning} |" for each in settings.SETTINGS]
    table = re.findall(r"^\| `[A-Z_]+` \|.*$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    assert table == rows
    text = (ROOT / "docs" / "operations.md").read_text()
    assert all(f"`{name}`" in text for each in settings.SETTINGS for name in each.also)


def test_defaults_in_the_table_are_the_defaults() -> None:
    found = msgspec.structs.asdict(settings.read({}))
    for each in settings.SETTINGS:
        if re.fullmatch(r"`\w[\w.@]*`", each.default):
            assert each.read(each.default.strip("`")) == found[each.field], each.name


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readme_says_how_to_test() -> None:
    assert re.search(r"^make test$", (ROOT / "README.md").read_text(), re.MULTILINE)
