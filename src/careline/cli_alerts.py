"""`careline alerts`, `careline alerts list` and `careline alerts ack`."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import click

from careline.cli_listing import Row, as_json, show, with_store

if TYPE_CHECKING:
    from careline.staff import Alert, SqlStore

COLUMNS = {
    "id": 36,
    "raised_at": 27,
    "level": 19,
    "kind": 16,
    "raised": 6,
    "acknowledged_by": 15,
    "conversation_id": 36,
}

only_open = click.option("--open", "open_only", is_flag=True, help="Only those nobody has acknowledged.")


@click.group(invoke_without_command=True)
@only_open
@as_json
@click.pass_context
def alerts(context: click.Context, open_only: bool, as_json: bool) -> None:
    """Staff alerts: whose answer was an emergency. Without a command they are listed."""
    if context.invoked_subcommand is None:
        _list(open_only=open_only, as_json=as_json)


@alerts.command("list")
@only_open
@as_json
def list_alerts(open_only: bool, as_json: bool) -> None:
    """All alerts, newest first. Times are UTC; RAISED counts how often staff were told."""
    _list(open_only=open_only, as_json=as_json)


@alerts.command()
@click.argument("alert")
@click.option("--by", required=True, metavar="NAME", help="Who takes care of it.")
def ack(alert: str, by: str) -> None:
    """Acknowledge ALERT (an id), so that it is not raised again."""

    async def work(store: "SqlStore") -> "Alert":
        from careline import staff

        return await staff.acknowledge(store, alert, by)

    found = with_store(work)
    click.echo(f"Acknowledged by {found.acknowledged_by} at {found.acknowledged_at:%Y-%m-%d %H:%M} UTC.")


def _list(*, open_only: bool, as_json: bool) -> None:
    async def work(store: "SqlStore") -> None:
        await show(_rows(store, open_only=open_only), COLUMNS, as_json=as_json)

    with_store(work)


async def _rows(store: "SqlStore", *, open_only: bool) -> AsyncIterator[Row]:
    from careline import staff

    async for alert in staff.alerts(store, open_only=open_only):
        yield {
            "id": alert.id,
            "raised_at": alert.raised_at,
            "last_raised_at": alert.last_raised_at,
            "raised": alert.raised,
            "level": alert.level,
            "kind": alert.kind,
            "country": alert.country,
            "conversation_id": alert.conversation_id,
            "acknowledged_at": alert.acknowledged_at,
            "acknowledged_by": alert.acknowledged_by,
        }
