"""What a check says about an article, and where."""

from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from careline.knowledge.article import SHIPPED, Loader, read_article
from careline.knowledge.check import DOSE, check_article
from careline.knowledge.chunk import passages
from tests.knowledge.written import ARTICLE

TODAY = date(2026, 11, 21)


def problems(text: str, name: str = "mild_hiccups.md") -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in check_article(text, name, TODAY)]


def read_yaml(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506 - a safe loader
    return found


def line(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_right_article_has_no_problems() -> None:
    assert problems(ARTICLE) == []
    assert problems(ARTICLE.replace("\n", "\r\n")) == []


@pytest.mark.parametrize("body", ["", "-\n", "- \n\n## What it often is\n", "Text [s1].\n"])
def test_an_article_without_a_body_is_told_what_is_missing(body: str) -> None:
    told = [message for _, message in problems(ARTICLE[: ARTICLE.index("## What it")] + body)]
    assert "The heading '## Get emergency help if' is missing." in told
    assert ("Text stands under one of the headings." in told) == bool(body)


SPOILT = [
    ("id: mild_hiccups", "id: Mild", "The id is lower-case letters, digits and _."),
    ("id: mild_hiccups", "id: hiccups", "The file of this id is called hiccups.md."),
    ("language: en", "language: English", "The language is a code such as en or tr."),
    ("title: Hiccups\nlang", 'title: " "\nlang', "The title is empty."),
    ("[mild_hiccups, hiccups]", "[]", "An article is about one topic or more."),
    ("[mild_hiccups, hiccups]", "[Mild hiccups]", "The topic 'Mild hiccups' is no finding id."),
    ("reviewed_on: 2026-01-31", "reviewed_on: 2026-11-22", "The review date is in the future."),
    ("version: 1", "version: 0", "Versions count from 1."),
    ("id: s2, title", "id: s1, title", "The source s1 is there twice."),
    ('"https://www.example.org/h', '"http://www.example.org/h', "The address of s1 must begin with https://"),
    ("title: Drinking", 'title: ""', "The source s2 needs a title and a publisher."),
    ("[s2] Do", "[s7] Do", "The source s7 is not in the head."),
    ("breath for a moment. [s1]", "breath for a moment.", "No source is cited: Hold your breath for a moment."),
    ("Sip cold water. [s2]", "Take 500 mg of it.", "A dose without a source: '500 mg'."),
    ("Hiccups often come from eating", "You have a hiccup disease from eating", "This reads as the person's diagnosis"),
    ("A clinician may look", "This means you have an illness, so look", "This reads as the person's diagnosis"),
    ("A clinician may look for", "I am a doctor, and I look for", "An assistant may not claim this"),
    ("## What a clinician may do", "## What doctors do", "There is no such heading"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), SPOILT)
def test_each_mistake_has_its_line(right: str, wrong: str, message: str) -> None:
    spoilt = ARTICLE.replace(right, wrong, 1)
    found = problems(spoilt)
    expected = line(spoilt, wrong)
    assert any(
        said.startswith(message) and abs(at - expected) <= (1 if "twice" in said else 0) for at, said in found
    ), found


def test_headings_are_all_there_once_in_order_with_text() -> None:
    missing = ARTICLE.replace("## Get help sooner if\n", "")
    assert "The heading '## Get help sooner if' is missing." in [said for _, said in problems(missing)]
    twice = ARTICLE + "\n## Get help sooner if\n\n- it goes on. [s1]\n"
    assert "The heading '## Get help sooner if' is there twice." in [said for _, said in problems(twice)]
    assert "The headings are not in their order." in [said for _, said in problems(twice)]
    empty = ARTICLE.replace("A clinician may look for a reason. [s1]\n", "")
    assert (line(empty, "## What a clinician"), "There is nothing under this heading.") in problems(empty)
    early = ARTICLE.replace("## What it often is", "Hello. [s1]\n\n## What it often is")
    assert (line(early, "Hello."), "Text stands under one of the headings.") in problems(early)


def test_a_source_nobody_cites_is_a_problem() -> None:
    unused = ARTICLE.replace("[s1][s2]", "[s1]").replace("[s2]", "[s1]").replace("[s1, s2]", "[s1]")
    assert problems(unused) == [(line(unused, "id: s2"), "Nothing cites the source s2.")]


def test_conditions_are_no_diagnoses() -> None:
    assert not problems(ARTICLE.replace("Sip cold", "If you have an ulcer, sip cold"))
    assert problems(ARTICLE.replace("Sip cold", "You have an ulcer. [s1] Sip cold"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The file begins with a head"),
        ("# Hiccups", "The file begins with a head"),
        ("---\nid: [\n---\n", "The head is not valid YAML."),
        ("---\n- 1\n---\n", "The head is not right"),
        (ARTICLE.replace("version: 1\n", ""), "The head is not right: Object missing required field `version`"),
        (ARTICLE.replace("version: 1", "version: one"), "The head is not right: Expected `int`, got `str`"),
        (ARTICLE.replace("version: 1", "version: 1\nauthor: me"), "The head is not right: Object contains unknown"),
        (ARTICLE.replace("publisher: Example}", "by: Example}"), "The head is not right"),
    ],
)
def test_a_head_that_cannot_be_read_is_one_problem(text: str, message: str) -> None:
    assert [said.startswith(message) for _, said in problems(text)] == [True]


def test_a_wrong_field_is_pointed_at() -> None:
    wrong = ARTICLE.replace("version: 1", "version: one")
    assert problems(wrong)[0][0] == line(wrong, "version: one")


def test_sentences_keep_their_sources_and_lists_their_items() -> None:
    found = {passage.section: passage for passage in passages(read_article(ARTICLE))}
    causes = [(s.text, s.sources, s.item) for s in found["causes"].sentences]
    assert causes == [
        ("Hiccups often come from eating too fast.", ("s1",), False),
        ("They pass at 37.5 C as well as at any other temperature.", ("s1", "s2"), False),
    ]
    care = [(s.text, s.sources, s.item) for s in found["self_care"].sentences]
    assert care == [
        ("Sip cold water.", ("s2",), True),
        ("Do it slowly.", ("s1", "s2"), True),
        ("Hold your breath for a moment.", ("s1",), True),
    ]
    assert [source.id for source in found["clinician"].sources] == ["s1"]


SHIPPED_ARTICLES = sorted(SHIPPED.glob("*.md"))


def test_at_least_fifty_articles_are_shipped() -> None:
    assert len(SHIPPED_ARTICLES) >= 50


@pytest.mark.parametrize("file", SHIPPED_ARTICLES, ids=lambda file: file.stem)
def test_a_shipped_article_has_no_problem_and_names_no_dose(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert check_article(text, file.name, TODAY) == []
    assert DOSE.search(text) is None


def test_topics_are_findings_the_gate_can_find_or_the_article_itself() -> None:
    lexicon = Path(str(files("careline.safety"))) / "data" / "lexicon" / "en"
    findings = {one["id"] for file in lexicon.glob("*.yaml") for one in read_yaml(file).get("findings") or ()}
    heads = [read_article(file.read_text(encoding="utf-8")).head for file in SHIPPED_ARTICLES]
    strangers = {(head.id, topic) for head in heads for topic in head.topics if topic not in findings | {head.id}}
    assert not strangers
