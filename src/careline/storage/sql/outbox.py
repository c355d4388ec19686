"""The Outbox port on a Database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select, update

from careline.ports import Lease, OutboxItem
from careline.storage.sql.database import Database
from careline.storage.sql.tables import outbox as o
from careline.storage.sql.types import Id, UtcTime

_now = bindparam("now", type_=UtcTime())
_item = bindparam("item", type_=Id())
_at = bindparam("at", type_=UtcTime())
UNSENT = and_(o.c.delivered_at.is_(None), o.c.failed_at.is_(None))

DUE = (
    select(o.c.id)
    .where(UNSENT, o.c.due_at <= _now, or_(o.c.lease_until.is_(None), o.c.lease_until < _now))
    .order_by(o.c.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)


def _claim(due: Select[tuple[str]]) -> Any:
    """Claims what is due, and tells what it is."""
    return (
        update(o)
        .where(o.c.id.in_(due.scalar_subquery()))
        .values(
            attempt=o.c.attempt + 1,
            lease_owner=bindparam("owner"),
            lease_until=bindparam("until", type_=UtcTime()),
        )
        .returning(o.c.id, o.c.kind, o.c.payload, o.c.attempt, o.c.due_at)
    )


_kinds = bindparam("kinds", type_=o.c.kind.type, expanding=True)
CLAIM = _claim(DUE)
CLAIM_ONLY = _claim(DUE.where(o.c.kind.in_(_kinds)))
CLAIM_BUT = _claim(DUE.where(o.c.kind.not_in(_kinds)))
DELIVERED = (
    update(o)
    .where(o.c.id == _item, UNSENT)
    .values(delivered_at=_at, lease_owner=None, lease_until=None, error_type=None)
)
RETRY = (
    update(o)
    .where(o.c.id == _item, UNSENT)
    .values(due_at=_at, error_type=bindparam("error"), lease_owner=None, lease_until=None)
)
GIVE_UP = (
    update(o)
    .where(o.c.id == _item, UNSENT)
    .values(failed_at=_at, error_type=bindparam("error"), lease_owner=None, lease_until=None)
)


class SqlOutbox:
    """`careline.ports.Outbox`: rows are written by the commit that ends a turn."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(
        self, now: datetime, lease: Lease, limit: int, *, only: Collection[str] = (), but: Collection[str] = ()
    ) -> list[OutboxItem]:
        """Claims what is due, earliest first: of `only` these kinds, or of all `but` these; not both."""
        claim = CLAIM_ONLY if only else CLAIM_BUT if but else CLAIM
        terms: dict[str, Any] = {"now": now, "limit": limit, "owner": lease.owner, "until": lease.until}
        if only or but:
            terms["kinds"] = list(only or but)
        found = await self._database.write(lambda conn: conn.execute(claim, terms).all())
        return [OutboxItem(row.id, row.kind, row.payload, row.attempt) for row in sorted(found, key=_due_at)]

    async def delivered(self, item_id: str, at: datetime) -> None:
        await self._change(DELIVERED, {"item": item_id, "at": at})

    async def retry(self, item_id: str, at: datetime, error_type: str, *, give_up: bool = False) -> None:
        """Due again `at`, or with `give_up` never."""
        await self._change(GIVE_UP if give_up else RETRY, {"item": item_id, "at": at, "error": error_type})

    async def _change(self, statement: Any, terms: dict[str, Any]) -> None:
        def work(conn: Connection) -> None:
            conn.execute(statement, terms)

        await self._database.write(work)


def _due_at(row: Any) -> datetime:
    return row.due_at  # type: ignore[no-any-return]
