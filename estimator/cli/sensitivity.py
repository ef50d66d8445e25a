"""Find what moves the answer: estimator sensitivity SCENARIO."""

from collections.abc import Iterator
from typing import Any

import click
import orjson

from estimator.cli.library import open_library
from estimator.cli.scenarios import read_document
from estimator.cli.tables import table
from estimator.web.questions.export import write_csv
from estimator.web.questions.side_by_side import ROLES, write_swings
from estimator.web.schemas.scenario import read
from estimator.web.schemas.sweeps import SENSITIVITY_QUESTION
from estimator.web.words.wording import money

COLUMNS = ("pointer", "basis", "base", "low", "high", "at_low", "at_high", "swing")
ENDS = ("at_low", "at_high", "reason_at_low", "reason_at_high")
SWINGS = {"month": "break-even month", "requests_per_month": "break-even traffic"}


@click.command()
@click.argument("scenario", metavar="FILE|PRESET|-")
@click.option("--candidate", help="Approach that may become cheaper; by default the one recommended.")
@click.option("--baseline", help="Approach it is compared with; by default the scenario's.")
@click.option("--most", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Inputs listed.")
@click.option("--json", "as_json", is_flag=True, help="The answer of the API, as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="The tornado, a row for each input.")
def command(*, scenario: str, most: int, as_json: bool, as_csv: bool, **given: str | None) -> None:
    """Find what moves the difference of two approaches: every input alone, and, of ranges, shares of the variance."""
    question: dict[str, Any] = {"scenario": read_document(scenario)}
    question |= {role: given[role] for role in ROLES if given[role] is not None}
    found = write_swings(read(SENSITIVITY_QUESTION, question), open_library())
    if as_json:
        click.echo(orjson.dumps(found), nl=False)
    elif as_csv:
        columns = [*COLUMNS, *(f"{what}_{end}" for what in SWINGS for end in ENDS)]
        click.echo(write_csv(columns, (_flat(bar) for bar in found["tornado"])), nl=False)
    else:
        click.echo("\n".join(_lines(found, most)))


def _flat(bar: dict[str, Any]) -> dict[str, Any]:
    return bar | {f"{what}_{end}": bar[what][end] for what in SWINGS for end in ENDS}


def _lines(found: dict[str, Any], most: int) -> Iterator[str]:
    yield f"{found['candidate']} against {found['baseline']}: what the first costs more over the horizon"
    yield ""
    bars = found["tornado"]
    rows = [
        [
            bar["pointer"],
            f"{bar['low']:,.6g} .. {bar['high']:,.6g}",
            f"{money(bar['at_low'])} .. {money(bar['at_high'])}",
            money(bar["swing"]),
            *(_ends(bar[what]) for what in SWINGS),
        ]
        for bar in bars[:most]
    ]
    yield table(["input", "from .. to", "difference", "swing", *SWINGS.values()], rows)
    if len(bars) > most:
        yield f"\n{len(bars) - most} other inputs move it less."
    if found["sobol"]:
        yield "\nShares of the variance, and what knowing the input would be worth"
        worth = found["value_of_information"]["by_input_usd"]
        shares = [
            [pointer, _share(each["s1"]), _share(each["st"]), money(worth.get(pointer))]
            for pointer, each in found["sobol"].items()
        ]
        yield table(["input", "alone", "with others", "worth"], shares)
    for each in found["warnings"]:
        yield f"warning: {each['message']}"


def _ends(found: dict[str, Any]) -> str:
    sides = (found[f"reason_{end}"] if found[end] is None else f"{found[end]:,.4g}" for end in ("at_low", "at_high"))
    return " .. ".join(side or "n/a" for side in sides)


def _share(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.1%}"
