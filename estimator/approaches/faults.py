"""Cells of a computation of many that cannot be computed: set apart, each with the words of its own set-up."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from estimator.errors import CellsError, EstimatorError, ImpossibleSetupError
from estimator.hardware.choices import Truth

Thing = TypeVar("Thing")
Found = TypeVar("Found")
Places = npt.NDArray[np.int64]


def refuse_cells(possible: Truth, error_of: Callable[[int], EstimatorError]) -> None:
    """Refuse the cells that are not possible: one cell by its own error, some among many set apart.

    Parameters
    ----------
    possible : a truth, or a column of them
    error_of : says why a cell is not possible

    Raises
    ------
    CellsError : some of many cells are not possible
    EstimatorError : the only cell is not, or none depends on the columns
    """
    truths = np.ravel(possible)
    if truths.all():
        return
    if len(truths) == 1:
        raise error_of(0)
    raise CellsError(np.flatnonzero(~truths).tolist(), error_of)


def computable(
    count: int, compute_some: Callable[[Places], Found], note: Callable[[int, EstimatorError], None] | None = None
) -> tuple[Places, Found | None]:
    """Compute many cells without those that cannot be computed; return which were, and what they come to.

    Parameters
    ----------
    count : how many cells there are
    compute_some : computes some cells, by their places
    note : is told why a cell cannot be computed

    Raises
    ------
    EstimatorError : what they share cannot be computed
    """
    kept = np.arange(count)
    while len(kept):
        try:
            return kept, compute_some(kept)
        except CellsError as refusal:
            if note is not None:
                for cell in refusal.cells:
                    note(int(kept[cell]), refusal.error_of(cell))
            kept = np.delete(kept, refusal.cells)
    return kept, None


def told_alone(
    ask: Callable[..., Any], *parts: Any, told: Callable[[EstimatorError], EstimatorError]
) -> Callable[[int], EstimatorError]:
    """Return what says why one cell is refused, by asking for that cell alone; equal cells are asked once.

    Parameters
    ----------
    ask : raises EstimatorError for a set-up that is not possible
    parts : what it is asked with; numbers and dataclasses, with columns in them
    told : writes a refusal as the scenario has it
    """
    known: dict[tuple[Any, ...], EstimatorError] = {}
    columns = [column for part in parts for column in _columns(part)]

    def error_of(cell: int) -> EstimatorError:
        key = tuple(at_cell(column, cell) for column in columns)
        if key not in known:
            try:
                ask(*(at_cell(part, cell) for part in parts))
            except EstimatorError as error:
                known[key] = told(error)
            else:
                known[key] = told(ImpossibleSetupError("This set-up cannot run as stated. Ask for it alone."))
        return known[key]

    return error_of


def at_cell(thing: Thing, cell: int) -> Thing:
    """Take one cell of a number, a column or a dataclass of them.

    Examples
    --------
    >>> at_cell(np.array([[1.0], [2.0]]), 1), at_cell(3.0, 1)
    (2.0, 3.0)
    """
    if isinstance(thing, np.ndarray):
        flat: npt.NDArray[Any] = thing.ravel()
        entry: Thing = flat[min(cell, len(flat) - 1)].item()
        return entry
    if is_dataclass(thing) and not isinstance(thing, type):
        changed = {
            each.name: at_cell(value, cell)
            for each in fields(thing)
            if isinstance(value := getattr(thing, each.name), np.ndarray)
        }
        return replace(thing, **changed) if changed else thing
    return thing


def _columns(part: Any) -> Iterator[npt.NDArray[Any]]:
    if isinstance(part, np.ndarray):
        yield part
    elif is_dataclass(part):
        yield from (value for each in fields(part) if isinstance(value := getattr(part, each.name), np.ndarray))
