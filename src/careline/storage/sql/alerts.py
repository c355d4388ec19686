"""Staff alerts: raised in the commit of the turn, told through the outbox, open until somebody acknowledges them."""

from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, bindparam, delete, select, update

from careline.domain.alert import Alert
from careline.domain.effects import RaiseAlert
from careline.domain.errors import Invalid, NotFound
from careline.ports import Page
from careline.storage.sql.database import Database
from careline.storage.sql.ids import derived_id, new_id, parse_id
from careline.storage.sql.tables import alerts as a
from careline.storage.sql.tables import outbox as o
from careline.storage.sql.types import Id, UtcTime

OUTBOX_KIND = "alert"
LONGEST_NAME = 255

_alert = bindparam("alert", type_=Id())
_at = bindparam("at", type_=UtcTime())
_limit: BindParameter[int] = bindparam("limit", type_=Integer())
_open = a.c.acknowledged_at.is_(None)

ONE = select(a).where(a.c.id == _alert)
LISTED = select(a).order_by(a.c.id.desc()).limit(_limit)
LISTED_OPEN = LISTED.where(_open)
UNANSWERED = (
    select(a.c.id)
    .where(_open, a.c.last_raised_at <= bindparam("last_before", type_=UtcTime()))
    .order_by(a.c.last_raised_at)
    .limit(_limit)
    .with_for_update(skip_locked=True)
)
AGAIN = (
    update(a)
    .where(a.c.id.in_(UNANSWERED.scalar_subquery()))
    .values(raised=a.c.raised + 1, last_raised_at=_at)
    .returning(*a.c)
)
TOLD = delete(o).where(
    o.c.turn_id.in_(bindparam("turns", type_=Id(), expanding=True)),
    o.c.kind == OUTBOX_KIND,
    o.c.delivered_at.is_not(None),
)
"""What was told before goes when it is told again: an alert that nobody ever acknowledges must not fill the disk."""
ACKNOWLEDGE = update(a).where(a.c.id == _alert, _open).values(acknowledged_at=_at, acknowledged_by=bindparam("by"))


def raise_alert(conn: Connection, alert: RaiseAlert, turn_id: str, conversation_id: str, at: datetime) -> None:
    """The alert and its first delivery, in the caller's transaction."""
    row = {
        "id": new_id(),
        "turn_id": turn_id,
        "conversation_id": conversation_id,
        "kind": alert.kind,
        "level": alert.level,
        "country": alert.country,
        "raised_at": at,
        "last_raised_at": at,
        "raised": 1,
    }
    conn.execute(a.insert(), row)
    _tell(conn, row["id"], turn_id, 1, at)


class SqlAlerts:
    """`careline.ports.Alerts` on a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, alert_id: str) -> Alert:
        return await self._database.read(partial(_get, alert_id=alert_id))

    async def listed(self, before: str | None, limit: int, *, open_only: bool = False) -> Page[Alert]:
        """Raises Invalid for a cursor that is none."""
        return await self._database.read(partial(_listed, before=before, limit=limit, open_only=open_only))

    async def acknowledge(self, alert_id: str, by: str, at: datetime) -> Alert:
        name = " ".join("".join(letter if letter.isprintable() else " " for letter in by).split())
        if not 1 <= len(name) <= LONGEST_NAME:
            raise Invalid(f"Who acknowledges an alert needs a name of 1 to {LONGEST_NAME} characters.")
        return await self._database.write(partial(_acknowledge, alert_id=alert_id, by=name, at=at))

    async def raise_again(self, last_before: datetime, now: datetime, limit: int) -> list[Alert]:
        return await self._database.write(partial(_raise_again, last_before=last_before, now=now, limit=limit))


def _get(conn: Connection, alert_id: str) -> Alert:
    known = parse_id(alert_id)
    row = conn.execute(ONE, {"alert": known}).one_or_none() if known else None
    if row is None:
        raise NotFound("There is no such alert.")
    return _alert_of(row)


def _listed(conn: Connection, before: str | None, limit: int, *, open_only: bool) -> Page[Alert]:
    """One row more than asked for tells whether there is a next page."""
    query = LISTED_OPEN if open_only else LISTED
    if before is not None:
        known = parse_id(before)
        if known is None:
            raise Invalid("This is not a cursor that a page ended with.")
        query = query.where(a.c.id < known)
    found = [_alert_of(row) for row in conn.execute(query, {"limit": limit + 1})]
    items = tuple(found[:limit])
    return Page(items, items[-1].id if items and len(found) > limit else None)


def _acknowledge(conn: Connection, alert_id: str, by: str, at: datetime) -> Alert:
    known = parse_id(alert_id)
    if known is not None:
        conn.execute(ACKNOWLEDGE, {"alert": known, "by": by, "at": at})
    return _get(conn, alert_id)


def _raise_again(conn: Connection, last_before: datetime, now: datetime, limit: int) -> list[Alert]:
    found = conn.execute(AGAIN, {"last_before": last_before, "at": now, "limit": limit}).all()
    raised = sorted((_alert_of(row) for row in found), key=lambda alert: alert.id)
    if raised:
        conn.execute(TOLD, {"turns": [alert.turn_id for alert in raised]})
    for alert in raised:
        _tell(conn, alert.id, alert.turn_id, alert.raised, now)
    return raised


def _tell(conn: Connection, alert_id: Any, turn_id: str, raised: int, at: datetime) -> None:
    row = {
        "id": derived_id(alert_id, f"raised:{raised}"),
        "kind": OUTBOX_KIND,
        "payload": {"alert": alert_id, "raised": raised},
        "turn_id": turn_id,
        "due_at": at,
        "created_at": at,
    }
    conn.execute(o.insert(), row)


def _alert_of(row: Any) -> Alert:
    return Alert(**{name: getattr(row, name) for name in Alert.__struct_fields__})
