"""Estimate one scenario: estimator estimate FILE|PRESET|-."""

from collections.abc import Iterable
from pathlib import Path

import click

from estimator.answer import answer
from estimator.cli.library import open_library
from estimator.cli.scenarios import read_document
from estimator.cli.tables import table
from estimator.errors import ScenarioError
from estimator.estimate import SECTIONS, estimate
from estimator.web.questions.export import COMPONENT_COLUMNS, component_rows, write_csv
from estimator.web.report.reading import Reading
from estimator.web.schemas.objections import unknown_name
from estimator.web.schemas.scenario import read_scenario
from estimator.web.words.wording import money


@click.command()
@click.argument("scenario", metavar="FILE|PRESET|-")
@click.option("--json", "as_json", is_flag=True, help="The answer of the API, as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="One row for each component of each approach.")
@click.option("--include", help=f"Sections of the answer, separated by commas: {', '.join(sorted(SECTIONS))}.")
@click.option("--chart", type=click.Path(dir_okay=False, path_type=Path), help="Draw a chart into this .svg or .png.")
@click.option("--chart-name", default="cost-over-time", show_default=True, help="Which chart, see POST /api/v1/charts.")
@click.option("--over", help="Draw the break-even over this input (a JSON Pointer) into the chart.")
def command(
    scenario: str,
    include: str | None,
    chart: Path | None,
    chart_name: str,
    over: str | None,
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Estimate every approach of a scenario: a YAML or JSON file, a preset, or - for standard input."""
    if chart is not None:
        _draw(chart, chart_name, scenario, over)
        return
    asked = None if include is None else frozenset(_section(word) for word in include.split(",") if word)
    found = answer(estimate(read_scenario(read_document(scenario)), open_library(), asked))
    if as_json:
        import orjson

        click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    elif as_csv:
        click.echo(write_csv(COMPONENT_COLUMNS, component_rows(found)), nl=False)
    else:
        click.echo("\n".join(_lines(Reading(found))))


def _draw(file: Path, name: str, scenario: str, over: str | None) -> None:
    from estimator.web.takeaway.images import chart_image, chart_of

    name, curve = (name, None) if over is None else ("break-even-by-input", {"curve": over})
    spec = chart_of(name, read_scenario(read_document(scenario)), open_library(), curve)
    file.write_bytes(chart_image(spec, file.suffix.removeprefix(".").lower()))
    click.echo(f"{file}: {' '.join(spec['title']['text'])}")


def _section(word: str) -> str:
    if word not in SECTIONS:
        raise ScenarioError(unknown_name("section", word, SECTIONS))
    return word


def _lines(reading: Reading) -> Iterable[str]:
    scenario = reading.found["scenario"]
    yield f"{scenario['name'] or 'Scenario'}: {scenario['horizon_months']} months, amounts in {reading.currency}"
    yield f"price book {reading.found['price_book']['version']}"
    yield ""
    yield reading.headline
    yield from (f"  - {each['text']}" for each in reading.reasons)
    yield ""
    totals = [
        [
            name,
            each["kind"],
            money(each["upfront_usd"]),
            money(each["total_usd"] - each["upfront_usd"]),
            money(each["total_usd"]),
            money(each["usd_per_request"]),
        ]
        for name, each in reading.approaches.items()
    ]
    yield table(["approach", "kind", "up-front", "running", "total", "a request"], totals, numbers_from=2)
    yield ""
    yield table(["component", *reading.approaches], [[name, *map(money, cells)] for name, cells in reading.components])
    yield ""
    yield "Break-even"
    yield from (f"  - {sentence}" for sentence in reading.break_evens)
    if reading.warnings:
        yield ""
        yield "Warnings"
        yield from (f"  - {each['message']}" for each in reading.warnings)
