"""Signed tokens of users, and ids of sessions that only this server can have made. Stateless but for a secret."""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from careline.domain.errors import CarelineError, Invalid

USER_ID = re.compile(r"[A-Za-z0-9._:@-]{1,128}")
LONGEST_TOKEN = 1024
_SESSION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MARK_BYTES = 4


class Unauthorized(CarelineError):
    """A valid token of this user is needed."""


class _Header(msgspec.Struct, frozen=True):
    alg: Literal["HS256"]
    typ: Literal["JWT"] = "JWT"


class _Claims(msgspec.Struct, frozen=True):
    sub: str
    iat: int
    exp: int
    aud: Literal["careline"] = "careline"


class Granted(msgspec.Struct, frozen=True):
    """Whose token it is, and until when it is good (aware UTC)."""

    user_id: str
    until: datetime


class Signer:
    """Makes and checks tokens (JWT, HS256) and session ids. Each use has a key of its own, derived from the secret."""

    def __init__(self, secret: bytes) -> None:
        self._token_key = hmac.digest(secret, b"careline token", "sha256")
        self._session_key = hmac.digest(secret, b"careline session", "sha256")

    def token(self, user_id: str, now: datetime, valid_for: timedelta) -> str:
        """A token of this user. Raises Invalid for what is no user id."""
        if not USER_ID.fullmatch(user_id):
            raise Invalid("A user id has 1 to 128 of the characters A-Z a-z 0-9 . _ : @ -")
        claims = _Claims(user_id, int(now.timestamp()), int((now + valid_for).timestamp()))
        signed = f"{_packed(_Header('HS256'))}.{_packed(claims)}"
        return f"{signed}.{self._signature(signed)}"

    def check(self, token: str, now: datetime) -> Granted:
        """Raises Unauthorized for anything but a token of this server that is good now."""
        signed, _, signature = token.rpartition(".")
        if (
            len(token) > LONGEST_TOKEN
            or not token.isascii()
            or not hmac.compare_digest(signature, self._signature(signed))
        ):
            raise Unauthorized
        header, _, claims = signed.partition(".")
        try:
            msgspec.json.decode(_unpacked(header), type=_Header)
            read = msgspec.json.decode(_unpacked(claims), type=_Claims)
        except (ValueError, msgspec.MsgspecError):
            raise Unauthorized from None
        if read.exp <= now.timestamp():
            raise Unauthorized
        return Granted(read.sub, datetime.fromtimestamp(read.exp, now.tzinfo))

    def new_session(self, owner: str) -> str:
        """An unguessable session id of this owner (empty for anonymous ones): 128 bits in the form of a UUID.

        Its last bytes are a mark of owner and secret. They keep apart what this server made and what somebody made up
        (an id copied from an example would be a conversation shared by all who copied it).
        """
        unguessable = secrets.token_bytes(16 - _MARK_BYTES)
        return str(UUID(bytes=unguessable + self._mark(unguessable, owner)))

    def owns_session(self, owner: str, session_id: str) -> bool:
        """Whether `new_session(owner)` made this id."""
        if not _SESSION_ID.fullmatch(session_id):
            return False
        value = UUID(session_id).bytes
        return hmac.compare_digest(value[-_MARK_BYTES:], self._mark(value[:-_MARK_BYTES], owner))

    def _mark(self, unguessable: bytes, owner: str) -> bytes:
        return hmac.digest(self._session_key, unguessable + owner.encode(), "sha256")[:_MARK_BYTES]

    def _signature(self, signed: str) -> str:
        return _text(hmac.new(self._token_key, signed.encode(), hashlib.sha256).digest())


def _packed(part: msgspec.Struct) -> str:
    return _text(msgspec.json.encode(part))


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
