"""Compute a grid: estimator sweep SCENARIO --axis /pointer=from:to:points:log."""

from pathlib import Path
from typing import Any

import click

from estimator.cli.axes import AXIS, axis_document
from estimator.cli.library import open_library
from estimator.cli.rows import format_of, leave, output_options, progress, write_blocks
from estimator.cli.scenarios import read_document
from estimator.web.questions.grids import sweep_blocks
from estimator.web.schemas.scenario import read
from estimator.web.schemas.sweeps import SWEEP_QUESTION


@click.command()
@click.argument("scenario", metavar="FILE|PRESET|-")
@click.option(
    "--axis", "axes", metavar=AXIS, multiple=True, required=True, help="An input and its values, 1 to 4 times."
)
@output_options
def command(scenario: str, axes: tuple[str, ...], form: str | None, output: Path | None) -> None:
    """Compute a grid over one to four inputs: totals, winner and break-evens of every combination.

    An axis is a list, /horizon_months=12,24,36, or a range, /workload/requests_per_month=1e3:1e6:50:log.

    A row that cannot be computed carries its error, and the exit code is 3.
    """
    chosen = format_of(form, output)
    question: dict[str, Any] = {"scenario": read_document(scenario), "axes": [axis_document(each) for each in axes]}
    cells, blocks = sweep_blocks(read(SWEEP_QUESTION, question), open_library())
    with progress(cells, "cells") as bar:
        tally = write_blocks(blocks, chosen, output, bar.update)
    leave(tally)
