"""What the calls of a language model have used, by their records."""

from collections.abc import Iterable
from typing import Any

_TOKENS = ("prompt_tokens", "completion_tokens", "cached_tokens")


def used(raw: Iterable[dict[str, Any]]) -> dict[str, int]:
    """The number of the `model_call` records among raw events, and the tokens of those whose server told them; {}
    without a record. Where no server told any, no tokens are in it: not known is not none."""
    records = [one["model_call"] for one in raw if isinstance(one.get("model_call"), dict)]
    if not records:
        return {}
    told = [record["usage"] for record in records if isinstance(record.get("usage"), dict)]
    tokens = {name: sum(_count(one.get(name)) for one in told) for name in _TOKENS} if told else {}
    return {"calls": len(records), **tokens}


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0
