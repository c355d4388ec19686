"""Calendar files, read back with the library that calendars are read with."""

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import msgspec
import pytest

from careline.domain.booking import Booking, Slot, Visitor
from careline.domain.errors import Invalid
from careline.scheduling.ical import Organizer, calendar_file

START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BOOKING = Booking(
    id="0193573e-0000-7000-8000-000000000001",
    person_id="p",
    conversation_id="c",
    address="chat_x",
    slot=Slot(START, START + timedelta(minutes=30), "elif", "consultation"),
    status="confirmed",
    visitor=Visitor("Ayşe Yılmaz", "rhinoplasty", "ayse@example.com", "TR", "Europe/Istanbul", "tr"),
    sequence=0,
    token="t",
    created_at=NOW,
)
CLINIC = Organizer("Istanbul Medic", "hello@clinic.example")


def file(booking: Booking = BOOKING, summary: str = "Ücretsiz görüşme", **options: Any) -> bytes:
    return calendar_file(booking, summary=summary, at=NOW, **options)


def event(content: bytes) -> Any:
    [found] = icalendar.Calendar.from_ical(content).walk("VEVENT")
    return found


def test_a_file_to_open() -> None:
    content = file(description="Görüşme, online; bağlantı: x\nİkinci satır", location="https://clinic.example/room")
    calendar = icalendar.Calendar.from_ical(content)
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    found = event(content)
    assert found["SUMMARY"] == "Ücretsiz görüşme"
    assert found["DESCRIPTION"] == "Görüşme, online; bağlantı: x\nİkinci satır"
    assert found["LOCATION"] == "https://clinic.example/room"
    assert found["STATUS"] == "CONFIRMED"
    assert found["UID"] == f"{BOOKING.id}@careline"
    assert (found.decoded("DTSTART"), found.decoded("DTEND")) == (START, START + timedelta(minutes=30))
    assert found.decoded("DTSTAMP") == NOW
    assert b"DTSTART:20261124T070000Z" in content
    assert "ATTENDEE" not in found


def test_lines_are_folded_and_end_as_the_rfc_says() -> None:
    content = file(description="çok uzun bir açıklama " * 20)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_it_reminds() -> None:
    [alarm] = event(file(reminder=timedelta(hours=2))).walk("VALARM")
    assert alarm["ACTION"] == "DISPLAY"
    assert alarm.decoded("TRIGGER") == timedelta(hours=-2)


def test_a_change_replaces_the_earlier_file() -> None:
    moved = msgspec.structs.replace(BOOKING, sequence=1, slot=msgspec.structs.replace(BOOKING.slot, starts_at=START))
    first, second = event(file()), event(file(moved))
    assert first["UID"] == second["UID"]
    assert (first["SEQUENCE"], second["SEQUENCE"]) == (0, 1)


def test_a_cancelled_booking_is_a_cancellation() -> None:
    content = file(msgspec.structs.replace(BOOKING, status="cancelled", sequence=2), organizer=CLINIC)
    assert icalendar.Calendar.from_ical(content)["METHOD"] == "CANCEL"
    found = event(content)
    assert (found["STATUS"], found["SEQUENCE"]) == ("CANCELLED", 2)
    assert found.walk("VALARM") == []


def test_an_invitation_names_both_sides() -> None:
    found = event(file(organizer=CLINIC, method="REQUEST"))
    assert found["ORGANIZER"] == "mailto:hello@clinic.example"
    assert found["ORGANIZER"].params["CN"] == "Istanbul Medic"
    assert found["ATTENDEE"] == "mailto:ayse@example.com"
    assert found["ATTENDEE"].params["CN"] == "Ayşe Yılmaz"
    with pytest.raises(Invalid):
        file(method="REQUEST")


def test_a_phone_number_is_no_attendee() -> None:
    visitor = msgspec.structs.replace(BOOKING.visitor, contact="+905321234567")
    assert "ATTENDEE" not in event(
        file(msgspec.structs.replace(BOOKING, visitor=visitor), organizer=CLINIC, method="REQUEST")
    )


@pytest.mark.parametrize("trick", ["x\r\nATTENDEE:mailto:evil@example.com", 'x";X=y:z', "x\nEND:VEVENT\nBEGIN:VEVENT"])
def test_what_people_type_stays_a_value(trick: str) -> None:
    visitor = msgspec.structs.replace(BOOKING.visitor, name=trick)
    booking = msgspec.structs.replace(BOOKING, visitor=visitor)
    found = event(file(booking, trick, description=trick, location=trick, organizer=CLINIC, method="REQUEST"))
    assert found["ATTENDEE"] == "mailto:ayse@example.com"
    assert found["SUMMARY"].splitlines() == trick.splitlines()
    assert "X" not in found["ATTENDEE"].params
    broken = msgspec.structs.replace(BOOKING.visitor, contact=f"a@b.example{trick}")
    assert "ATTENDEE" not in event(
        file(msgspec.structs.replace(BOOKING, visitor=broken), organizer=CLINIC, method="REQUEST")
    )
