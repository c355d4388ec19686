"""Telling staff about alerts: to a webhook, by mail, and in the log; again until somebody acknowledges.

What is told holds no health text: which alert, its kind and level, the conversation and the time.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from careline.domain.alert import Alert
from careline.domain.errors import CarelineError, Invalid, NotFound, Unavailable
from careline.ports import Alerts, Clock, Deliverer, OutboxItem

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("careline.alerts")

_BATCH = 100


class WebhookRefused(CarelineError):
    """The webhook did not accept the alert."""


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a webhook gets as JSON. `raised` counts from 1; `id` and `raised` together are told once or more."""

    id: str
    kind: str
    level: str
    conversation_id: str
    raised_at: str
    raised: int
    country: str | None = None


class Webhook:
    """Posts alerts to one https address. Redirects are not followed; anything but a 2xx answer is tried again."""

    def __init__(self, url: str, *, timeout_seconds: float = 10.0) -> None:
        self._url = url
        self._timeout = timeout_seconds

    async def deliver(self, item: OutboxItem) -> None:
        """Raises WebhookRefused, and httpx's errors when it cannot be reached."""
        async with await asyncio.to_thread(_client, self._timeout) as client:
            answer = await client.post(self._url, json=item.payload, headers={"Idempotency-Key": item.id})
        if not answer.is_success:
            raise WebhookRefused(f"The webhook answered with status {answer.status_code}.")


def _client(timeout_seconds: float) -> "httpx.AsyncClient":
    """Reads all certificates the system trusts, 50 ms: not for an event loop's thread, where everybody would wait."""
    import httpx

    # It logs whole addresses, and a webhook's may hold its password.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.AsyncClient(timeout=timeout_seconds, follow_redirects=False)


class AlertMail:
    """Hands alerts to the mail deliverer, addressed to staff."""

    def __init__(self, mail: Deliverer, to: str) -> None:
        self._mail = mail
        self._to = to

    async def deliver(self, item: OutboxItem) -> None:
        told = msgspec.convert(item.payload, Told)
        again = f" (told {told.raised} times, nobody has acknowledged)" if told.raised > 1 else ""
        text = (
            f"A visitor was given an answer of the level {told.level}{again}.\n\n"
            f"Kind: {told.kind}\nTime: {told.raised_at}\nConversation: {told.conversation_id}\nAlert: {told.id}\n\n"
            f"Read it:        careline conversations show {told.conversation_id}\n"
            f"Acknowledge it: careline alerts ack {told.id} --by YOUR-NAME\n"
        )
        mail: dict[str, object] = {
            "to": self._to,
            "subject": f"Careline alert: {told.level}",
            "text": text,
            "language": "en",
        }
        await self._mail.deliver(OutboxItem(item.id, "mail", mail, item.attempt))


class AlertDeliverer:
    """Delivers outbox items of kind `alert` to every target. One that has it is spared when another fails.

    An alert that has been acknowledged meanwhile is told to nobody any more.
    """

    def __init__(self, alerts: Alerts, targets: dict[str, Deliverer]) -> None:
        self._alerts = alerts
        self._targets = targets
        self._have: dict[str, set[str]] = {}

    async def deliver(self, item: OutboxItem) -> None:
        """Raises what the first target that failed raised, after all were tried; Invalid for a broken item."""
        alert = await self._alert(item)
        if alert.acknowledged_at is not None:
            self._have.pop(item.id, None)
            return
        told = OutboxItem(item.id, item.kind, _told(alert, item), item.attempt)
        have = self._have.setdefault(item.id, set())
        if item.attempt == 1:
            extra = {"alert_id": alert.id, "conversation_id": alert.conversation_id, "raised": told.payload["raised"]}
            log.warning("Staff alert", extra=extra)
        missing = [name for name in self._targets if name not in have]
        results = await asyncio.gather(*(self._targets[name].deliver(told) for name in missing), return_exceptions=True)
        have.update(name for name, result in zip(missing, results, strict=True) if result is None)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        del self._have[item.id]

    async def _alert(self, item: OutboxItem) -> Alert:
        try:
            return await self._alerts.get(str(item.payload.get("alert")))
        except NotFound:
            raise Invalid("There is no such alert.") from None


def _told(alert: Alert, item: OutboxItem) -> dict[str, Any]:
    raised = item.payload.get("raised")
    told = Told(
        id=alert.id,
        kind=alert.kind,
        level=alert.level,
        conversation_id=alert.conversation_id,
        raised_at=msgspec.to_builtins(alert.raised_at),
        raised=raised if isinstance(raised, int) else alert.raised,
        country=alert.country,
    )
    return msgspec.to_builtins(told)  # type: ignore[no-any-return]


class AlertReminder:
    """Raises open alerts again once nobody has acknowledged them for `after`, and again after that."""

    def __init__(
        self, alerts: Alerts, clock: Clock, after: timedelta, wake: Callable[[], None], *, every_seconds: float = 10.0
    ) -> None:
        """`wake` is called when something is in the outbox."""
        self._alerts = alerts
        self._clock = clock
        self._after = after
        self._wake = wake
        self._every = every_seconds

    async def remind(self) -> int:
        """One round; how many were raised again."""
        count = 0
        while True:
            now = self._clock.now()
            raised = await self._alerts.raise_again(now - self._after, now, _BATCH)
            count += len(raised)
            if raised:
                log.error("Staff alerts nobody has acknowledged", extra={"alerts": len(raised)})
                self._wake()
            if len(raised) < _BATCH:
                return count

    async def run(self) -> None:
        """Until cancelled; a round that fails is logged and tried again."""
        while True:
            try:
                await self.remind()
            except Unavailable as error:
                log.warning("alerts unavailable", extra={"error_type": type(error).__name__})
            except Exception as error:
                log.error("alerts unavailable", exc_info=error, extra={"error_type": type(error).__name__})
            await asyncio.sleep(self._every)
