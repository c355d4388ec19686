"""`careline serve`: one process that answers on one address."""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

import click

from careline import logs, settings, settings_addresses

if TYPE_CHECKING:
    import uvicorn

DRAIN_SECONDS = 5
"""How long open requests may take to end when the server is told to stop; their turns go on after the next start."""

KEEP_ALIVE_SECONDS = 75
"""Longer than clients and proxies (often 60) keep an idle connection: who closes first must not be the server, or a
request on its way is lost."""

MAX_FRAME_BYTES = 16_777_216
"""As much as CARELINE_MAX_BODY may be; the channels refuse what is over the setting."""

UNREAD_SECONDS = 60
"""How long what was sent may stay untaken before the system cuts the connection (Linux): a client that stops reading
would otherwise hold it for ever, since what is closed in order is first sent to its end."""

HANDSHAKE = '%s - "WebSocket %s"'
"""How a line of uvicorn begins that repeats an address with its query, in which there may be a token."""

PING_SECONDS = 20.0
"""How often a WebSocket is asked whether it is still there, and how long it may take to answer."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 takes any free one."
)
def serve(host: str, port: int) -> None:
    """Serve the chat page and the API."""
    loaded = settings.load()
    logs.configure(debug=loaded.debug)
    listening = _bind(host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    if loaded.public_url == settings.DEFAULT_PUBLIC_URL:
        os.environ["CARELINE_PUBLIC_URL"] = address
    signal.signal(signal.SIGTERM, _stopped)
    _allow_open_files()
    server = _announcing(_server(debug=loaded.debug), address, _model_line(loaded))
    _run(server, listening)
    if not server.started:
        raise _no_start()


def _allow_open_files() -> None:
    """As many as the system lets: every client is one, and every answer of a model; often only 1,024 are to begin with.

    Systems that cannot tell their limit (Windows) have none of this kind.
    """
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        with suppress(ValueError, OSError):  # where the most is called infinite, yet not to be had
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _bind(host: str, port: int) -> socket.socket:
    """The socket, bound before anything heavy is imported, so that a port in use is said at once."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)
        listening.bind(where)
        listening.listen(2048)
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {host} port {port} ({error.strerror}). Choose another with --port."
        ) from None
    return listening


@contextmanager
def serve_in_thread() -> Iterator[str]:
    """A server in a thread of this process, on a free port of this machine; its address."""
    listening = _bind("127.0.0.1", 0)
    server = _server(debug=False)
    thread = threading.Thread(target=_run, args=(server, listening), daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise _no_start()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(DRAIN_SECONDS * 2)


def _model_line(loaded: settings.Settings) -> str | None:
    """Which language model is used, and by whom it is served; the same of the one that listens, if it is another."""
    lines = []
    if loaded.model is not None and loaded.model_base_url is not None:
        lines.append(f"Language model: {loaded.model} at {settings_addresses.host(loaded.model_base_url)}")
    if loaded.voice and loaded.speech_model is not None:
        lines.append(f"Recordings are listened to here, by {loaded.speech_model.name}")
    elif loaded.voice and loaded.transcription_base_url not in (None, loaded.model_base_url):
        host = settings_addresses.host(loaded.transcription_base_url or "")
        lines.append(f"Recordings are listened to by {loaded.transcription_model} at {host}")
    return "\n".join(lines) or None


def _announcing(server: "uvicorn.Server", address: str, model: str | None = None) -> "uvicorn.Server":
    """Prints the address as soon as it answers there, and which model is used."""
    begin = server.startup

    async def startup(sockets: list[socket.socket] | None = None) -> None:
        await begin(sockets)
        if server.started and not server.should_exit:
            print(f"Careline is listening on {address}", flush=True)
            if model is not None:
                print(model, flush=True)

    server.startup = startup  # type: ignore[method-assign]
    return server


def _server(*, debug: bool) -> "uvicorn.Server":
    import uvicorn

    config = uvicorn.Config(
        "careline.app:app",
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=True,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        lifespan="on",
        log_config=None,
        access_log=debug,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    return uvicorn.Server(config)


def _run(server: "uvicorn.Server", listening: socket.socket) -> None:
    """Until it is told to stop; also returns when it cannot start. uvicorn then logs our own words: they come once."""
    library = logging.getLogger("uvicorn.error")

    def only_surprises(record: logging.LogRecord) -> bool:
        return (server.started and not str(record.msg).startswith(HANDSHAKE)) or record.exc_info is not None

    library.addFilter(only_surprises)
    try:
        server.run(sockets=[listening])
    except (KeyboardInterrupt, SystemExit):
        return
    finally:
        library.removeFilter(only_surprises)


def _no_start() -> Exception:
    from careline.app import app

    return app.failure or click.ClickException("Careline could not start; the log above says why.")


def _stopped(number: int, frame: FrameType | None) -> None:
    """uvicorn has stopped in order and raises the signal once more: an asked-for end is a success."""
    sys.exit(0)
