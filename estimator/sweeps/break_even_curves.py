"""Where the cheaper approach changes, as a curve over one input or a surface over two."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.break_even.months import STATUSES, crossings, difference, summarise
from estimator.break_even.scan import SCAN_POINTS, UNCOMPUTABLE, gap_between, roots_along
from estimator.computation import Computation, compute, known_totals
from estimator.errors import EstimatorError, ScenarioError, UnknownNameError
from estimator.estimate import reasons_of_months
from estimator.price_book import Library, PriceBook
from estimator.scenario import Scenario
from estimator.scenario.pointer import at_base, input_at, value_at, with_values
from estimator.sweeps.axes import Axis
from estimator.sweeps.cells import cheapest, computed_parts
from estimator.sweeps.template import Group, Template, blocks, groups

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
MONTH = "month"
REACH = 100.0
"""How far from today's value, both ways, roots along an input are looked for."""
MOST_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class BreakEvenCurve:
    """Every root y(x).

    Parameters
    ----------
    x : values of the first input
    y : every root at each x, ascending; empty where there is none
    reasons : why there is none, None where there is one
    searched : ends between which y was looked for, None for the month
    errors : why the scenario cannot be computed at some x, by place
    """

    x: tuple[float, ...]
    y: tuple[tuple[float, ...], ...]
    reasons: tuple[str | None, ...]
    searched: tuple[float, float] | None = None
    errors: Mapping[int, EstimatorError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BreakEvenSurface:
    """The first root y(x, z), and the cheapest approach.

    Parameters
    ----------
    x, z : values of the two inputs
    y : first root, one list for each z; None where there is none
    reasons : why there is none
    winner : cheapest approach over the horizon, one list for each z; None where nothing can be computed
    errors : why the scenario cannot be computed, by the places of x and z
    """

    x: tuple[float, ...]
    z: tuple[float, ...]
    y: tuple[tuple[float | None, ...], ...]
    reasons: tuple[tuple[str | None, ...], ...]
    winner: tuple[tuple[str | None, ...], ...]
    searched: tuple[float, float] | None = None
    errors: Mapping[tuple[int, int], EstimatorError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Found:
    """Roots and cheapest approach of every cell, and why some cannot be computed."""

    roots: list[tuple[float, ...]]
    reasons: list[str | None]
    winner: list[str | None]
    errors: dict[int, EstimatorError]


def break_even_curve(
    scenario: Scenario,
    library: Library,
    pair: tuple[str, str],
    x: Axis,
    y: str = MONTH,
    between: tuple[float, float] | None = None,
) -> BreakEvenCurve:
    """Find every break-even along y for each value of x; an x at which nothing can be computed has a reason of its own.

    Parameters
    ----------
    pair : candidate and baseline
    x : the first input and its values
    y : "month", or the pointer of a second input
    between : ends between which y is looked for; None = a hundredth to a hundred times today's value, where legal

    Raises
    ------
    EstimatorError : the question cannot be asked, or the scenario cannot be computed at any x
    """
    ends = None if y == MONTH else search_ends(scenario, y, between)
    found = _find(at_base(scenario), library, pair, {x.pointer: list(x.values)}, len(x.values), y, ends)
    return BreakEvenCurve(x.values, tuple(found.roots), tuple(found.reasons), ends, dict(sorted(found.errors.items())))


def break_even_surface(
    scenario: Scenario,
    library: Library,
    pair: tuple[str, str],
    x: Axis,
    z: Axis,
    y: str = MONTH,
    between: tuple[float, float] | None = None,
) -> BreakEvenSurface:
    """Find the first break-even along y, and the cheapest approach, for each pair of values of x and z.

    Raises
    ------
    EstimatorError : the question cannot be asked, or the scenario cannot be computed at any x and z
    """
    if x.pointer == z.pointer:
        raise ScenarioError("x and z vary the same input.", "/z/pointer")
    ends = None if y == MONTH else search_ends(scenario, y, between)
    width = len(x.values)
    table = {x.pointer: list(x.values) * len(z.values), z.pointer: [each for each in z.values for _ in range(width)]}
    found = _find(at_base(scenario), library, pair, table, width * len(z.values), y, ends)

    def rows(flat: Sequence[str | None]) -> tuple[tuple[str | None, ...], ...]:
        return tuple(tuple(flat[start : start + width]) for start in range(0, len(flat), width))

    first = [roots[0] if roots else None for roots in found.roots]
    return BreakEvenSurface(
        x=x.values,
        z=z.values,
        y=tuple(tuple(first[start : start + width]) for start in range(0, len(first), width)),
        reasons=rows(found.reasons),
        winner=rows(found.winner),
        searched=ends,
        errors={(place % width, place // width): error for place, error in sorted(found.errors.items())},
    )


def search_ends(scenario: Scenario, pointer: str, between: tuple[float, float] | None) -> tuple[float, float]:
    """Choose the ends between which roots along an input are looked for, inside its legal range.

    Raises
    ------
    ScenarioError : the ends are in the wrong order or outside the legal range
    """
    declared = input_at(scenario, pointer)
    if declared.fixed:
        raise ScenarioError(f"{pointer} shapes the calculation: no root can be looked for along it.", "/y")
    if between is not None:
        low, high = between
        if low >= high:
            raise ScenarioError("from must lie below to.", "/y")
        if declared.kind == "whole":
            low, high = float(np.ceil(low)), float(np.floor(high))
        words = "No whole number lies between from and to." if low > high else None
        words = words or declared.objection(low) or declared.objection(high)
        if words:
            raise ScenarioError(words, "/y")
        return low, high
    today = value_at(at_base(scenario), pointer)
    least = 0.0 if declared.low is None else declared.low
    most = np.inf if declared.high is None else declared.high
    if declared.unit == "1" and most <= 1.0:
        low, high = least, most
    elif today:
        low, high = max(float(today) / REACH, least), min(float(today) * REACH, most)
    else:
        raise ScenarioError("Say between which values to look: today's value is 0 or not stated.", "/y")
    if declared.kind == "whole":
        return float(np.ceil(low)), float(np.floor(high))
    width = high - low
    return low + width * 1e-9 * declared.low_open, high - width * 1e-9 * declared.high_open


def _find(
    scenario: Scenario,
    library: Library,
    pair: tuple[str, str],
    table: dict[str, list[float]],
    count: int,
    y: str,
    ends: tuple[float, float] | None,
) -> _Found:
    for place, name in enumerate(pair):
        if name not in scenario.approaches:
            raise UnknownNameError("approach", name, scenario.approaches, ("/candidate", "/baseline")[place])
    work = count * (scenario.horizon_months if ends is None else SCAN_POINTS)
    if work > MOST_CELLS:
        raise ScenarioError(f"{count:,} points are too many here: ask for at most {count * MOST_CELLS // work:,}.")
    found = _Found([()] * count, [None] * count, [None] * count, {})
    for group in groups(Template(scenario), table, count):
        if group.error is not None:
            found.errors.update(dict.fromkeys(group.places.tolist(), group.error))
            continue
        for block in blocks(group):
            for part, computed in computed_parts(block, library, found.errors):
                _fill(part, computed, pair, y, ends, found)
    if len(found.errors) == count:
        raise found.errors[0]
    for place in found.errors:
        found.reasons[place] = UNCOMPUTABLE
    return found


def _fill(
    part: Group, computed: Computation, pair: tuple[str, str], y: str, ends: tuple[float, float] | None, found: _Found
) -> None:
    names = tuple(computed.curves)
    totals = np.column_stack([np.broadcast_to(each.total_usd, len(part.places)) for each in computed.curves.values()])
    for place, winner in zip(part.places.tolist(), cheapest(totals).tolist(), strict=True):
        found.winner[place] = names[winner]
    if ends is None:
        _in_time(computed, pair, part.places, found)
        return
    for place, roots, reason in _along(part, computed.setting.book, pair, y, ends):
        found.roots[place], found.reasons[place] = roots, reason


def _in_time(computed: Computation, pair: tuple[str, str], places: Places, found: _Found) -> None:
    gap = difference(computed.curves[pair[0]], computed.curves[pair[1]])
    summary = summarise(gap)
    whys, status = reasons_of_months(computed, pair, summary), summary.status
    for at, place in enumerate(places.tolist()):
        cell = at if len(status) > 1 else 0
        word = STATUSES[status[cell]]
        found.roots[place] = tuple(each.month for each in crossings(gap, cell))
        if not found.roots[place]:
            why = whys.at(cell)
            found.reasons[place] = word if why is None else why.code


def _along(
    block: Group, book: PriceBook, pair: tuple[str, str], y: str, ends: tuple[float, float]
) -> Iterator[tuple[int, tuple[float, ...], str | None]]:
    """Find every change of sign along y, for all cells of a block at once."""

    def gap(cells: Places, points: Values) -> tuple[Values, Values]:
        def some(kept: Places) -> Computation:
            columns = {pointer: each[cells[kept]] for pointer, each in block.columns.items()} | {y: points[kept, None]}
            return compute(with_values(shared, columns), book)

        usd = known_totals(pair, len(points), some)
        return gap_between(usd[pair[0]], usd[pair[1]])

    shared: Any = block.scenario
    whole = input_at(shared, y).kind == "whole"
    for at, (roots, reason) in enumerate(roots_along(gap, len(block.places), ends, whole=whole)):
        yield int(block.places[at]), roots, reason
