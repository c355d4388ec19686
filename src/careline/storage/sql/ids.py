"""Ids: UUIDs of version 7, ordered by time. Within a process they never go back, whatever the clock does."""

import secrets
import threading
import time
import uuid

_RANDOM_BITS = 74
_STEP_BITS = 32  # ids of one millisecond differ by up to this much, so they cannot be counted through
_lock = threading.Lock()
_last = 0  # milliseconds and the 74 free bits of the newest id, as one number


def new_id() -> str:
    """A new id, greater than every id made or observed before in this process."""
    global _last
    fresh = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS - 1)
    with _lock:
        _last = fresh if fresh >> _RANDOM_BITS > _last >> _RANDOM_BITS else _last + 1 + secrets.randbits(_STEP_BITS)
        return _text(_last)


def observe(known: str) -> None:
    """Makes every later id greater than this one (stored earlier, or made by another process)."""
    global _last
    value = uuid.UUID(known)
    if value.version != 7:
        return
    seen = value.int >> 80 << _RANDOM_BITS | (value.int >> 64 & 0xFFF) << 62 | value.int & ((1 << 62) - 1)
    with _lock:
        _last = max(_last, seen)


def parse_id(text: str) -> str | None:
    """The id in its stored spelling, or None when the text cannot be one."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None


def derived_id(origin: str, name: str) -> str:
    """An id that is the same for the same origin (an id) and name, for rows that must be written once."""
    return str(uuid.uuid5(uuid.UUID(origin), name))


def neighbours(origin: str) -> tuple[str, str]:
    """The ids just before and just after this one: for rows that belong beside a row made long ago."""
    number = uuid.UUID(origin).int
    return str(uuid.UUID(int=number - 1)), str(uuid.UUID(int=number + 1))


def _text(number: int) -> str:
    milliseconds, free = number >> _RANDOM_BITS, number & ((1 << _RANDOM_BITS) - 1)
    bits = milliseconds << 80 | 7 << 76 | (free >> 62) << 64 | 2 << 62 | free & ((1 << 62) - 1)
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
