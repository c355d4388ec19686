"""The output guard between an assistant's tokens and what is published."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from careline.domain.events import Citation, Token, TurnEvent
from careline.engine.running import Running
from careline.ports import Claim
from careline.safety.output_guard import OutputGuard
from careline.safety.output_guard_context import GuardContext
from careline.safety.output_guard_rules import load_guard_rules

MODEL_MADE = frozenset({"free", "agent"})
"""The parts of a conversation's state that hold a model's words: nothing may be drawn from there."""
Texts = Callable[[], Iterable[str]]


class Guarding:
    """What every reply may draw on: the clinic's own texts and the knowledge, asked for only when something is judged.

    `cited` gives the text behind a citation, from which the reply may then take doses and contacts.
    """

    def __init__(self, facts: Texts = tuple, cited: Callable[[Citation], str] = lambda _: "") -> None:
        self._rules = load_guard_rules()
        self._facts = facts
        self._cited = cited

    def begin(self, claim: Claim, running: Running) -> "Guarded":
        """The step for one turn. The conditions in the person's profile may be spoken of as theirs."""
        context = GuardContext(
            texts=lambda: (*self._facts(), *own_texts(claim)),
            conditions=known_conditions(claim.turn.hints.profile),
            language=claim.conversation.language or claim.turn.hints.locale,
        )
        return Guarded(OutputGuard(self._rules, context), running, self._cited)


class Guarded:
    """Publishes an assistant's events, its tokens through the guard. `close` gives out what was still held back."""

    def __init__(self, guard: OutputGuard, running: Running, cited: Callable[[Citation], str]) -> None:
        self._guard = guard
        self._running = running
        self._cited = cited

    def publish(self, event: TurnEvent) -> None:
        if isinstance(event, Token):
            self._say(self._guard.feed(event.text))
            return
        if isinstance(event, Citation):
            self._guard.allow(self._cited(event))
        self._running.publish(event)

    def close(self) -> None:
        self._say(self._guard.close())

    @property
    def kept_back(self) -> tuple[dict[str, Any], ...]:
        """What was kept back, as a raw event; none without."""
        findings = self._guard.findings
        return ({"guard": msgspec.to_builtins(findings)},) if findings else ()

    def _say(self, texts: Iterable[str]) -> None:
        for text in texts:
            self._running.publish(Token(text))


def known_conditions(profile: Mapping[str, Any] | None) -> frozenset[str]:
    """The conditions of a profile of the documented shape; what is not of that shape is passed over."""
    listed = profile.get("chronic_conditions") if profile else None
    return frozenset(one for one in listed if isinstance(one, str)) if isinstance(listed, list | tuple) else frozenset()


def own_texts(claim: Claim) -> Iterator[str]:
    """What the person said or is stored about them: a reply may repeat it to them."""
    yield claim.message.body
    yield claim.person.address
    if claim.person.name:
        yield claim.person.name
    yield from _strings({key: value for key, value in claim.conversation.state.items() if key not in MODEL_MADE})


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)
