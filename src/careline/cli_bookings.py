"""`careline bookings list`."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import click

from careline.cli_listing import Row, as_json, show, with_store

if TYPE_CHECKING:
    from careline.domain.booking import Booking
    from careline.staff import SqlStore

COLUMNS = {"start": 20, "status": 9, "name": 24, "procedure": 20, "language": 8, "time_zone": 20, "address": 20}


@click.group()
def bookings() -> None:
    """What visitors have booked."""


@bookings.command("list")
@as_json
def list_bookings(as_json: bool) -> None:
    """All bookings, in the order they were made. Times are UTC."""

    async def work(store: "SqlStore") -> None:
        await show(_rows(store), COLUMNS, as_json=as_json)

    with_store(work)


async def _rows(store: "SqlStore") -> AsyncIterator[Row]:
    from careline import staff

    async for booking in staff.bookings(store):
        yield _row(booking)


def _row(booking: "Booking") -> Row:
    visitor = booking.visitor
    return {
        "id": booking.id,
        "address": booking.address,
        "name": visitor.name,
        "procedure": visitor.procedure,
        "status": booking.status,
        "start": booking.slot.starts_at,
        "time_zone": visitor.time_zone,
        "language": visitor.language,
    }
