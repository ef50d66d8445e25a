"""Each input at a low and a high value, the others at the base case: what moves difference, month and traffic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.faults import computable
from estimator.break_even.months import STATUSES, ZERO, Difference, difference, summarise
from estimator.break_even.scan import UNCOMPUTABLE, gap_between, roots_along
from estimator.computation import TRAFFIC, Computation, compute, known_totals
from estimator.errors import EstimatorError, ScenarioError
from estimator.estimate import reasons_of_months
from estimator.price_book import PriceBook
from estimator.scenario import Scenario, Staged
from estimator.scenario.inputs import Input
from estimator.scenario.pointer import at_base, input_at, numbers_in, value_at, with_values
from estimator.uncertainty.distributions import value_at_chance
from estimator.uncertainty.inputs import uncertain_inputs

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
RANGE = "P10 to P90"
"""Between which quantiles an input with a range is moved."""
USUAL_SHARE = 0.2
"""An input without a range is moved by this share of its value, both ways."""
Found = tuple[float | None, str | None]
"""A break-even, or why there is none."""
REACH = 1e4
"""How far beyond today's traffic a break-even traffic is looked for where cost bends."""


@dataclass(frozen=True, slots=True)
class Lever:
    """One input, and between which values it is moved.

    Parameters
    ----------
    pointer : where it stands
    base, low, high : its value, and the two it is moved to
    basis : "P10 to P90" of a range, or "20 % either way"
    """

    pointer: str
    base: float
    low: float
    high: float
    basis: str


@dataclass(frozen=True, slots=True)
class Bar:
    """What one input moves.

    Parameters
    ----------
    lever : the input
    usd : C_candidate(T) - C_baseline(T) at its low and its high value
    month : first break-even month at both, None where it is never reached or is lost again
    requests_per_month : first break-even traffic at both, None where there is none
    why_no_month, why_no_traffic : the reason of each None
    """

    lever: Lever
    usd: tuple[float, float]
    month: tuple[float | None, float | None]
    requests_per_month: tuple[float | None, float | None]
    why_no_month: tuple[str | None, str | None]
    why_no_traffic: tuple[str | None, str | None]

    @property
    def swing_usd(self) -> float:
        """How far the input moves the difference."""
        return abs(self.usd[1] - self.usd[0])


def levers_of(scenario: Scenario, looked_up: Mapping[str, Any] | None = None) -> tuple[Lever, ...]:
    """List every number of a scenario that can be moved: ranges from P10 to P90, others by 20 % either way.

    Parameters
    ----------
    scenario : the question
    looked_up : numbers that were read from the price book because none was stated, by pointer
    """
    found = []
    for each in uncertain_inputs(scenario):
        base = 0.5 if each.calibrated else each.distribution.base
        low, high = value_at_chance(each.distribution, np.array([0.1, 0.9]), each.declared).tolist()
        found.append(Lever(each.pointer, base, low, high, RANGE))
    numbers = numbers_in(scenario)
    numbers |= {pointer: value for pointer, value in (looked_up or {}).items() if type(value) is float}
    for pointer, value in numbers.items():
        declared = _movable(scenario, pointer)
        if declared is None or value == 0:
            continue
        low, high = (_inside(declared, value * (1.0 + change)) for change in (-USUAL_SHARE, USUAL_SHARE))
        if low < high:
            found.append(Lever(pointer, float(value), low, high, "20 % either way"))
    return tuple(found)


def _movable(scenario: Scenario, pointer: str) -> Input | None:
    try:
        declared = input_at(scenario, pointer)
    except ScenarioError:
        return None
    return None if declared.fixed else declared


def _inside(declared: Input, value: float) -> float:
    """Move a value into its legal range, a count to one at least; whole ones to the next whole number."""
    if declared.kind == "whole":
        value = float(np.rint(value))
    low, high = declared.low, declared.high
    if declared.counted:
        low = max(low or 0.0, 1.0)
    if low is not None and value <= low:
        return low if not declared.low_open else low + 1e-9
    if high is not None and value >= high:
        return high if not declared.high_open else high - 1e-9
    return value


def tornado(
    scenario: Scenario,
    book: PriceBook,
    base: Computation,
    pair: tuple[str, str],
    levers: Sequence[Lever],
    *,
    traffic: bool = True,
) -> tuple[Bar, ...]:
    """Move each input alone, and sort by how far it moves the difference at the horizon.

    What the calculation decided by itself at the base case is kept. An input that moves nothing is left out, and so is
    one at whose low or high value nothing can be computed.

    Parameters
    ----------
    pair : candidate and baseline
    traffic : whether to look for the break-even traffic too
    """
    scenario = at_base(scenario)
    try:
        return _bars(scenario, book, base, pair, levers, traffic=traffic)
    except EstimatorError:
        kept = [lever for lever in levers if _computable(scenario, book, base, lever)]
        return _bars(scenario, book, base, pair, kept, traffic=traffic)


def _computable(scenario: Scenario, book: PriceBook, base: Computation, lever: Lever) -> bool:
    """Tell whether the scenario can be computed at both values of an input."""
    ends = {lever.pointer: np.array([[lever.low], [lever.high]])}
    try:
        compute(with_values(scenario, ends), book, base.setting.choices.taken)
    except EstimatorError:
        return False
    return True


def _bars(
    scenario: Scenario,
    book: PriceBook,
    base: Computation,
    pair: tuple[str, str],
    levers: Sequence[Lever],
    *,
    traffic: bool,
) -> tuple[Bar, ...]:
    if not levers:
        return ()
    columns = {}
    for place, lever in enumerate(levers):
        column = np.full((2 * len(levers), 1), lever.base)
        column[2 * place, 0], column[2 * place + 1, 0] = lever.low, lever.high
        columns[lever.pointer] = column

    def some(cells: Places) -> Computation:
        here = {pointer: column[cells] for pointer, column in columns.items()}
        return compute(with_values(scenario, here), book, base.setting.choices.taken)

    able, computed = computable(2 * len(levers), some)
    if computed is None or len(able) < 2 * len(levers):
        moved = [lever for place, lever in enumerate(levers) if np.isin((2 * place, 2 * place + 1), able).all()]
        return _bars(scenario, book, base, pair, moved, traffic=traffic)
    gap = difference(computed.curves[pair[0]], computed.curves[pair[1]])
    usd = gap.usd[:, -1]
    if len(usd) == 1:
        return ()
    months = _months(computed, pair, gap)
    nothing: list[Found] = [(None, None)] * len(usd)
    demand = _break_even_traffic(scenario, book, base, pair, columns) if traffic else nothing
    bars = []
    for place, lever in enumerate(levers):
        ends = slice(2 * place, 2 * place + 2)
        (low, low_why), (high, high_why) = months[ends]
        (few, few_why), (many, many_why) = demand[ends]
        at_low, at_high = usd[ends].tolist()
        bars.append(Bar(lever, (at_low, at_high), (low, high), (few, many), (low_why, high_why), (few_why, many_why)))
    scale = ZERO * float(max(np.abs(curve.after_usd).max() for curve in computed.curves.values()))
    return tuple(sorted((bar for bar in bars if bar.swing_usd > scale), key=lambda bar: -bar.swing_usd))


def _months(computed: Computation, pair: tuple[str, str], gap: Difference) -> list[Found]:
    """Return the first break-even month of every cell; a lead that is lost, or that never was, has none."""
    summary = summarise(gap)
    reasons = reasons_of_months(computed, pair, summary)
    found: list[Found] = []
    for cell, (place, month) in enumerate(zip(summary.status.tolist(), summary.first.tolist(), strict=True)):
        status, why = STATUSES[place], reasons.at(cell)
        if status in ("tie", "lost"):
            found.append((None, status))
        else:
            found.append((None, None if why is None else why.code) if np.isnan(month) else (month, None))
    return found


def _break_even_traffic(
    scenario: Scenario, book: PriceBook, base: Computation, pair: tuple[str, str], columns: Mapping[str, Values]
) -> list[Found]:
    """Find the first break-even traffic of every cell: from two points where cost is straight, by a scan elsewhere."""
    held = base.setting.choices.taken
    others = {pointer: column for pointer, column in columns.items() if pointer != TRAFFIC}
    count = len(next(iter(columns.values())))

    def gap(cells: Places, points: Values) -> tuple[Values, Values]:
        def some(kept: Places) -> Computation:
            chosen = {pointer: column[cells[kept]] for pointer, column in others.items()}
            return compute(with_values(scenario, chosen | {TRAFFIC: points[kept, None]}), book, held)

        usd = known_totals(pair, len(points), some)
        return gap_between(usd[pair[0]], usd[pair[1]])

    today = float(value_at(scenario, TRAFFIC))
    if _bends(scenario, base):
        found = roots_along(gap, count, (1.0, max(today, 1e4) * REACH))
        return [(roots[0] if roots else None, why) for roots, why in found]
    cells = np.arange(count)
    unit = max(today, 1e6)
    start, zero = gap(cells, np.zeros(count))
    rise = gap(cells, np.full(count, unit))[0] - start
    straight = (np.abs(rise) > zero) & (start * rise < 0)
    level = np.where(np.abs(start) > zero, start, np.where(np.abs(rise) > zero, rise, 0.0))
    unknown = np.isnan(start + rise)
    why = np.select([unknown, level < 0, level > 0], [UNCOMPUTABLE, "always_cheaper", "never_cheaper"], "tie").tolist()
    with np.errstate(divide="ignore", invalid="ignore"):
        roots = (-start / rise * unit).tolist()
    return [(root, None) if there else (None, reason) for root, there, reason in zip(roots, straight, why, strict=True)]


def _bends(scenario: Scenario, base: Computation) -> bool:
    """Tell whether some cost bends or jumps in the traffic."""
    searched = any(isinstance(plan, Staged) and plan.switch_month is None for plan in scenario.approaches.values())
    capped = scenario.workload.max_requests_per_month is not None
    return searched or capped or any(bill.curved or bill.breaks for bill in base.bills.values())
