"""What an assistant decided besides its words. The engine stores these in the same commit as the reply."""

from typing import Any

import msgspec

from careline.domain.conversation import Choice
from careline.domain.patient import Fact


class Effect(msgspec.Struct, frozen=True, tag_field="type", tag=str.lower):
    """What every effect is. Each is applied at most once for a turn."""


class RecordConsent(Effect, frozen=True):
    """The person answered the consent question: the exact text shown, its version and locale, and the answer."""

    purpose: str
    granted: bool
    text: str
    version: str
    locale: str


class RememberPerson(Effect, frozen=True):
    """Facts for the person's record; only legal once consent is granted. Keys beyond the name go to the profile."""

    name: str | None = None
    profile: dict[str, str] = {}


class EraseOnEnd(Effect, frozen=True):
    """Consent was refused (or, with False, given after all): erase the conversation's text when the session ends."""

    erase: bool = True


class RequestPerson(Effect, frozen=True):
    """Staff should take this conversation over; it is listed as waiting until somebody does."""

    reason: str


class Deliver(Effect, frozen=True):
    """Slow work for the outbox: `kind` names the deliverer (`mail`), `payload` is its plain JSON."""

    kind: str
    payload: dict[str, Any]


class RaiseAlert(Effect, frozen=True):
    """Staff are told at once that a person may be in danger, and again until somebody acknowledges it.

    `kind` and `level` are those of the assessment, `country` is ISO 3166; nothing the person said belongs here.
    """

    kind: str
    level: str
    country: str | None = None


class RememberProfile(Effect, frozen=True):
    """Health facts for the stored profile of a person who is known by more than a device.

    An anonymous visitor's stay in the conversation's state. Not kept for somebody who has refused that data is kept.
    """

    facts: tuple[Fact, ...]


AnyEffect = RecordConsent | RememberPerson | EraseOnEnd | RequestPerson | Deliver | RaiseAlert | RememberProfile


class Outcome(msgspec.Struct, frozen=True):
    """The last thing an assistant yields: the new conversation state and all effects.

    `state` is plain JSON and replaces the old one. `language`, `time_zone` and `country` replace the conversation's
    where not None. `raw` and `usage` are kept with the turn to explain the reply later.
    """

    state: dict[str, Any]
    language: str | None = None
    time_zone: str | None = None
    country: str | None = None
    choices: tuple[Choice, ...] = ()
    effects: tuple[AnyEffect, ...] = ()
    raw: tuple[dict[str, Any], ...] = ()
    usage: dict[str, Any] = {}
    interrupted: bool = False
