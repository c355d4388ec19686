"""Which visitor a website request comes from."""

import re
import secrets

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from careline.channels.errors import FieldInvalid

HEADER = "X-Device-ID"
COOKIE = "careline_device"
COOKIE_SECONDS = 400 * 86_400
"""As long as browsers keep a cookie at most (RFC 6265bis)."""
DEVICE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class Device(msgspec.Struct, frozen=True):
    """A visitor's device. `minted` when the server just made the id up and must tell the client."""

    id: str
    minted: bool = False

    @property
    def address(self) -> str:
        """The person's key on this channel (`users.phone_number`)."""
        return f"chat_{self.id}"


def known_device(request: Request, default: str | None) -> Device | None:
    """The device that the request names: by header, by cookie, or the configured default. Raises FieldInvalid."""
    named = request.headers.get(HEADER)
    if named is not None:
        if not DEVICE_ID.fullmatch(named):
            raise FieldInvalid(HEADER, f"{HEADER}: must be 1 to 128 of the characters A-Z a-z 0-9 . _ : -")
        return Device(named)
    cookie = request.cookies.get(COOKIE, "") if "cookie" in request.headers else ""
    if DEVICE_ID.fullmatch(cookie):
        return Device(cookie)
    return Device(default) if default else None


def device_of(request: Request, default: str | None) -> Device:
    """As `known_device`, but a visitor without one gets an unguessable id."""
    return known_device(request, default) or Device(secrets.token_urlsafe(24), minted=True)


def introduce(response: Response, device: Device, *, secure: bool) -> Response:
    """Tells the client a minted id, in a header and a cookie that scripts cannot read. `secure`: it came by https."""
    if device.minted:
        response.headers[HEADER] = device.id
        response.set_cookie(
            COOKIE, device.id, max_age=COOKIE_SECONDS, path="/", secure=secure, httponly=True, samesite="lax"
        )
    return response
