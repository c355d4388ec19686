"""`careline assess`: how urgent each message of a JSON lines file is, and why."""

import sys
import time
from typing import IO, Any

import click


@click.command()
@click.argument("source", type=click.File("rb"), default="-")
def assess(source: IO[bytes]) -> None:
    """Assess each message of SOURCE (JSON lines; standard input without it).

    A line is {"id", "text", "lang"?, "patient_profile"?, "vitals"?}; for each, one line of JSON is written.
    """
    import msgspec

    from careline.safety.report import record

    write = sys.stdout.buffer.write
    for number, line in enumerate(source, 1):
        if line.strip():
            message = read_line(line, number)
            found, microseconds = assessed(message)
            write(msgspec.json.encode(record(message.get("id"), found, microseconds)) + b"\n")


def read_line(line: bytes, number: int) -> dict[str, Any]:
    """One input line. Raises ClickException that names the line."""
    import msgspec

    try:
        message = msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise click.ClickException(f"Line {number} is not a JSON object: {error}.") from None
    if not isinstance(message.get("text"), str):
        raise click.ClickException(f'Line {number} has no "text".')
    return message


def assessed(message: dict[str, Any]) -> tuple[Any, float]:
    """(the Assessment of one input record, how many microseconds it took)."""
    import msgspec

    from careline.domain.errors import Invalid
    from careline.domain.patient import read_profile
    from careline.safety.profile import profile_facts
    from careline.safety.report import measured
    from careline.safety.triage import load_triage

    triage = load_triage()
    facts = None
    if message.get("patient_profile"):
        try:
            profile = read_profile(message["patient_profile"])
        except Invalid as error:
            raise click.ClickException(f"{message.get('id')!r}: {error}") from None
        facts = profile_facts(msgspec.to_builtins(profile), triage)
    episode = measured(message["vitals"]) if isinstance(message.get("vitals"), dict) else None
    begun = time.perf_counter()
    found = triage.assess(message["text"], facts, episode)
    return found, (time.perf_counter() - begun) * 1e6
