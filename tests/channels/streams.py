"""Reading the website's streams as a client does."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import httpx
import msgspec


class Event(NamedTuple):
    id: str
    data: dict[str, Any]


def events(lines: Iterable[str]) -> Iterator[Event]:
    """The events as their lines come in; comments are skipped."""
    fields: dict[str, str] = {}
    for line in lines:
        if line == "":
            if "data" in fields:
                yield Event(fields.get("id", ""), msgspec.json.decode(fields["data"]))
                fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value


def read(response: httpx.Response) -> list[Event]:
    return list(events(response.text.split("\n")))


def text_of(seen: Iterable[Event]) -> str:
    """The reply, as a client that follows the rules puts it together."""
    text = ""
    for event in seen:
        text = event.data["content"] if event.data.get("restarted") else text + event.data["content"]
    return text
