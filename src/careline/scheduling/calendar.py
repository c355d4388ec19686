"""The clinic's calendar as a pack writes it: who can be booked, for what, and when. Pure; times of day are minutes."""

from datetime import date, timedelta
from typing import Any

import msgspec

from careline.domain.errors import NotFound
from careline.scheduling.checked import Entry, entries

DAY = 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Span(msgspec.Struct, frozen=True, order=True):
    """Opening hours within one local day, half-open, in minutes of the wall clock from 00:00; `closes` may be 1440."""

    opens: int
    closes: int


class Provider(msgspec.Struct, frozen=True):
    """Somebody who can be booked. `weekly` has seven entries, Monday first; `exceptions` replace single days."""

    id: str
    name: str
    time_zone: str
    weekly: tuple[tuple[Span, ...], ...]
    exceptions: dict[date, tuple[Span, ...]] = {}

    def hours(self, day: date) -> tuple[Span, ...]:
        """The opening hours of a day of the provider's own calendar, earliest first."""
        return self.exceptions.get(day, self.weekly[day.weekday()])


class Service(msgspec.Struct, frozen=True):
    """What can be booked. `name` is per language; a slot begins every `step` within each run of opening hours.

    The buffers keep the provider free around a booking and may lie outside the opening hours. A slot can be booked
    from `notice` before it begins and at most `horizon` ahead; it is held for `hold`.
    """

    id: str
    name: dict[str, str]
    duration: timedelta
    step: timedelta
    buffer_before: timedelta
    buffer_after: timedelta
    notice: timedelta
    horizon: timedelta
    hold: timedelta
    providers: tuple[str, ...]


class Calendar(msgspec.Struct, frozen=True):
    providers: dict[str, Provider]
    services: dict[str, Service]

    def service(self, service_id: str) -> Service:
        """Raises NotFound."""
        if service_id not in self.services:
            raise NotFound("The calendar has no such service.")
        return self.services[service_id]


def read_calendar(data: Any) -> Calendar:
    """The calendar in the parsed `calendar.yaml`. Raises PackInvalid, which begins with the path of what is wrong."""
    root = Entry("", data, {"providers", "services"})
    providers = [_provider(entry) for entry in entries(root, "providers")]
    _unique(root, "providers", [p.id for p in providers])
    known = {p.id: p for p in providers}
    services = [_service(entry, known) for entry in entries(root, "services")]
    _unique(root, "services", [s.id for s in services])
    return Calendar(known, {s.id: s for s in services})


def _unique(root: Entry, key: str, ids: list[str]) -> None:
    for index, this in enumerate(ids):
        if this in ids[:index]:
            raise root.wrong(f"{key}[{index}].id", f"{this!r} is used twice")


def _provider(entry: Entry) -> Provider:
    entry.only("id", "name", "time_zone", "weekly", "exceptions")
    return Provider(
        id=entry.text("id"),
        name=entry.text("name"),
        time_zone=entry.zone("time_zone"),
        weekly=_weekly(entry),
        exceptions=_exceptions(entry),
    )


def _weekly(entry: Entry) -> tuple[tuple[Span, ...], ...]:
    week = entry.mapping("weekly")
    week.only(*WEEKDAYS)
    return tuple(_spans(week, day) if day in week.data else () for day in WEEKDAYS)


def _exceptions(entry: Entry) -> dict[date, tuple[Span, ...]]:
    found: dict[date, tuple[Span, ...]] = {}
    for exception in entries(entry, "exceptions", optional=True):
        exception.only("date", "hours", "reason")
        day = exception.date("date")
        if day in found:
            raise exception.wrong("date", f"{day} is listed twice")
        found[day] = _spans(exception, "hours")
    return found


def _spans(entry: Entry, key: str) -> tuple[Span, ...]:
    spans = [Span(*entry.span(f"{key}[{index}]", text)) for index, text in enumerate(entry.list(key))]
    for index in range(1, len(spans)):
        if spans[index].opens < spans[index - 1].closes:
            raise entry.wrong(f"{key}[{index}]", "must begin after the hours before it end")
    return tuple(spans)


def _service(entry: Entry, providers: dict[str, Provider]) -> Service:
    entry.only(
        *("id", "name", "minutes", "step_minutes", "buffer_before_minutes", "buffer_after_minutes"),
        *("notice_hours", "horizon_days", "hold_minutes", "providers"),
    )
    minutes = entry.number("minutes", 1, DAY)
    return Service(
        id=entry.text("id"),
        name=entry.texts("name"),
        duration=timedelta(minutes=minutes),
        step=timedelta(minutes=entry.number("step_minutes", 1, DAY, minutes)),
        buffer_before=timedelta(minutes=entry.number("buffer_before_minutes", 0, DAY, 0)),
        buffer_after=timedelta(minutes=entry.number("buffer_after_minutes", 0, DAY, 0)),
        notice=timedelta(hours=entry.number("notice_hours", 0, 24 * 365, 0)),
        horizon=timedelta(days=entry.number("horizon_days", 1, 730, 60)),
        hold=timedelta(minutes=entry.number("hold_minutes", 1, DAY, 10)),
        providers=_served_by(entry, providers),
    )


def _served_by(entry: Entry, providers: dict[str, Provider]) -> tuple[str, ...]:
    ids = entry.list("providers")
    if not ids:
        raise entry.wrong("providers", "must name at least one provider")
    for index, this in enumerate(ids):
        if this not in providers:
            raise entry.wrong(f"providers[{index}]", f"there is no provider {this!r}")
        if this in ids[:index]:
            raise entry.wrong(f"providers[{index}]", f"{this!r} is listed twice")
    return tuple(ids)
