"""Print every setting: estimator settings."""

import click

from estimator.cli.tables import table
from estimator.web.settings import lines, read_settings


@click.command()
def command() -> None:
    """Print every setting of the service: its variable, its value now, its default, its meaning."""
    rows = [
        [name, _written(value), _written(default), meaning] for name, value, default, meaning in lines(read_settings())
    ]
    click.echo(table(["variable", "value", "default", "meaning"], rows, numbers_from=9))


def _written(value: object) -> str:
    if value is None or value == "":
        return "-"
    return str(value).lower() if isinstance(value, bool) else str(value)
