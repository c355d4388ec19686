"""`careline packs check`."""

from pathlib import Path

import click

from careline import settings


@click.group()
def packs() -> None:
    """Packs: the assistants as data."""


@packs.command()
@click.argument("path", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(path: Path | None) -> None:
    """Check the pack in PATH (or every pack in it); without PATH the pack that is served and your own ones.

    Each problem is one line, `file:line: message`; the exit code is 1 when there is any.
    """
    from careline import staff

    folders = staff.pack_folders(settings.load()) if path is None else _in(path)
    problems = [line for folder in folders for line in staff.pack_problems(folder)]
    for line in problems:
        click.echo(line)
    if problems:
        raise SystemExit(1)
    names = ", ".join(folder.resolve().name for folder in folders)
    click.echo(f"{names}: no problems.")


@packs.command()
@click.argument("name")
@click.argument("target", type=click.Path(path_type=Path))
def copy(name: str, target: Path) -> None:
    """Copy the pack NAME to the new folder TARGET, as the beginning of your own."""
    from careline import staff

    if target.exists():
        raise click.ClickException(f"{target} is there already.")
    staff.copy_pack(settings.load(), name, target)
    click.echo(f"{target}: edit it, then careline packs check {target}")


def _in(path: Path) -> list[Path]:
    if (path / "pack.yaml").is_file():
        return [path]
    return sorted(head.parent for head in path.glob("*/pack.yaml")) or [path]
