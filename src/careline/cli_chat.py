"""`careline chat`: a conversation in the terminal, with a running server or, without one, a server in this process."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

from careline import logs, settings, settings_readers

if TYPE_CHECKING:
    from careline.chat_client import ChatClient, Frame

DEFAULT_URL = "http://127.0.0.1:8000"


@click.command()
@click.argument("message", nargs=-1)
@click.option("--url", default=None, help=f"The server. [default: {DEFAULT_URL}, else one in this process]")
@click.option("--device", default=None, help="Whose conversation it is. [default: a new visitor's]")
def chat(message: tuple[str, ...], url: str | None, device: str | None) -> None:
    """Talk with the assistant. With MESSAGE, say that one thing and print the reply."""
    if device is not None and not settings_readers.DEVICE_ID.fullmatch(device):
        raise click.BadParameter("1 to 128 of the characters A-Z a-z 0-9 . _ : -", param_hint="--device")
    visitor = device or f"terminal-{secrets.token_urlsafe(12)}"
    with ExitStack() as stack:
        client = stack.enter_context(_client(url, visitor))
        if message:
            _say(client, " ".join(message))
            return
        if device is None:
            click.echo(f"To go on later: careline chat --device {visitor}", err=True)
        _talk(client)


@contextmanager
def _client(url: str | None, device: str) -> "Iterator[ChatClient]":
    from careline.chat_client import ChatClient

    address = (url or DEFAULT_URL).rstrip("/")
    with ExitStack() as stack:
        client = stack.enter_context(ChatClient(address, device))
        if not client.healthy():
            if url is not None:
                raise click.ClickException(f"No Careline server answers at {address}.")
            click.echo(f"No server at {address} (another: --url): answering in this process.", err=True)
            client = stack.enter_context(ChatClient(stack.enter_context(_own_server()), device))
        yield client


@contextmanager
def _own_server() -> Iterator[str]:
    """A server in a thread of this process, on a free port of this machine; its address."""
    from careline.cli_serve import serve_in_thread

    loaded = settings.load()
    logs.configure(debug=loaded.debug, quiet=not loaded.debug)
    with serve_in_thread() as address:
        yield address


def _talk(client: "ChatClient") -> None:
    """Line by line until the end of input. A number stands for the choice it was shown with."""
    offered: tuple[str, ...] = ()
    while True:
        try:
            line = input("> " if sys.stdin.isatty() else "").strip()
        except EOFError:
            return
        if line.isascii() and line.isdigit() and 1 <= int(line) <= len(offered):
            line = offered[int(line) - 1]
        if line:
            offered = _say(client, line)


def _say(client: "ChatClient", text: str) -> tuple[str, ...]:
    """Sends one message and prints the reply as it comes; the texts of the choices offered with it."""
    offered: tuple[str, ...] = ()
    try:
        for frame in client.say(text):
            _print_frame(frame)
            offered = offered or tuple(choice.value for choice in frame.choices)
    except KeyboardInterrupt:
        client.cancel()
        click.echo("\n(cancelled)")
    return offered


def _print_frame(frame: "Frame") -> None:
    if frame.restarted:
        click.echo("\n(once more)")
    click.echo(shown(frame.content), nl=False)
    if frame.is_final:
        click.echo()
        for number, choice in enumerate(frame.choices, 1):
            click.echo(f"  {number}) {shown(choice.title)}")
    sys.stdout.flush()


def shown(text: str) -> str:
    """The text without control characters, which a model may say and a terminal would obey."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
