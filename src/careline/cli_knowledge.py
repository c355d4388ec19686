"""`careline knowledge add`, `check` and `search`."""

from pathlib import Path

import click

from careline import settings

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def knowledge() -> None:
    """The health articles the assistants answer from. Your own ones are in the data directory, under knowledge/."""


@knowledge.command()
@click.argument("file", type=FILE)
@click.option("--replace", is_flag=True, help="Replace your own article of the same name.")
def add(file: Path, replace: bool) -> None:
    """Check the article in FILE and copy it to your own articles. One with a shipped article's id replaces that."""
    from careline import staff

    _stop_at(staff.knowledge_problems(file))
    target = staff.add_article(settings.load().data_dir, file, replace=replace)
    click.echo(f"{target}: added. A running server answers from it after a restart.")


@knowledge.command()
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
def check(path: Path | None) -> None:
    """Check the article in PATH or every one in that folder; without PATH the shipped ones and your own.

    Each problem is one line, `file:line: message`; the exit code is 1 when there is any.
    """
    from careline import staff

    folders = staff.article_folders(settings.load().data_dir) if path is None else [path]
    files = [file for folder in folders for file in staff.article_files(folder)]
    _stop_at([line for file in files for line in staff.knowledge_problems(file)])
    if not files and path is not None:
        raise click.ClickException(f"{path} has no articles (*.md).")
    click.echo(f"{len(files)} articles: no problems.")


@knowledge.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--language", default="en", show_default=True, help="The language of the articles.")
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 50), help="At most so many passages.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def search(query: tuple[str, ...], language: str, limit: int, as_json: bool) -> None:
    """What the articles say to QUERY, best first, with the sources."""
    from careline import staff

    found = staff.search_knowledge(settings.load().data_dir, " ".join(query), language, limit)
    for passage in found:
        click.echo(staff.passage_as_json(passage) if as_json else staff.passage_as_text(passage))
    if not found and not as_json:
        click.echo("Nothing found.")


def _stop_at(problems: list[str]) -> None:
    for line in problems:
        click.echo(line)
    if problems:
        raise SystemExit(1)
