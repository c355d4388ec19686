"""Following a turn: first what was, from the bus or from the store, then what comes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from careline.domain.errors import Overloaded, StoreUnavailable
from careline.domain.events import Published
from careline.domain.lifecycle import FINAL_STATUSES
from careline.engine.record import unpack
from careline.ports import Bus, Store, StoredTurn


async def follow(
    store: Store, bus: Bus, turn_id: str, after: int, idle_seconds: float
) -> AsyncGenerator[Published | None, None]:
    """Events with seq > after up to the final one; None when nothing came for `idle_seconds`. Raises NotFound.

    The bus may lose a turn at any time (its process died, its memory was trimmed): what is stored is looked up before
    the first event and whenever it is quiet, so a loss only delays. Where it cannot be looked up while it is quiet, the
    turn may still be running: it is looked up the next time.
    """
    if not bus.knows(turn_id):
        stored = await store.turn(turn_id)
        if stored.turn.status in FINAL_STATUSES:
            for published in replay(stored, after):
                yield published
            return
    async with aclosing(bus.subscribe(turn_id, after, idle_seconds)) as events:
        async for item in events:
            if item is not None:
                after = item.seq
                yield item
                continue
            try:
                stored = await store.turn(turn_id)
            except (StoreUnavailable, Overloaded):
                yield None
                continue
            if stored.turn.status in FINAL_STATUSES:
                for published in replay(stored, after):
                    yield published
                return
            yield None


def replay(stored: StoredTurn, after: int) -> list[Published]:
    """The stored events with seq > after. Of an erased turn only nothing is left: an empty list."""
    if stored.events is None:
        return []
    return [published for published in unpack(stored.events, stored.reply or "") if published.seq > after]
