"""`careline turns explain`: why a reply was what it was."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
import msgspec

from careline.cli_listing import printable, with_store

if TYPE_CHECKING:
    from careline.staff import SqlStore

_HEADINGS = {
    "turn": "Made with",
    "gate": "Emergency",
    "guard": "Kept back by the output guard",
    "commands": "Understood as",
    "said": "The message",
    "free": "Free conversation",
    "model_call": "Model call",
    "own": "The pack's own agent",
    "adk": "Event of the ADK agent",
}


@click.group()
def turns() -> None:
    """Single messages and the answers to them."""


@turns.command()
@click.argument("turn")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def explain(turn: str, as_json: bool) -> None:
    """Everything that is kept of TURN (an id): versions, times, calls of a model, tools, what was kept back.

    Neither the message nor the reply is shown; `careline conversations show` has them.
    """

    async def work(store: "SqlStore") -> dict[str, Any]:
        from careline import staff

        return await staff.explain(store, turn)

    told = with_store(work)
    if as_json:
        click.echo(msgspec.json.encode(told).decode())
        return
    for line in account(told):
        click.echo(line)


def account(told: dict[str, Any]) -> Iterator[str]:
    """The explanation for a person to read, line by line."""
    yield f"Turn {told['id']} of conversation {told['conversation']}"
    yield f"  {told['channel']}, {told['status']}, answered by {told['agent'] or 'nobody'}, attempt {told['attempt']}"
    yield f"  Accepted {told['accepted_at']}" + "".join(
        f", {name} after {told[key]:g} ms"
        for name, key in (("begun", "begun_ms"), ("ended", "ended_ms"))
        if told[key] is not None
    )
    if told["error_type"]:
        yield f"  Failed: {told['error_type']}"
    if told["usage"]:
        yield f"  Used: {_flat(told['usage'])}"
    if told["events"]:
        yield "What happened"
        yield from (f"  {_event(event)}" for event in told["events"])
    for entry in told["raw"]:
        for name, value in entry.items():
            yield _HEADINGS.get(name, name.replace("_", " ").capitalize())
            yield from _lines(value, "  ")


def _event(event: dict[str, Any]) -> str:
    rest = {key: value for key, value in event.items() if key not in ("type", "seq")}
    return f"{event['seq']:>4}  {event['type']}" + (f"  {_flat(rest)}" if rest else "")


def _lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, dict | list) and each and not _short(each):
                yield f"{indent}{key}:"
                yield from _lines(each, indent + "  ")
            else:
                yield f"{indent}{key}: {_flat(each)}"
    elif isinstance(value, list):
        for each in value:
            yield f"{indent}- {_flat(each)}"
    else:
        yield f"{indent}{_flat(value)}"


def _short(value: Any) -> bool:
    return len(_flat(value)) <= 80


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_flat(each)}" for key, each in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(_flat(each) for each in value) or "-"
    return printable(value)
