"""What is known of a person before their message is looked at, and what of it is worth keeping afterwards."""

import logging
from typing import Any

import msgspec

from careline.domain.effects import AnyEffect, RememberProfile
from careline.domain.errors import Invalid, Overloaded, StoreUnavailable
from careline.domain.patient import Fact, KnownProfile, merge, read_profile
from careline.ports import Claim, Clock, Profiles
from careline.safety.said import facts_said, facts_taken_back
from careline.safety.triage import Assessment, Triage

log = logging.getLogger("careline.engine")


class Known(msgspec.Struct, frozen=True):
    """The whole profile of a person with an account, and the facts of it that came with the message."""

    profile: KnownProfile
    sent: tuple[Fact, ...]


class Knowing:
    """Completes a claim's profile from the store, and says what of the message is worth storing."""

    def __init__(self, profiles: Profiles, clock: Clock) -> None:
        self._profiles = profiles
        self._clock = clock

    async def complete(self, claim: Claim) -> tuple[Claim, Known | None]:
        """The claim with all that is known in `turn.hints.profile`.

        Anonymous people's claims come back as they are. While the database is away, what was sent has to do; so it has
        when a stored profile cannot be read (nothing is learnt then): the gate looks at the message in any case.
        """
        if not claim.person.has_account:
            return claim, None
        today = self._clock.now().date()
        sent = _sent(claim.turn.hints.profile).facts("message", today)
        readable, stored = True, KnownProfile()
        try:
            stored = await self._profiles.get(claim.person.id, today)
        except (StoreUnavailable, Overloaded) as error:
            log.warning("Profile not looked up", extra={"error_type": type(error).__name__})
        except Exception as error:
            log.error("❌ Error", exc_info=error, extra={"error_type": type(error).__name__})
            readable = False
        known = merge(stored, sent)
        plain: dict[str, Any] = msgspec.to_builtins(known.profile)
        hints = msgspec.structs.replace(claim.turn.hints, profile=plain or None)
        completed = msgspec.structs.replace(claim, turn=msgspec.structs.replace(claim.turn, hints=hints))
        return completed, Known(known, sent.facts) if readable else None

    def learnt(self, known: Known, text: str, assessment: Assessment, triage: Triage) -> tuple[AnyEffect, ...]:
        """The effect that keeps what came with the message and what its words say, corrections last; none for nothing
        new."""
        today = self._clock.now().date()
        said = facts_said(text, assessment.findings, assessment.facts, triage)
        gone = facts_taken_back(text, assessment.findings, known.profile, triage)
        facts = (*known.sent, *KnownProfile((*said, *gone)).noted(today).facts)
        return (RememberProfile(facts),) if facts else ()


def _sent(profile: dict[str, Any] | None) -> Any:
    try:
        return read_profile(profile or {})
    except Invalid:
        return read_profile({})
