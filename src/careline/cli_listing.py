"""How the operator's commands run on the database and print: one row a line, as JSON objects or in columns."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from careline import logs, settings

if TYPE_CHECKING:
    from careline.staff import SqlStore

T = TypeVar("T")
Row = dict[str, Any]

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


def with_store(work: "Callable[[SqlStore], Awaitable[T]]") -> T:
    """Runs `work` on the configured database, brought to this program's schema first."""
    from careline import staff

    loaded = settings.load()
    logs.configure(debug=loaded.debug, quiet=not loaded.debug)
    staff.upgrade_database(loaded)

    async def run() -> T:
        async with staff.open_store(loaded) as store:
            return await work(store)

    return asyncio.run(run())


async def show(rows: AsyncIterator[Row], widths: dict[str, int], *, as_json: bool) -> None:
    """Prints rows as they come. `widths` are the columns of the readable form; a longer value pushes the rest on."""
    if not as_json:
        click.echo("  ".join(name.upper().replace("_", " ").ljust(width) for name, width in widths.items()).rstrip())
    async for row in rows:
        if as_json:
            click.echo(msgspec.json.encode(row).decode())
        else:
            click.echo("  ".join(printable(row[name]).ljust(width) for name, width in widths.items()).rstrip())


def printable(value: object) -> str:
    """One line, whatever a person typed: control characters must not reach the terminal."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = msgspec.to_builtins(value)
    return "".join(letter if letter.isprintable() else " " for letter in str(text))
