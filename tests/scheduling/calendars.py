"""Calendars for tests, in the form of a pack's calendar.yaml."""

from typing import Any

from careline.scheduling.calendar import Calendar, read_calendar

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")


def calendar_data(**service: Any) -> dict[str, Any]:
    """A clinic in Istanbul: half an hour each, on workdays, with one doctor."""
    return {
        "providers": [
            {
                "id": "elif",
                "name": "Elif Kaya",
                "time_zone": "Europe/Istanbul",
                "weekly": {day: ["09:00-12:30", "13:30-18:00"] for day in WORKDAYS},
                "exceptions": [
                    {"date": "2026-12-31", "hours": []},
                    {"date": "2026-12-05", "hours": ["10:00-11:00"]},
                ],
            }
        ],
        "services": [
            {
                "id": "consultation",
                "name": {"en": "Consultation", "tr": "Görüşme"},
                "minutes": 30,
                "step_minutes": 30,
                "notice_hours": 2,
                "horizon_days": 60,
                "hold_minutes": 10,
                "providers": ["elif"],
                **service,
            }
        ],
    }


def clinic(**service: Any) -> Calendar:
    return read_calendar(calendar_data(**service))


def two_doctors(**service: Any) -> Calendar:
    """The same clinic with a second doctor, who works the same hours."""
    data = calendar_data(**{"providers": ["elif", "deniz"], **service})
    data["providers"].append({**data["providers"][0], "id": "deniz", "name": "Deniz Ak"})
    return read_calendar(data)


def one_zone(zone: str, hours: list[str], **service: Any) -> Calendar:
    """One provider, open every day."""
    data = calendar_data(**{"notice_hours": 0, **service})
    week = dict.fromkeys((*WORKDAYS, "sat", "sun"), hours)
    data["providers"] = [{"id": "elif", "name": "Elif", "time_zone": zone, "weekly": week}]
    return read_calendar(data)
