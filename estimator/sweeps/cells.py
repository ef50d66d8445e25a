"""Compute many cells: totals, the cheapest approach, break-even months; an error stays with its cell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.faults import computable
from estimator.break_even.months import STATUSES, ZERO, difference, summarise
from estimator.break_even.reasons import REASONS
from estimator.computation import Computation, baseline_of, compute
from estimator.errors import EstimatorError
from estimator.estimate import open_book, reasons_of_months
from estimator.price_book import Library
from estimator.scenario import Scenario
from estimator.scenario.pointer import with_values
from estimator.sweeps.template import Group, Template, blocks, groups

Values = npt.NDArray[np.float64]
Words = npt.NDArray[np.int8]
UNKNOWN = -1
BREAK_EVEN_COLUMNS = {
    "break_even_status": "status",
    "first_break_even_month": "first",
    "sustained_break_even_month": "sustained",
    "break_even_reason": "reason",
}
"""What the columns of a table hold, by how their names begin: the name of an approach follows."""


@dataclass(frozen=True, slots=True)
class Cells:
    """What many cells come to.

    Parameters
    ----------
    approaches : names in the order of the request
    baseline : the approach the others are compared with
    total_usd : shape (cells, approaches), NaN where a cell cannot be computed
    winner : place of the cheapest approach, the first of equals, -1 where a cell cannot be computed
    first, sustained : break-even month of each approach against the baseline, NaN where there is none; of the
        baseline itself too
    status, reason : of these break-evens: places in STATUSES and REASONS, -1 where there is none
    errors : why a cell cannot be computed, by its place
    """

    approaches: tuple[str, ...]
    baseline: str
    total_usd: Values
    winner: npt.NDArray[np.int64]
    first: Values
    sustained: Values
    status: Words
    reason: Words
    errors: dict[int, EstimatorError]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Write each cell as plain values."""
        others = [at for at, name in enumerate(self.approaches) if name != self.baseline]
        names = [self.approaches[at] for at in others]
        pairs = [zip(*self._break_even(at).values(), strict=True) for at in others]
        months: Iterable[Any] = zip(*pairs, strict=True) if others else repeat(())
        everything = zip(self.total_usd.tolist(), self.winner.tolist(), months, strict=False)
        for place, (totals, winner, found) in enumerate(everything):
            error = self.errors.get(place)
            if error is not None:
                yield {"total_usd": None, "winner": None, "break_even": None, "error": told(error)}
                continue
            yield {
                "total_usd": dict(zip(self.approaches, totals, strict=True)),
                "winner": self.approaches[winner],
                "break_even": {
                    name: {"status": status, "first": first, "sustained": sustained, "reason": reason}
                    for name, (status, first, sustained, reason) in zip(names, found, strict=True)
                },
                "error": None,
            }

    def columns(self) -> dict[str, list[Any]]:
        """Write all cells as flat columns, for tables."""
        flat: dict[str, list[Any]] = {
            f"total_usd {name}": _plain(self.total_usd[:, at]) for at, name in enumerate(self.approaches)
        }
        flat["winner"] = [None if place < 0 else self.approaches[place] for place in self.winner.tolist()]
        for at, name in enumerate(self.approaches):
            if name != self.baseline:
                found = self._break_even(at)
                flat |= {f"{column} {name}": found[field] for column, field in BREAK_EVEN_COLUMNS.items()}
        messages = {place: sentence(told(error)) for place, error in self.errors.items()}
        flat["error"] = [messages.get(place) for place in range(len(self.winner))]
        return flat

    def _break_even(self, at: int) -> dict[str, list[Any]]:
        """Write the break-evens of one approach as columns."""
        return {
            "status": _words(self.status[:, at], STATUSES),
            "first": _plain(self.first[:, at]),
            "sustained": _plain(self.sustained[:, at]),
            "reason": _words(self.reason[:, at], REASONS),
        }


def told(error: EstimatorError) -> dict[str, str]:
    """Write a refusal as pointer and detail.

    Examples
    --------
    >>> told(EstimatorError("/tasks: Must be at least 1, not 0.", "/tasks"))
    {'pointer': '/tasks', 'detail': 'Must be at least 1, not 0.'}
    """
    return {"pointer": error.pointer, "detail": error.message.removeprefix(f"{error.pointer}: ")}


def sentence(error: Mapping[str, str]) -> str:
    """Write a refusal in one cell of a table."""
    return f"{error['pointer']}: {error['detail']}" if error["pointer"] else error["detail"]


def evaluate(template: Template, library: Library, table: Mapping[str, Sequence[Any]], count: int) -> Cells:
    """Compute every cell of a table.

    Parameters
    ----------
    table : values by pointer, one for each cell; None = the value of the template
    count : how many cells there are

    Raises
    ------
    UnknownNameError : nothing can stand at a pointer
    """
    cells = _blank(tuple(template.scenario.approaches), baseline_of(template.scenario), count)
    for group in groups(template, table, count):
        if group.error is not None:
            cells.errors.update(dict.fromkeys(group.places.tolist(), group.error))
            continue
        for block in blocks(group):
            for part, computed in computed_parts(block, library, cells.errors):
                _fill(cells, part.places, computed)
    return replace(cells, winner=cheapest(cells.total_usd))


def _blank(approaches: tuple[str, ...], baseline: str, count: int) -> Cells:
    shape = (count, len(approaches))
    total, first, sustained = (np.full(shape, np.nan) for _ in range(3))
    status, reason = (np.full(shape, UNKNOWN, dtype=np.int8) for _ in range(2))
    return Cells(approaches, baseline, total, np.full(count, UNKNOWN), first, sustained, status, reason, {})


def computed_parts(
    block: Group, library: Library, errors: dict[int, EstimatorError]
) -> Iterator[tuple[Group, Computation]]:
    """Compute a block without the cells that cannot be computed, whose errors are noted."""
    scenario = block.scenario
    if scenario is None or not len(block.places):
        return

    def note(cell: int, error: EstimatorError) -> None:
        errors[int(block.places[cell])] = error

    try:
        kept, computed = computable(
            len(block.places), lambda cells: _compute(scenario, library, block.some(cells).columns), note
        )
    except EstimatorError as error:
        if len(block.places) == 1 or _stands_alone(scenario, library, error):
            errors |= dict.fromkeys(block.places.tolist(), error)
            return
        for half in np.array_split(np.arange(len(block.places)), 2):
            yield from computed_parts(block.some(half), library, errors)
        return
    if computed is not None:
        yield block.some(kept), computed


def _stands_alone(scenario: Scenario, library: Library, error: EstimatorError) -> bool:
    """Tell whether an error belongs to what the cells share: the scenario without their numbers has it too."""
    try:
        _compute(scenario, library, {})
    except EstimatorError as other:
        return (other.pointer, other.message) == (error.pointer, error.message)
    return False


def _compute(scenario: Scenario, library: Library, columns: Mapping[str, Any]) -> Computation:
    return compute(with_values(scenario, columns), open_book(scenario, library))


def _fill(cells: Cells, places: npt.NDArray[np.int64], computed: Computation) -> None:
    base = computed.curves[computed.baseline]
    for at, (name, curve) in enumerate(computed.curves.items()):
        cells.total_usd[places, at] = curve.total_usd
        if name != computed.baseline:
            found = summarise(difference(curve, base))
            cells.first[places, at] = found.first
            cells.sustained[places, at] = found.sustained
            cells.status[places, at] = found.status
            cells.reason[places, at] = reasons_of_months(computed, (name, computed.baseline), found).place


def cheapest(total_usd: Values) -> npt.NDArray[np.int64]:
    """Find the place of the cheapest approach of each cell, the first of equals, -1 where nothing is known.

    Examples
    --------
    >>> cheapest(np.array([[2.0, 1.0], [3.0, 3.0], [np.nan, np.nan]])).tolist()
    [1, 0, -1]
    """
    known = ~np.isnan(total_usd).any(axis=1)
    lowest = total_usd.min(axis=1, keepdims=True)
    place = np.argmax(total_usd <= lowest + ZERO * np.abs(lowest), axis=1)
    return np.where(known, place, -1)


def _words(places: Words, words: Sequence[str]) -> list[str | None]:
    """Write places in a list of words; the last of the list below is met by -1."""
    listed = [*words, None]
    return [listed[place] for place in places.tolist()]


def _plain(values: Values) -> list[float | None]:
    known = ~np.isnan(values)
    listed: list[float | None] = values.tolist()
    if known.all():
        return listed
    return [value if there else None for value, there in zip(listed, known.tolist(), strict=True)]
