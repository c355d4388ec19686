"""What staff are told when a person may be in danger. No word of what the person said is in it."""

from datetime import datetime

import msgspec


class Alert(msgspec.Struct, frozen=True, omit_defaults=True):
    """Raised by the commit of the turn that answered the person; `raised` counts how often staff were told.

    Open until a named person acknowledges it. `kind` and `level` are those of the assessment (`cardiac`,
    `emergency_ambulance`), `country` is ISO 3166.
    """

    id: str
    turn_id: str
    conversation_id: str
    kind: str
    level: str
    raised_at: datetime
    last_raised_at: datetime
    raised: int = 1
    country: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
