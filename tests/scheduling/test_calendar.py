"""The calendar of a pack, and what is wrong with it."""

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest

from careline.domain.errors import NotFound, PackInvalid
from careline.scheduling.calendar import Span, read_calendar
from tests.scheduling.calendars import calendar_data, clinic


def test_reads_hours_exceptions_and_services() -> None:
    calendar = clinic(buffer_after_minutes=15)
    provider = calendar.providers["elif"]
    assert provider.hours(date(2026, 11, 23)) == (Span(540, 750), Span(810, 1080))
    assert provider.hours(date(2026, 11, 22)) == ()
    assert provider.hours(date(2026, 12, 31)) == ()
    assert provider.hours(date(2026, 12, 5)) == (Span(600, 660),)
    service = calendar.service("consultation")
    assert service.duration == timedelta(minutes=30)
    assert service.buffer_after == timedelta(minutes=15)
    assert service.buffer_before == timedelta()
    assert service.name["tr"] == "Görüşme"


def test_dates_may_be_dates_already_as_yaml_reads_them() -> None:
    data = calendar_data()
    data["providers"][0]["exceptions"][0]["date"] = date(2026, 12, 30)
    assert read_calendar(data).providers["elif"].hours(date(2026, 12, 30)) == ()


def test_step_is_the_duration_unless_given() -> None:
    assert clinic(step_minutes=None).service("consultation").step == timedelta(minutes=30)


def test_an_unknown_service_is_not_found() -> None:
    with pytest.raises(NotFound):
        clinic().service("surgery")


def at(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    changed = deepcopy(data)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


PROVIDER = ("providers", 0)
SERVICE = ("services", 0)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ((*PROVIDER, "time_zone"), "Istanbul/Europe", "providers[0].time_zone: "),
        ((*PROVIDER, "time_zone"), "../../etc/passwd", "providers[0].time_zone: "),
        ((*PROVIDER, "name"), "", "providers[0].name: "),
        ((*PROVIDER, "id"), None, "providers[0].id: is missing"),
        ((*PROVIDER, "weekly"), ["mon"], "providers[0].weekly: must be a mapping"),
        ((*PROVIDER, "weekly", "monday"), [], "providers[0].weekly.monday: is not known"),
        ((*PROVIDER, "weekly", "mon"), "09:00-12:30", "providers[0].weekly.mon: must be a list"),
        ((*PROVIDER, "weekly", "mon", 0), "9 to 5", "providers[0].weekly.mon[0]: must be hours"),
        ((*PROVIDER, "weekly", "mon", 0), 540, "providers[0].weekly.mon[0]: must be hours"),
        ((*PROVIDER, "weekly", "mon", 0), "09:00-09:00", "providers[0].weekly.mon[0]: must end after"),
        ((*PROVIDER, "weekly", "mon", 0), "09:00-24:01", "providers[0].weekly.mon[0]: is not a time"),
        ((*PROVIDER, "weekly", "mon", 0), "09:60-10:00", "providers[0].weekly.mon[0]: is not a time"),
        ((*PROVIDER, "weekly", "mon", 1), "12:00-13:00", "providers[0].weekly.mon[1]: must begin after"),
        ((*PROVIDER, "exceptions", 0, "date"), "31.12.2026", "providers[0].exceptions[0].date: must be a date"),
        ((*PROVIDER, "exceptions", 1, "date"), "2026-12-31", "providers[0].exceptions[1].date: "),
        ((*PROVIDER, "exceptions", 0, "hours"), None, "providers[0].exceptions[0].hours: is missing"),
        ((*SERVICE, "minutes"), 0, "services[0].minutes: must be a whole number from 1"),
        ((*SERVICE, "minutes"), "30", "services[0].minutes: "),
        ((*SERVICE, "minutes"), True, "services[0].minutes: "),
        ((*SERVICE, "minuts"), 30, "services[0].minuts: is not known"),
        ((*SERVICE, "step_minutes"), -5, "services[0].step_minutes: "),
        ((*SERVICE, "name"), {}, "services[0].name: "),
        ((*SERVICE, "name"), "Consultation", "services[0].name: must be a mapping"),
        ((*SERVICE, "name", "en"), 7, "services[0].name.en: must be a text"),
        ((*SERVICE, "providers"), [], "services[0].providers: "),
        ((*SERVICE, "providers"), ["elif", "elif"], "services[0].providers[1]: "),
        ((*SERVICE, "providers"), ["nobody"], "services[0].providers[0]: there is no provider 'nobody'"),
        (("services",), {}, "services: must be a list"),
        (("opening_hours",), [], "opening_hours: is not known"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(path: tuple[str | int, ...], value: Any, message: str) -> None:
    with pytest.raises(PackInvalid) as failure:
        read_calendar(at(calendar_data(), path, value))
    assert str(failure.value).startswith(message)


@pytest.mark.parametrize("data", [None, [], "text"])
def test_a_file_that_is_no_mapping(data: Any) -> None:
    with pytest.raises(PackInvalid, match="must be a mapping"):
        read_calendar(data)


def test_ids_are_unique() -> None:
    data = calendar_data()
    data["providers"] *= 2
    with pytest.raises(PackInvalid, match=r"providers\[1\]\.id: 'elif' is used twice"):
        read_calendar(data)
