"""Answer every row of a table: estimator portfolio TABLE --template SCENARIO."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import click

from estimator.cli.library import open_library
from estimator.cli.rows import format_of, leave, output_options, progress, write_blocks
from estimator.cli.scenarios import read_document
from estimator.errors import ScenarioError
from estimator.web.questions.grids import portfolio_blocks
from estimator.web.schemas.scenario import read_scenario

NOT_UTF8 = "surrogateescape"
"""What is not UTF-8 is an error of its row."""
JSON_ENDINGS = (".jsonl", ".ndjson", ".json")


@click.command()
@click.argument("table", metavar="FILE|-")
@click.option("--template", metavar="FILE|PRESET", help="Scenario that the rows vary; left out = a scenario a line.")
@click.option(
    "--input-format",
    type=click.Choice(["csv", "jsonl"]),
    help="By default by the ending of the file; standard input is CSV with a template, else JSON Lines.",
)
@output_options
def command(table: str, template: str | None, input_format: str | None, form: str | None, output: Path | None) -> None:
    """Answer every row of a table: totals, winner and break-evens, in the order of the rows.

    The header of a CSV table holds pointers into the template, such as /workload/requests_per_month, and names of
    labels; an empty cell leaves the template's value. In JSON Lines each line is an object of pointers and labels, or,
    without a template, a whole scenario.

    A row that cannot be computed carries its error, and the exit code is 3.
    """
    if table == template == "-":
        raise ScenarioError("Standard input is the table or the template: name a file for one of them.")
    chosen = form or ("jsonl" if template is None and output is None else None)
    chosen = format_of(chosen, output)
    if template is None and chosen not in ("json", "jsonl"):
        raise ScenarioError("Whole scenarios have approaches of their own: name a template, or ask for --format jsonl.")
    scenario = None if template is None else read_scenario(read_document(template))
    comma_separated = (input_format or _format_in(table, template)) == "csv"
    with _opened(table) as file, progress(_length(table), "reading") as bar:
        lines = _counted(file, bar.update)
        blocks = portfolio_blocks(lines, open_library(), scenario, comma_separated=comma_separated)
        tally = write_blocks(blocks, chosen, output)
    leave(tally)


def _format_in(table: str, template: str | None) -> str:
    if table == "-":
        return "jsonl" if template is None else "csv"
    return "jsonl" if Path(table).suffix.lower() in JSON_ENDINGS else "csv"


@contextmanager
def _opened(table: str) -> Iterator[TextIO]:
    """Open a table with its line ends as they are: a quoted cell may hold some."""
    if table == "-":
        yield TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors=NOT_UTF8, newline="")
        return
    with ExitStack() as opened:
        try:
            file = opened.enter_context(Path(table).open(encoding="utf-8", errors=NOT_UTF8, newline=""))
        except OSError as error:
            raise ScenarioError(f"The file {table} cannot be read: {error.strerror}.") from error
        yield file


def _length(table: str) -> int | None:
    return None if table == "-" else Path(table).stat().st_size


def _counted(file: Iterable[str], tick: Callable[[int], None]) -> Iterator[str]:
    for line in file:
        tick(len(line))
        yield line
