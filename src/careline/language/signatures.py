"""E-mail signatures: what stands below a message is no part of what it says."""

import re

_BELOW = re.compile(
    r"\n[ \t]*(?:"
    r"(?:--|—|__+)[ \t\r]*\n"  # the line that mail programs put before a signature
    r"|sent (?:from|via) (?:my|mail|outlook|yahoo|gmail|samsung|the)\b[^\n]{0,40}\s*\Z"
    r"|(?:iphone|ipad|android|samsung|outlook|gmail|yahoo)[^\n]{0,40}gönderildi\.?\s*\Z"
    r")",
    re.IGNORECASE,
)


def without_signature(text: str) -> str:
    """The message above its signature; as it is when there is none, or nothing above it."""
    for below in _BELOW.finditer(text):
        if text[: below.start()].strip():
            return text[: below.start()].rstrip()
    return text
