"""`careline eval`: how well the safety gate agrees with a file of messages that have gold levels."""

import sys
from typing import IO, Any

import click

from careline.cli_assess import assessed, read_line


@click.command("eval")
@click.argument("source", type=click.File("rb"), default="-")
@click.option("--misses/--no-misses", default=True, help="List every miss and false alarm.")
def evaluate(source: IO[bytes], misses: bool) -> None:
    """Measure the gate on SOURCE: JSON lines with "text" and "gold" (a level, or "none").

    "gold_emergency", where a record has it, says whether an alarm is right; otherwise the gold level does.
    """
    import msgspec

    from careline.safety.report import summary

    judged = [_judged(read_line(line, number)) for number, line in enumerate(source, 1) if line.strip()]
    result = summary(judged)
    if not misses:
        for key in ("missed", "false_alarms", "other_levels"):
            del result[key]
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")


def _judged(message: dict[str, Any]) -> Any:
    from careline.safety.report import EMERGENCY_GOLD, Judged

    gold = str(message.get("gold", "none"))
    alarm = message.get("gold_emergency")
    found, microseconds = assessed(message)
    expected = alarm if isinstance(alarm, bool) else gold in EMERGENCY_GOLD
    return Judged(message.get("id"), message["text"], gold, expected, found, microseconds)
