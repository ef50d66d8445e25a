"""Every combination of the values of a few inputs, streamed in blocks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from estimator.errors import EstimatorError, ScenarioError
from estimator.price_book import Library
from estimator.scenario import Scenario
from estimator.scenario.pointer import at_base, input_at
from estimator.sweeps.axes import Axis, check_values
from estimator.sweeps.cells import Cells, evaluate
from estimator.sweeps.template import Template

MOST_AXES = 4
MOST_CELLS = 10_000_000
BLOCK_ROWS = 8192
FEW_APPROACHES = 4
"""Up to so many, a block has all its rows; beyond, rows are longer and blocks have fewer."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a sweep: the first axis changes slowest.

    Parameters
    ----------
    start : place of the first row among all
    axes : value of each row by pointer
    cells : what the rows come to
    """

    start: int
    axes: dict[str, list[Any]]
    cells: Cells

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.cells.winner)

    @property
    def failed(self) -> int:
        """How many rows carry an error."""
        return len(self.cells.errors)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Write each row as plain values."""
        values = zip(*self.axes.values(), strict=True)
        for each, row in zip(values, self.cells.rows(), strict=True):
            yield {"values": dict(zip(self.axes, each, strict=True)), **row}

    def columns(self) -> dict[str, list[Any]]:
        """Write the rows as flat columns, for tables."""
        return {**self.axes, **self.cells.columns()}


def sweep(
    scenario: Scenario, library: Library, axes: Sequence[Axis], read: Callable[[Any], Scenario] | None = None
) -> Iterator[Block]:
    """Compute a grid over one to four inputs.

    Everything is checked before the first block is computed. A cell that cannot be computed carries its error.

    Parameters
    ----------
    scenario : the template; ranges stand at their most likely value
    axes : inputs and their values
    read : reads a document as a scenario, needed for axes whose values are no numbers

    Raises
    ------
    ScenarioError : too many axes or cells, an axis twice, a value outside its legal range
    UnknownNameError : nothing can stand at a pointer
    """
    template = Template(at_base(scenario), read)
    _check(template, axes)
    return _stream(template, library, axes)


def _check(template: Template, axes: Sequence[Axis]) -> None:
    if not 1 <= len(axes) <= MOST_AXES:
        raise ScenarioError(f"A sweep takes 1 to {MOST_AXES} axes, not {len(axes)}.", "/axes")
    if len({axis.pointer for axis in axes}) < len(axes):
        raise ScenarioError("Two axes vary the same input.", "/axes")
    for place, axis in enumerate(axes):
        if not axis.values:
            raise ScenarioError("An axis needs at least one value.", f"/axes/{place}/values")
        try:
            template.number_at(axis.pointer)
        except EstimatorError as error:
            error.pointer = f"/axes/{place}/pointer"
            raise
        try:
            declared = input_at(template.scenario, axis.pointer)
        except ScenarioError:
            continue
        check_values(declared, axis.values, f"/axes/{place}/values")
    cells = prod(len(axis.values) for axis in axes)
    if cells > MOST_CELLS:
        raise ScenarioError(f"A sweep computes at most {MOST_CELLS:,} cells, not {cells:,}.", "/axes")


def _stream(template: Template, library: Library, axes: Sequence[Axis]) -> Iterator[Block]:
    lengths = tuple(len(axis.values) for axis in axes)
    kept = [_as_array(axis.values) for axis in axes]
    cells = prod(lengths)
    size = max(1, BLOCK_ROWS * FEW_APPROACHES // max(FEW_APPROACHES, len(template.scenario.approaches)))
    for start in range(0, cells, size):
        places = np.unravel_index(np.arange(start, min(start + size, cells)), lengths)
        table = {axis.pointer: values[place] for axis, values, place in zip(axes, kept, places, strict=True)}
        found = evaluate(template, library, table, len(places[0]))
        yield Block(start, {pointer: each.tolist() for pointer, each in table.items()}, found)


def _as_array(values: Sequence[Any]) -> Any:
    """Keep numbers as an array of floats, everything else as it is."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return np.asarray(values, dtype=float)
    kept = np.empty(len(values), dtype=object)
    kept[:] = values
    return kept
