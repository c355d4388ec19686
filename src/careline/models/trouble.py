"""From what a server answered instead of tokens to one reason. Pure; what the server said is looked at, never kept."""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from careline.domain.errors import ModelTrouble, ModelUnavailable
from careline.models.chunks import UNREADABLE

LONGEST_RETRY_AFTER = 86_400.0
PASSING: frozenset[ModelTrouble] = frozenset({"connect", "rate_limited", "server", "bad_response", "interrupted"})
"""What may be gone at the next attempt."""
_QUOTA = re.compile(r"insufficient_quota|billing|quota_exceeded|insufficient_credits|insufficient_balance")
_TOO_LARGE = re.compile(
    r"context[_ ]length|maximum context|context window|context size|too many tokens|prompt is too long|string_above_max"
)
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,48}")


class Said(msgspec.Struct, frozen=True):
    """An error as the server put it. `code` is its code and type in lower case, `text` its message."""

    status: int
    code: str = ""
    text: str = ""

    @property
    def filtered(self) -> bool:
        """The server's content filter stopped the question itself."""
        return "content_filter" in self.code or "content_policy_violation" in self.code

    @property
    def name(self) -> str:
        """The code, if it looks like one: fit for a log."""
        first = self.code.partition(" ")[0]
        return first if _CODE.fullmatch(first) else "no code"


def said(status: int, body: bytes) -> Said:
    """Reads an error body in any of its shapes; of HTML and other text only the status is left."""
    try:
        content = msgspec.json.decode(body)
    except UNREADABLE:
        return Said(status)
    if isinstance(content, list) and content:
        content = content[0]
    if not isinstance(content, dict):
        return Said(status)
    error = content.get("error")
    found = error if isinstance(error, dict) else content
    codes = [found.get("code"), found.get("type"), found.get("status")]
    text = error if isinstance(error, str) else found.get("message") or content.get("detail")
    number = next((one for one in map(_status, codes) if one), 0)
    return Said(
        number if status < 400 and number else status,
        " ".join(one.lower() for one in codes if isinstance(one, str)),
        text.lower() if isinstance(text, str) else "",
    )


def reason(error: Said) -> ModelTrouble:
    if _QUOTA.search(error.code) or error.status == 402:
        return "quota"
    if error.status == 413 or _TOO_LARGE.search(error.code) or (error.status < 500 and _TOO_LARGE.search(error.text)):
        return "too_large"
    if error.status == 429 or "rate_limit" in error.code:
        return "rate_limited"
    if error.status in {408, 409, 425} or error.status >= 500:
        return "server"
    if error.status >= 400 or "invalid" in error.code or "authentication" in error.code:
        return "refused_request"
    return "bad_response" if 300 <= error.status < 400 else "server"


def unavailable(error: Said, retry_after: float | None = None) -> ModelUnavailable:
    return ModelUnavailable(reason(error), retry_after=retry_after, status=error.status)


def retry_after(seconds: str | None, milliseconds: str | None, now: datetime) -> float | None:
    """The seconds of `Retry-After` (a number or a date) or the more exact `retry-after-ms`; None if it says nothing."""
    for text, unit in ((milliseconds, 0.001), (seconds, 1.0)):
        if text is not None and (wait := _wait(text.strip(), unit, now)) is not None:
            return min(max(wait, 0.0), LONGEST_RETRY_AFTER)
    return None


def _wait(text: str, unit: float, now: datetime) -> float | None:
    try:
        wait = float(text) * unit
        return wait if math.isfinite(wait) else None
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()


def _status(code: Any) -> int:
    if isinstance(code, str) and code.isdecimal() and len(code) == 3:
        code = int(code)
    return code if isinstance(code, int) and 400 <= code <= 599 else 0
