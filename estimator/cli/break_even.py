"""Find break-evens over one input or two: estimator break-even SCENARIO --x /pointer=from:to:points."""

from typing import Any

import click
import orjson

from estimator.cli.axes import RANGE, axis_document
from estimator.cli.library import open_library
from estimator.cli.scenarios import read_document
from estimator.cli.tables import table
from estimator.computation import baseline_of
from estimator.errors import ScenarioError
from estimator.web.questions.grids import write_curve
from estimator.web.schemas.curves import CURVE_QUESTION
from estimator.web.schemas.scenario import read, read_scenario


@click.command()
@click.argument("scenario", metavar="FILE|PRESET|-")
@click.option("--x", metavar=RANGE, required=True, help="The input along the curve.")
@click.option("--y", default="month", show_default=True, help="What is looked for: month, or the pointer of an input.")
@click.option("--z", metavar=RANGE, help="A second input: the first break-even and the winner for each pair.")
@click.option("--between", metavar="FROM:TO", help="Where y is looked for; by default around today's value.")
@click.option("--candidate", help="Approach that may become cheaper; by default the first beside the baseline.")
@click.option("--baseline", help="Approach it is compared with; by default the scenario's.")
@click.option("--json", "as_json", is_flag=True, help="The answer of the API, as JSON.")
def command(*, scenario: str, as_json: bool, **given: Any) -> None:
    """Find every break-even for each value of an input; with a second one the first break-even, and the winner."""
    document = read_document(scenario)
    asked = read_scenario(document)
    baseline = given["baseline"] or baseline_of(asked)
    candidate = given["candidate"] or next(name for name in asked.approaches if name != baseline)
    question = {"scenario": document, "candidate": candidate, "baseline": baseline, "y": given["y"]}
    question |= {name: axis_document(given[name]) for name in ("x", "z") if given[name]}
    if given["between"]:
        question["y_search"] = _ends(given["between"])
    found = write_curve(read(CURVE_QUESTION, question), open_library())
    if as_json:
        click.echo(orjson.dumps(found), nl=False)
        return
    names = [question["x"]["pointer"], *([question["z"]["pointer"]] if given["z"] else []), question["y"]]
    click.echo(f"{candidate} against {baseline}\n")
    click.echo(table([*names, "winner" if given["z"] else "why none"], _lines(found), numbers_from=9))


def _ends(written: str) -> dict[str, float]:
    try:
        low, high = (float(each) for each in written.split(":"))
    except ValueError:
        raise ScenarioError(f"The ends are written FROM:TO, not {written!r}.") from None
    return {"from": low, "to": high}


def _lines(found: dict[str, Any]) -> list[list[str]]:
    if "z" not in found:
        return [
            [f"{x:g}", ", ".join(f"{root:,.4g}" for root in roots), reason or ""]
            for x, roots, reason in zip(found["x"], found["y"], found["reasons"], strict=True)
        ]
    return [
        [f"{x:g}", f"{z:g}", found["reasons"][row][place] if root is None else f"{root:,.4g}", winner or ""]
        for row, z in enumerate(found["z"])
        for place, (x, root, winner) in enumerate(zip(found["x"], found["y"][row], found["winner"][row], strict=True))
    ]
