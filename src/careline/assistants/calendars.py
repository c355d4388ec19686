"""The calendar file of a booking, for whoever opens its link."""

from collections.abc import Awaitable, Callable

from careline.assistants.tools import Tools
from careline.assistants.wording import Wording
from careline.dialogue.pack import Pack
from careline.dialogue.state import DialogueState
from careline.domain.booking import Booking
from careline.ports import Clock


class BookingCalendars:
    """`find` looks a booking up by its token and raises NotFound."""

    def __init__(self, find: Callable[[str], Awaitable[Booking]], pack: Pack, tools: Tools, clock: Clock) -> None:
        self._find = find
        self._pack = pack
        self._tools = tools
        self._clock = clock

    async def calendar(self, token: str) -> bytes:
        """The iCalendar file as the booking is now, in its language. Raises NotFound."""
        booking = await self._find(token)
        now, visitor = self._clock.now(), booking.visitor
        language = self._pack.language(visitor.language)
        wording = Wording(self._pack, self._tools, DialogueState(), language, visitor.time_zone, now)
        summary = wording.fill(wording.template("calendar_summary"), {})
        return self._tools.calendar_file(booking, summary=summary, at=now)
