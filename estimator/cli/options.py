"""Search what the price book offers: estimator options SCENARIO."""

from collections import Counter
from typing import Any

import click
import orjson

from estimator.cli.library import open_library
from estimator.cli.scenarios import read_document
from estimator.cli.tables import table
from estimator.web.questions.grids import write_search
from estimator.web.schemas.options import OPTIONS_QUESTION
from estimator.web.schemas.scenario import read
from estimator.web.words.wording import money


def _names(_: click.Context, __: click.Parameter, written: str | None) -> list[str] | None:
    return None if written is None else [each.strip() for each in written.split(",") if each.strip()]


@click.command()
@click.argument("scenario", metavar="FILE|PRESET|-")
@click.option("--models", callback=_names, help="API models, separated by commas; '' = none.")
@click.option("--services", callback=_names, help="Managed tuning services; '' = none.")
@click.option("--base-models", callback=_names, help="Base models on GPUs; '' = none.")
@click.option("--methods", callback=_names, help="Tuning methods on GPUs: full, lora, qlora.")
@click.option("--gpus", callback=_names, help="GPUs; by default all that have a price.")
@click.option("--success-rate", "rates", multiple=True, metavar="NAME=RATE", help="A success rate that was measured.")
@click.option("--most", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Options listed.")
@click.option("--json", "as_json", is_flag=True, help="The answer of the API, as JSON.")
def command(*, scenario: str, rates: tuple[str, ...], most: int, as_json: bool, **given: list[str] | None) -> None:
    """Rank every way the price book offers to serve one workload; its constraints stand in the scenario."""
    question: dict[str, Any] = {"scenario": read_document(scenario), "most": most}
    question |= {name: names for name, names in given.items() if names is not None}
    if rates:
        question["success_rates"] = {name: _rate(rate) for name, _, rate in (each.rpartition("=") for each in rates)}
    found = write_search(read(OPTIONS_QUESTION, question), open_library())
    if as_json:
        click.echo(orjson.dumps(found), nl=False)
        return
    best = {(each["name"], each["kind"]) for each in found["pareto"]}
    rows = [
        [
            "*" if (each["name"], each["kind"]) in best else "",
            each["name"],
            each["kind"],
            money(each["total_usd"]),
            money(each["upfront_usd"]),
            f"{each['lead_time_months']:.1f}",
            "unknown" if each["success_rate"] is None else f"{each['success_rate']:.1%}",
        ]
        for each in found["options"]
    ]
    columns = ["", "option", "kind", "total", "up-front", "months to start", "success"]
    click.echo(table(columns, rows, numbers_from=3))
    click.echo(f"\n{found['options_found']} options; * = none is as good in cost, start and success and better in one")
    if found["excluded"]:
        click.echo(f"{found['excluded_found']} excluded: {_reasons(found)}")
    for each in found["warnings"]:
        click.echo(f"warning: {each['message']}")


def _rate(written: str) -> Any:
    try:
        return float(written)
    except ValueError:
        return written


def _reasons(found: dict[str, Any]) -> str:
    counted = Counter(each["reason"] for each in found["excluded"])
    shown = ", ".join(f"{count} {reason}" for reason, count in counted.most_common())
    return shown if found["excluded_found"] == len(found["excluded"]) else f"{shown}, of the first listed"
