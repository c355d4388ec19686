"""`careline sessions cleanup` and `careline sessions ttl`."""

from typing import TYPE_CHECKING

import click

from careline import settings, settings_readers
from careline.cli_listing import with_store

if TYPE_CHECKING:
    from careline.staff import SqlStore


@click.group()
def sessions() -> None:
    """Sessions: how long a conversation stays open."""


@sessions.command()
def cleanup() -> None:
    """End all sessions past their time to live, and print how many. A running server does this by itself."""
    from careline import staff

    click.echo(f"Cleaned up {with_store(staff.clean_up)} expired sessions")


@sessions.command()
@click.argument("device")
@click.argument("seconds", type=click.IntRange(1, settings.LONGEST_SESSION))
def ttl(device: str, seconds: int) -> None:
    """Let the open session of DEVICE end SECONDS after its last message."""
    if not settings_readers.DEVICE_ID.fullmatch(device):
        raise click.BadParameter("1 to 128 of the characters A-Z a-z 0-9 . _ : -", param_hint="DEVICE")

    async def work(store: "SqlStore") -> None:
        from careline import staff

        await staff.set_ttl(store, device, seconds)

    with_store(work)
    click.echo(f"The session ends {seconds} seconds after its last message.")
