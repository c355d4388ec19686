"""The command line. Each command lives in its own module, imported when it is used, so that starting stays quick."""

import importlib
import os
import sys
from typing import NoReturn

import click

from careline import __version__
from careline.domain.errors import CarelineError, SettingsInvalid

COMMANDS = {
    "serve": "careline.cli_serve:serve",
    "chat": "careline.cli_chat:chat",
    "db": "careline.cli_database:database",
    "sessions": "careline.cli_sessions:sessions",
    "packs": "careline.cli_packs:packs",
    "bookings": "careline.cli_bookings:bookings",
    "knowledge": "careline.cli_knowledge:knowledge",
    "users": "careline.cli_users:users",
    "alerts": "careline.cli_alerts:alerts",
    "conversations": "careline.cli_conversations:conversations",
    "turns": "careline.cli_turns:turns",
    "assess": "careline.cli_assess:assess",
    "eval": "careline.cli_eval:evaluate",
}


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name]} is no command")
        return command


@click.command(cls=Commands)
@click.version_option(__version__, prog_name="careline")
def group() -> None:
    """Careline: one health conversation on any channel. Settings come from the environment and a .env file."""


def main() -> NoReturn:
    """Runs a command. An expected error is one line: code 1, for a wrong setting or wrong usage 2."""
    try:
        status = group.main(prog_name="careline", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        status = 130
    except BrokenPipeError:
        status = _reader_left()
    except CarelineError as error:
        click.echo(f"careline: {error}", err=True)
        status = 2 if isinstance(error, SettingsInvalid) else 1
    sys.exit(status)


def _reader_left() -> int:
    """`careline ... | head` is no error; the interpreter must not complain when it flushes at exit either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    main()
