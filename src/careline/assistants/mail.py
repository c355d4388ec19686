"""The mails about a booking, for the outbox."""

import base64
from datetime import datetime

from careline.assistants.tools import Tools
from careline.assistants.wording import Wording
from careline.dialogue import times
from careline.domain.booking import Booking
from careline.domain.effects import Deliver


def booking_mail(
    outcome: str, booking: Booking, wording: Wording, link: str, tools: Tools, now: datetime
) -> Deliver | None:
    """A mail to the visitor with the calendar file; None when their contact is not an e-mail address.

    `outcome` is `booked`, `moved` or `cancelled` and picks the templates `mail_<outcome>_subject` and `_text`.
    A relative `link` means nothing in a mail and is left out.
    """
    to = booking.visitor.contact
    if "@" not in to:
        return None
    values = {
        "at": {"at": times.iso(booking.slot.starts_at), "zone": booking.visitor.time_zone},
        "download": wording.fill(wording.template("mail_download"), {"link": link}) if link.startswith("http") else "",
        "visitor": booking.visitor.name,
        "treatment": wording.procedure(booking.visitor.procedure),
    }
    subject = wording.fill(wording.template(f"mail_{outcome}_subject"), values)
    text = wording.fill(wording.template(f"mail_{outcome}_text"), values)
    summary = wording.fill(wording.template("calendar_summary"), values)
    ics = tools.calendar_file(booking, summary=summary, at=now)
    attached = {
        "name": "consultation.ics",
        "method": "CANCEL" if outcome == "cancelled" else "PUBLISH",
        "base64": base64.b64encode(ics).decode(),
    }
    mail = {"to": to, "subject": subject, "text": text, "ics": attached, "language": wording.language}
    return Deliver("mail", mail)
