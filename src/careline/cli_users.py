"""`careline users token`."""

from datetime import timedelta

import click

from careline import settings


@click.group()
def users() -> None:
    """Users: who may talk under their own name."""


@users.command()
@click.argument("user_id", metavar="USER_ID")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 3650), help="How long it is good.")
def token(user_id: str, days: int) -> None:
    """Print a token for USER_ID. Whoever has it talks as this user; it ends with its days or with another secret."""
    from careline.auth.secret import load_secret
    from careline.auth.tokens import Signer
    from careline.engine.clock import SystemClock

    loaded = settings.load()
    signer = Signer(load_secret(loaded.secret, loaded.data_dir))
    click.echo(signer.token(user_id, SystemClock().now(), timedelta(days=days)))
