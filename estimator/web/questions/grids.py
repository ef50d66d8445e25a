"""Sweeps, portfolios, curves and searches as they are asked for, by the API and by the command line."""

from collections.abc import Iterable, Iterator
from math import prod
from typing import Any

import numpy as np

from estimator.errors import EstimatorError, ScenarioError
from estimator.estimate import open_book
from estimator.options import Offering, search_options, write_options
from estimator.price_book import Library, PriceBook
from estimator.scenario import Scenario
from estimator.scenario.pointer import input_at
from estimator.sweeps import (
    Answered,
    Axis,
    Block,
    break_even_curve,
    break_even_surface,
    portfolio,
    read_csv,
    read_json_lines,
    spaced,
    sweep,
)
from estimator.sweeps.break_even_curves import MONTH
from estimator.sweeps.cells import told
from estimator.sweeps.grid import BLOCK_ROWS
from estimator.web.documents import read_json
from estimator.web.schemas.curves import USUAL_POINTS
from estimator.web.schemas.options import USUAL_MOST
from estimator.web.schemas.scenario import read_scenario

MOST_GROUPS = 5_000
"""Scenarios of one sweep that are computed one by one: some ten seconds of one core."""
NARROWED = ("models", "services", "base_models", "methods", "gpus", "success_rates")
"""What of the price book is looked through."""


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
    blocks = sweep(scenario, library, axes, read_scenario)
    groups = 0 if most_cells is None else _groups(scenario, axes)
    if groups > MOST_GROUPS:
        raise ScenarioError(
            f"Inputs that shape the calculation, such as horizons and models, are computed one by one: these axes make "
            f"{groups:,} scenarios, and {MOST_GROUPS:,} are computed here. Name fewer values.",
            "/axes",
        )
    return cells, blocks


def _groups(scenario: Scenario, axes: list[Axis]) -> int:
    """Count the scenarios that are computed one by one: the combinations of shaping inputs in each block."""
    lengths = tuple(len(axis.values) for axis in axes)
    cells = np.arange(prod(lengths))
    combination = cells // BLOCK_ROWS
    for axis, places in zip(axes, np.unravel_index(cells, lengths), strict=True):
        if _shapes(scenario, axis):
            combination = combination * len(axis.values) + places
    return len(np.unique(combination))


def _shapes(scenario: Scenario, axis: Axis) -> bool:
    """Tell whether the values of an axis cannot be columns of one calculation."""
    try:
        return input_at(scenario, axis.pointer).fixed
    except ScenarioError:
        return True


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
    if not comma_separated:
        return portfolio(read_json_lines(lines, _read_line), library, read_scenario, template)
    try:
        return portfolio(read_csv(lines), library, read_scenario, template)
    except EstimatorError as refusal:
        raise refusal.below("/csv") from None


def _read_line(line: str) -> Any:
    return read_json(line.encode("utf-8", "surrogatepass"))


def write_curve(asked: dict[str, Any], library: Library) -> dict[str, Any]:
    """Find the break-evens along a curve or over a surface, as plain values.

    Raises
    ------
    EstimatorError : the question cannot be asked, or nothing of it can be computed
    """
    scenario = asked["scenario"]
    pair = (asked["candidate"], asked["baseline"])
    y, search = asked.get("y", MONTH), asked.get("y_search")
    between = (search["from"], search["to"]) if search else None
    x = axis_of(scenario, asked["x"], "/x")
    if not asked.get("z"):
        curve = break_even_curve(scenario, library, pair, x, y, between)
        return {
            "x": curve.x,
            "y": curve.y,
            "reasons": curve.reasons,
            "searched": curve.searched,
            "errors": [{"x": place, **told(error)} for place, error in curve.errors.items()],
        }
    surface = break_even_surface(scenario, library, pair, x, axis_of(scenario, asked["z"], "/z"), y, between)
    return {
        "x": surface.x,
        "z": surface.z,
        "y": surface.y,
        "reasons": surface.reasons,
        "winner": surface.winner,
        "searched": surface.searched,
        "errors": [{"x": at_x, "z": at_z, **told(error)} for (at_x, at_z), error in surface.errors.items()],
    }


def write_search(asked: dict[str, Any], library: Library) -> dict[str, Any]:
    """Search the options of the price book, as plain values.

    Raises
    ------
    EstimatorError : the scenario has no template, or a name stands in no table
    """
    narrowed: dict[str, Any] = {name: asked[name] for name in NARROWED if asked.get(name) is not None}
    try:
        found = search_options(asked["scenario"], library, Offering(**narrowed))
    except EstimatorError as refusal:
        in_question = refusal.pointer.startswith(tuple(f"/{name}/" for name in NARROWED))
        raise refusal if in_question else refusal.below("/scenario") from None
    return write_options(found, asked.get("most", USUAL_MOST))
