"""What is known of a person before their message is looked at: the stored health profile under the one they sent."""

from typing import Any

import msgspec

from careline.domain.effects import AnyEffect, RememberProfile
from careline.domain.errors import Invalid, StoreUnavailable
from careline.domain.patient import KnownProfile, merge, read_profile
from careline.ports import Claim, Clock, Profiles


class Knowing:
    """Completes a claim's profile from the store, and says what of the message is worth storing."""

    def __init__(self, profiles: Profiles, clock: Clock) -> None:
        self._profiles = profiles
        self._clock = clock

    async def complete(self, claim: Claim) -> tuple[Claim, tuple[AnyEffect, ...]]:
        """The claim with all that is known in `turn.hints.profile`, and the effect that keeps what was new.

        Anonymous people's claims come back as they are. While the database is away, what was sent has to do.
        """
        if not claim.person.has_account:
            return claim, ()
        today = self._clock.now().date()
        sent = _sent(claim.turn.hints.profile).facts("message", today)
        try:
            stored = await self._profiles.get(claim.person.id, today)
        except StoreUnavailable:
            stored = KnownProfile()
        known = merge(stored, sent).profile
        plain: dict[str, Any] = msgspec.to_builtins(known)
        hints = msgspec.structs.replace(claim.turn.hints, profile=plain or None)
        completed = msgspec.structs.replace(claim, turn=msgspec.structs.replace(claim.turn, hints=hints))
        return completed, (RememberProfile(sent.facts),) if sent.facts else ()


def _sent(profile: dict[str, Any] | None) -> Any:
    try:
        return read_profile(profile or {})
    except Invalid:
        return read_profile({})
