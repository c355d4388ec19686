"""What a reply may draw on, and what the guard found in it."""

from collections.abc import Callable, Iterable

import msgspec

from careline.safety.output_guard_rules import Kind, Rule


class Finding(msgspec.Struct, frozen=True):
    """What was kept back. `said` is the forbidden phrase, left out where it is about somebody else."""

    kind: Kind
    language: str
    said: str | None


class GuardContext(msgspec.Struct, frozen=True):
    """What this reply may draw on.

    `texts` are asked for only when something has to be judged: the person's own words and stored facts, the clinic's
    texts, the knowledge. `conditions` are those the person is known to have; `language` is that of the talk (BCP 47).
    """

    texts: Callable[[], Iterable[str]] = tuple
    conditions: frozenset[str] = frozenset()
    language: str | None = None


class Match(msgspec.Struct, frozen=True):
    """A forbidden phrase from `start` to `end` of the reply; `rule` is None for what belongs to somebody else."""

    kind: Kind
    language: str | None
    start: int
    end: int
    rule: Rule | None = None
