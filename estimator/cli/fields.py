"""List every input of a scenario: estimator fields."""

import json

import click

from estimator.cli.tables import table
from estimator.web.questions.field_list import field_list


@click.command()
@click.argument("search", default="")
@click.option("--json", "as_json", is_flag=True, help="All details as JSON.")
def command(search: str, *, as_json: bool) -> None:
    """List every input whose pointer or meaning holds SEARCH: unit, range, default, meaning."""
    words = search.lower().split()
    shown = [
        each for each in field_list() if all(word in f"{each['pointer']} {each['meaning']}".lower() for word in words)
    ]
    if as_json:
        click.echo(json.dumps(shown, indent=2, default=str))
        return
    rows = [
        [
            each["pointer"],
            each["unit"] or "",
            _default(each),
            each["range"] or ", ".join(each["choices"]),
            each["meaning"],
        ]
        for each in shown
    ]
    click.echo(table(["pointer", "unit", "default", "range", "meaning"], rows, numbers_from=9))


def _default(field: dict[str, object]) -> str:
    if field["required"]:
        return "required"
    default = field["default"]
    return "-" if default is None or default in ("", ()) else str(default)
