"""Health profiles and staff alerts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from careline.domain.alert import Alert
from careline.domain.patient import Fact, KnownProfile
from careline.ports.shared import Page


class Profiles(Protocol):
    """The stored health profiles, by person id. Raises StoreUnavailable. Turns write by the effect RememberProfile."""

    async def get(self, person_id: str, today: date) -> KnownProfile:
        """As of today; empty when nothing is stored. Origins are `stored` and `clinician`."""
        ...

    async def record(self, person_id: str, facts: Sequence[Fact], at: datetime) -> KnownProfile:
        """Merges facts into the stored ones, for corrections and clinicians outside a turn. Raises NotFound."""
        ...

    async def forget(self, person_id: str) -> None:
        """Deletes all of it."""
        ...


class Alerts(Protocol):
    """The staff alerts, which turns raise by the effect RaiseAlert. Raises StoreUnavailable."""

    async def get(self, alert_id: str) -> Alert:
        """Raises NotFound."""
        ...

    async def listed(self, before: str | None, limit: int, *, open_only: bool = False) -> Page[Alert]:
        """Newest first, older than alert id `before`."""
        ...

    async def acknowledge(self, alert_id: str, by: str, at: datetime) -> Alert:
        """The first acknowledgement stands: look at `acknowledged_by`. Raises NotFound, Invalid for no name."""
        ...

    async def raise_again(self, last_before: datetime, now: datetime, limit: int) -> list[Alert]:
        """Puts open alerts last raised before then into the outbox once more; those it were."""
        ...
