"""What a turn came to, folded from its events."""

from collections.abc import Iterable

import msgspec

from careline.domain.conversation import Choice, TurnStatus
from careline.domain.events import (
    Cancelled,
    Completed,
    Emergency,
    Failed,
    Published,
    Restarted,
    Token,
)


class Reply(msgspec.Struct, frozen=True):
    """The answer to a turn. `text` is the joined tokens; None when the turn was cancelled (or its text erased)."""

    turn_id: str
    status: TurnStatus
    text: str | None
    choices: tuple[Choice, ...] = ()
    emergency: Emergency | None = None
    error_type: str | None = None
    last_seq: int = 0


def fold(turn_id: str, log: Iterable[Published]) -> Reply:
    """The reply of a log that ends with a final event. An empty log is that of an erased turn: completed, no text."""
    texts: list[str] = []
    emergency: Emergency | None = None
    seq = 0
    for published in log:
        seq, event = published.seq, published.event
        match event:
            case Token():
                texts.append(event.text)
            case Restarted():
                texts.clear()
            case Emergency():
                emergency = event
            case Completed():
                return Reply(turn_id, "completed", "".join(texts), event.choices, emergency, None, seq)
            case Failed():
                return Reply(turn_id, "failed", "".join(texts), (), emergency, event.error_type, seq)
            case Cancelled():
                return Reply(turn_id, "cancelled", None, (), None, None, seq)
            case _:
                pass
    return Reply(turn_id, "completed", None, last_seq=seq)
