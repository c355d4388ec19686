"""What is seen of a message before it is stored: does it call for help, whatever was said before it?"""

import msgspec

from careline.domain.conversation import Incoming
from careline.domain.events import Emergency
from careline.safety.findings import Scan
from careline.safety.gate import Alarm, Gate, Whereabouts


class Heard(msgspec.Struct, frozen=True):
    """The scan, for the gate's look within the turn, and the emergency that the message is by itself.

    Its number goes by what the client sent along alone; the turn knows more and may name another. Without a scan, the
    gate has failed on it: the message is stored all the same.
    """

    scan: Scan | None
    emergency: Emergency | None


def hear(gate: Gate, incoming: Incoming) -> Heard:
    """Pure. What is alarming only together with the stored conversation is found in the turn."""
    hints = incoming.hints
    where = Whereabouts(country=hints.country, time_zone=hints.time_zone, locale=hints.locale)
    scan = gate.scan(incoming.text)
    alarm = gate.screen(scan, where, hints.profile).alarm
    return Heard(scan, emergency_of(alarm) if alarm else None)


def emergency_of(alarm: Alarm) -> Emergency:
    return Emergency(alarm.level, alarm.kind, alarm.number, alarm.country, alarm.message)
