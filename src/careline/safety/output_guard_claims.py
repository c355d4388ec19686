"""What a text claims to be: for texts that are checked before anybody reads them."""

from careline.safety.output_guard import OutputGuard
from careline.safety.output_guard_context import GuardContext
from careline.safety.output_guard_rules import load_guard_rules


def claims(text: str) -> str | None:
    """The words with which a text claims that a human, a doctor or somebody licensed is speaking, None without any."""
    guard = OutputGuard(load_guard_rules("claim"), GuardContext())
    guard.feed(text)
    guard.close()
    return next((finding.said for finding in guard.findings if finding.kind == "claim"), None)
