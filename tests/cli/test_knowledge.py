"""`careline knowledge add`, `check` and `search`."""

import json
from pathlib import Path

from tests.cli.careline_command import careline
from tests.knowledge.written import ARTICLE


def test_the_shipped_articles_have_no_problems(tmp_path: Path) -> None:
    ended = careline(tmp_path, "knowledge", "check")
    assert ended.returncode == 0
    assert ended.stdout.endswith(" articles: no problems.\n")


def test_a_mistake_has_file_and_line(tmp_path: Path) -> None:
    wrong = ARTICLE.replace("- it is hard to breathe. [s1]", "- it is hard to breathe.")
    (tmp_path / "mild_hiccups.md").write_text(wrong)
    ended = careline(tmp_path, "knowledge", "check", ".")
    assert ended.returncode == 1
    assert ended.stdout == f"mild_hiccups.md:{wrong.count(chr(10))}: No source is cited: it is hard to breathe.\n"


def test_an_own_article_is_checked_added_and_found(tmp_path: Path) -> None:
    (tmp_path / "mild_hiccups.md").write_text(ARTICLE)
    assert careline(tmp_path, "knowledge", "add", "mild_hiccups.md").returncode == 0
    assert (tmp_path / "data" / "knowledge" / "mild_hiccups.md").read_text() == ARTICLE
    found = careline(tmp_path, "knowledge", "search", "--json", "I", "have", "hiccups")
    first = json.loads(found.stdout.splitlines()[0])
    assert first["article"] == "mild_hiccups"
    assert first["sources"][0]["url"].startswith("https://")
    again = careline(tmp_path, "knowledge", "add", "mild_hiccups.md")
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert careline(tmp_path, "knowledge", "add", "--replace", "mild_hiccups.md").returncode == 0


def test_a_wrong_article_is_not_added(tmp_path: Path) -> None:
    (tmp_path / "mild_hiccups.md").write_text(ARTICLE.replace("[s1]", ""))
    ended = careline(tmp_path, "knowledge", "add", "mild_hiccups.md")
    assert ended.returncode == 1
    assert "No source is cited" in ended.stdout
    assert not (tmp_path / "data" / "knowledge").exists()


def test_a_search_reads_well_on_a_terminal(tmp_path: Path) -> None:
    ended = careline(tmp_path, "knowledge", "search", "sore throat", "--limit", "1")
    assert ended.stdout.startswith("Sore throat (sore_throat, ")
    assert "[s1] NHS: Sore throat, https://www.nhs.uk/conditions/sore-throat/" in ended.stdout
    nothing = careline(tmp_path, "knowledge", "search", "qwrtzp")
    assert (nothing.returncode, nothing.stdout) == (0, "Nothing found.\n")


def test_a_folder_without_articles_is_one_line(tmp_path: Path) -> None:
    ended = careline(tmp_path, "knowledge", "check", ".")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "no articles" in ended.stderr
