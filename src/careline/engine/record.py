"""The event log of a turn as it is stored: tokens as lengths into the reply, everything else as it was published."""

from collections.abc import Iterable

import msgspec

from careline.domain.events import Published, Token, TurnEvent

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[tuple[int, int | TurnEvent]])


def pack(log: Iterable[Published]) -> bytes:
    """JSON: a list of [seq, event] where a token is its number of characters."""
    return _encoder.encode([(p.seq, len(p.event.text) if isinstance(p.event, Token) else p.event) for p in log])


def unpack(packed: bytes, reply: str) -> list[Published]:
    """The log that `pack` was given, its token texts cut out of the reply again."""
    log: list[Published] = []
    start = 0
    for seq, event in _decoder.decode(packed):
        if isinstance(event, int):
            log.append(Published(seq, Token(reply[start : start + event])))
            start += event
        else:
            log.append(Published(seq, event))
    return log
