"""Calendar files of bookings, for whoever has the unguessable token."""

import re

from starlette.requests import Request
from starlette.responses import Response

from careline.channels.services import Services
from careline.domain.errors import NotFound

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")


class Bookings:
    def __init__(self, services: Services) -> None:
        self._calendars = services.calendars

    async def calendar(self, request: Request) -> Response:
        """`GET /bookings/{token}.ics`"""
        token = request.path_params["token"]
        if not _TOKEN.fullmatch(token):
            raise NotFound
        headers = {
            "Cache-Control": "private, no-store",
            "Content-Disposition": 'attachment; filename="booking.ics"',
            "X-Robots-Tag": "noindex",
        }
        return Response(await self._calendars.calendar(token), 200, headers, "text/calendar; charset=utf-8")
