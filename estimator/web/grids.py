"""Sweeps, portfolios and break-even curves as they are asked for, by the API and by the command line."""

from collections.abc import Iterable, Iterator
from math import prod
from typing import Any

from estimator.errors import EstimatorError, ScenarioError
from estimator.estimate import open_book
from estimator.price_book import Library, PriceBook
from estimator.scenario import Scenario
from estimator.sweeps import Answered, Axis, Block, portfolio, read_csv, read_json_lines, spaced, sweep
from estimator.web.documents import read_json
from estimator.web.schemas.curves import USUAL_POINTS
from estimator.web.schemas.scenario import read_scenario


def book_for(scenario: Scenario, library: Library, pointer: str = "/scenario") -> PriceBook:
    """Open the price book of a scenario that stands inside a question.

    Raises
    ------
    EstimatorError : there is no such book; the pointer says where in the question
    """
    try:
        return open_book(scenario, library)
    except EstimatorError as refusal:
        raise refusal.below(pointer) from None


def axis_of(scenario: Scenario, asked: dict[str, Any], pointer: str) -> Axis:
    """Return the values of one input: listed, or evenly spaced.

    Raises
    ------
    EstimatorError : both or neither is stated, or the values cannot stand there
    """
    stated, ends = asked.get("values"), (asked.get("from"), asked.get("to"))
    if (stated is None) == (None in ends):
        raise ScenarioError("An axis takes either values, or from and to.", pointer)
    if stated is not None:
        return Axis(asked["pointer"], tuple(stated))
    points, scale = asked.get("points", USUAL_POINTS), asked.get("scale", "linear")
    try:
        return spaced(scenario, asked["pointer"], asked["from"], asked["to"], points, scale)
    except EstimatorError as refusal:
        inside = refusal.pointer in ("/from", "/to", "/points")
        refusal.pointer = f"{pointer}{refusal.pointer}" if inside else f"{pointer}/pointer"
        raise


def sweep_blocks(asked: dict[str, Any], library: Library, most_cells: int | None = None) -> tuple[int, Iterator[Block]]:
    """Return how many cells a sweep has, and its rows in blocks.

    Raises
    ------
    EstimatorError : it cannot be computed as asked; nothing has been computed then
    """
    scenario = asked["scenario"]
    axes = [axis_of(scenario, each, f"/axes/{place}") for place, each in enumerate(asked["axes"])]
    cells = prod(len(axis.values) for axis in axes)
    if most_cells is not None and cells > most_cells:
        raise ScenarioError(f"A sweep takes at most {most_cells} cells here, not {cells}.", "/axes")
    return cells, sweep(scenario, library, axes, read_scenario)


def portfolio_blocks(
    lines: Iterable[str], library: Library, template: Scenario | None, *, comma_separated: bool
) -> Iterator[Answered]:
    """Return the answers to the rows of a table in blocks.

    Raises
    ------
    ScenarioError : the table has no clear header, or a CSV table no template
    """
    if comma_separated and template is None:
        raise ScenarioError("A CSV table needs a template.", "/template")
    rows = read_csv(lines) if comma_separated else read_json_lines(lines, _read_line)
    return portfolio(rows, library, read_scenario, template)


def _read_line(line: str) -> Any:
    return read_json(line.encode("utf-8", "surrogatepass"))
