"""A booking as an iCalendar file (RFC 5545, RFC 5546), which calendars add, move and remove by its UID."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

from careline.domain.booking import Booking
from careline.domain.errors import Invalid

if TYPE_CHECKING:
    from icalendar import Alarm, Event, vCalAddress

_EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]


class Organizer(msgspec.Struct, frozen=True):
    """Who invites: the clinic's name and e-mail address."""

    name: str
    email: str


def uid(booking: Booking) -> str:
    """The same for every file of a booking, so that a later one replaces an earlier one."""
    return f"{booking.id}@careline"


def calendar_file(
    booking: Booking,
    *,
    summary: str,
    at: datetime,
    description: str = "",
    location: str = "",
    organizer: Organizer | None = None,
    method: Method | None = None,
    reminder: timedelta = timedelta(hours=1),
) -> bytes:
    """The file, UTF-8. `at` is when it is made (aware); `reminder` how long before the start a calendar alerts.

    Without `method` it is a file to open (PUBLISH), or CANCEL for a cancelled booking. REQUEST and CANCEL are for
    invitations by mail; the visitor, if their contact is an e-mail address, is the attendee. Raises Invalid for a
    REQUEST without an organizer.
    """
    from icalendar import Calendar

    method = method or ("CANCEL" if booking.status == "cancelled" else "PUBLISH")
    if method == "REQUEST" and organizer is None:
        raise Invalid("An invitation needs an organizer.")
    event = _event(booking, method, at)
    for name, text in (("summary", summary), ("description", description), ("location", location)):
        if text:
            event.add(name, text)
    if organizer is not None:
        event["organizer"] = _address(organizer.name, organizer.email)
    if method != "PUBLISH" and _EMAIL.fullmatch(booking.visitor.contact):
        event["attendee"] = _address(booking.visitor.name, booking.visitor.contact)
    if method != "CANCEL":
        event.add_component(_alarm(summary, reminder))
    calendar = Calendar()
    calendar.add("prodid", "-//Careline//Bookings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _event(booking: Booking, method: Method, at: datetime) -> "Event":
    from icalendar import Event

    event = Event()
    event.add("uid", uid(booking))
    event.add("sequence", booking.sequence)
    event.add("dtstamp", at.astimezone(UTC))
    event.add("created", booking.created_at)
    event.add("dtstart", booking.slot.starts_at)
    event.add("dtend", booking.slot.ends_at)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    return event


def _address(name: str, email: str) -> "vCalAddress":
    from icalendar import vCalAddress

    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = " ".join(name.split())
    return address


def _alarm(summary: str, before: timedelta) -> "Alarm":
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", -before)
    return alarm
