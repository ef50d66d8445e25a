"""Make and list API keys: estimator keys create, estimator keys list."""

from pathlib import Path

import click

from estimator.cli.tables import table
from estimator.web.keys import NEVER, make_key, read_expiry, read_keys, today


@click.group()
def command() -> None:
    """Make API keys for the service, and list those of a file."""


@command.command()
@click.option("--name", required=True, help="Who will use the key; it stands in the log.")
@click.option("--expires", required=True, metavar="YYYY-MM-DD", help="Last day on which it opens, or never.")
def create(name: str, expires: str) -> None:
    """Print the line for the file that ESTIMATOR_API_KEYS_FILE names, and on standard error the key itself, once."""
    secret, key = make_key(name, read_expiry(expires, "--expires"))
    click.echo(f"The key, shown once. Hand it to {name}:\n{secret}", err=True)
    click.echo(key.line)


@command.command("list")
@click.argument("file", type=click.Path(path_type=Path))
def list_keys(file: Path) -> None:
    """List the keys of a file: their names, and until when they open."""
    rows = [
        [key.name, str(key.expires_on or NEVER), "expired" if key.expired(today()) else "opens"]
        for key in read_keys(file)
    ]
    click.echo(table(["name", "expires", "now"], rows, numbers_from=9))
