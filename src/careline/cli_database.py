"""`careline db upgrade`."""

import click

from careline import logs, settings


@click.group("db")
def database() -> None:
    """The database."""


@database.command()
def upgrade() -> None:
    """Bring the database to this version's schema. The server does this by itself when it starts."""
    from careline import staff

    loaded = settings.load()
    logs.configure(debug=loaded.debug, quiet=not loaded.debug)
    staff.upgrade_database(loaded)
    click.echo("The database is up to date.")
