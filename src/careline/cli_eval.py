"""`careline eval`: how well the safety gate agrees with a file of messages that have gold levels or gold assertions."""

import sys
from typing import IO, Any

import click

from careline.cli_assess import assessed, read_line


@click.command("eval")
@click.argument("source", type=click.File("rb"), default="-")
@click.option("--misses/--no-misses", default=True, help="List every miss and false alarm.")
def evaluate(source: IO[bytes], misses: bool) -> None:
    """Measure the gate on SOURCE, JSON lines of two kinds.

    Messages have "text" and "gold" (a level, or "none"); "gold_emergency", where a record has it, says whether an alarm
    is right, otherwise the gold level does. Sentences have "text", "concept", "negation", "temporality" and
    "experiencer": precision, recall and F1 are reported for each class.
    """
    import msgspec

    records = [read_line(line, number) for number, line in enumerate(source, 1) if line.strip()]
    messages = [one for one in records if "concept" not in one]
    sentences = [one for one in records if "concept" in one]
    result = _levels(messages, misses) if messages or not sentences else {}
    if sentences:
        result["assertions"] = _assertions(sentences)
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")


def _levels(messages: list[dict[str, Any]], misses: bool) -> dict[str, Any]:
    from careline.safety.report import summary

    result = summary([_judged(one) for one in messages])
    if not misses:
        for key in ("missed", "false_alarms", "other_levels"):
            del result[key]
    return result


def _assertions(sentences: list[dict[str, Any]]) -> dict[str, Any]:
    import msgspec

    from careline.safety.assertions import Asserted, agreement
    from careline.safety.triage import load_triage

    try:
        asserted = [msgspec.convert(one, Asserted) for one in sentences]
    except msgspec.ValidationError as error:
        raise click.ClickException(f"A sentence with a concept: {error}.") from None
    return agreement(asserted, load_triage().lexicons)


def _judged(message: dict[str, Any]) -> Any:
    from careline.safety.report import EMERGENCY_GOLD, Judged

    if "gold" not in message and "gold_emergency" not in message:
        raise click.ClickException(f'{message.get("id")!r} has neither "gold" nor "gold_emergency".')
    gold = message.get("gold")
    alarm = message.get("gold_emergency")
    found, microseconds = assessed(message)
    expected = alarm if isinstance(alarm, bool) else gold in EMERGENCY_GOLD
    return Judged(
        message.get("id"), message["text"], None if gold is None else str(gold), expected, found, microseconds
    )
