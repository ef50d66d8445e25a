"""What would change the recommendation: the nearest crossing in each input, as a factor of today's value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.break_even.months import ZERO
from estimator.computation import compute
from estimator.errors import EstimatorError, ScenarioError
from estimator.price_book import PriceBook
from estimator.scenario import Scenario
from estimator.scenario.inputs import Input
from estimator.scenario.pointer import input_at, numbers_in, with_values

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
REACH = 100.0
STEPS = 40
"""Factors looked at on either side of today's value."""
BISECTIONS = 44
MOST_FLIPS = 12
BLOCK_CELLS = 2**17


@dataclass(frozen=True, slots=True)
class Flip:
    """One input whose change alone makes another approach cheaper.

    Parameters
    ----------
    pointer : the input
    today, at : its value, and where the order changes; of a whole input, the first value with the other order
    to : the approach that is cheaper beyond
    """

    pointer: str
    today: float
    at: float
    to: str

    @property
    def factor(self) -> float:
        """The crossing as a factor of today's value."""
        return self.at / self.today


@dataclass(frozen=True, slots=True)
class _Dial:
    """One input and the factors, on one side of today, that stay in its legal range; the nearest first."""

    pointer: str
    today: float
    values: Values
    whole: bool = False


def flips_of(
    scenario: Scenario, book: PriceBook, best: str, rivals: Sequence[str], looked_up: Mapping[str, Any]
) -> tuple[Flip, ...]:
    """Find, for each input alone, the nearest value at which a rival becomes cheaper than the best approach.

    Parameters
    ----------
    scenario : the question at its base case
    best : the approach recommended
    rivals : the feasible others
    looked_up : numbers that were looked up or computed because none was stated, by pointer
    """
    dials = _dials(scenario, looked_up)
    try:
        return _search(scenario, book, best, rivals, dials)
    except EstimatorError:
        return _search(scenario, book, best, rivals, _computable(scenario, book, dials))


def _computable(scenario: Scenario, book: PriceBook, dials: Sequence[_Dial]) -> list[_Dial]:
    """Shorten each dial to the values, from today outwards, at which the scenario can be computed."""

    def works(dial: _Dial, count: int) -> bool:
        try:
            compute(with_values(scenario, {dial.pointer: dial.values[:count, None]}), book)
        except EstimatorError:
            return False
        return True

    kept = []
    for dial in dials:
        count, step = 0, len(dial.values)
        while step:
            if count + step <= len(dial.values) and works(dial, count + step):
                count += step
            step //= 2
        if count:
            kept.append(replace(dial, values=dial.values[:count]))
    return kept


def _search(
    scenario: Scenario, book: PriceBook, best: str, rivals: Sequence[str], dials: Sequence[_Dial]
) -> tuple[Flip, ...]:
    if not rivals or not dials:
        return ()

    def lead(owner: Places, values: Values) -> tuple[Values, Values, Places]:
        """Return how much the cheapest rival costs more than the best, what counts as nothing, and that rival."""
        columns: dict[str, Values] = {}
        for place in np.unique(owner):
            dial = dials[place]
            column = columns.setdefault(dial.pointer, np.full((len(owner), 1), dial.today))
            column[owner == place, 0] = values[owner == place]
        curves = compute(with_values(scenario, columns), book).curves
        mine = np.broadcast_to(curves[best].total_usd, len(owner))
        others = np.array([np.broadcast_to(curves[name].total_usd, len(owner)) for name in rivals])
        cheapest = others.argmin(axis=0)
        rival = others.min(axis=0)
        return rival - mine, ZERO * np.maximum(np.abs(rival), np.abs(mine)), cheapest

    owner = np.repeat(np.arange(len(dials)), [len(dial.values) for dial in dials])
    values = np.concatenate([dial.values for dial in dials])
    behind = np.empty(len(values), dtype=bool)
    size = max(BLOCK_CELLS // scenario.horizon_months, 256)
    for start in range(0, len(values), size):
        part = slice(start, start + size)
        usd, nothing, _ = lead(owner[part], values[part])
        behind[part] = usd < -nothing
    turned = [(place, np.flatnonzero(behind[owner == place])) for place in range(len(dials))]
    turned = [(place, first) for place, first in turned if len(first)]
    if not turned:
        return ()
    places = np.array([place for place, _ in turned])
    outer = np.array([dials[place].values[first[0]] for place, first in turned])
    inner = np.array([dials[place].values[first[0] - 1] if first[0] else dials[place].today for place, first in turned])
    whole = np.array([dials[place].whole for place in places])
    for _ in range(BISECTIONS):
        middle = 0.5 * (inner + outer)
        middle = np.where(whole, np.floor(middle), middle)
        lost = lead(places, middle)[0] < 0
        inner, outer = np.where(lost, inner, middle), np.where(lost, middle, outer)
    winners = lead(places, outer)[2]
    found = [
        Flip(dials[place].pointer, dials[place].today, float(at), rivals[winner])
        for place, at, winner in zip(places.tolist(), outer, winners.tolist(), strict=True)
    ]
    nearest: dict[str, Flip] = {}
    for flip in sorted(found, key=lambda each: abs(np.log(max(each.factor, 1e-12)))):
        nearest.setdefault(flip.pointer, flip)
    return tuple(nearest.values())[:MOST_FLIPS]


def _dials(scenario: Scenario, looked_up: Mapping[str, Any]) -> list[_Dial]:
    numbers = numbers_in(scenario) | {key: each for key, each in looked_up.items() if type(each) is float}
    factors = np.geomspace(1.0, REACH, STEPS + 1)[1:]
    dials = []
    for pointer, today in numbers.items():
        declared = _declared(scenario, pointer)
        if declared is None or today <= 0:
            continue
        for side in (1.0 / factors, factors):
            values = _legal(declared, today * side)
            if declared.kind == "whole":
                values = np.array([each for each in dict.fromkeys(np.rint(values).tolist()) if each != today])
            if len(values):
                dials.append(_Dial(pointer, float(today), values, declared.kind == "whole"))
    return dials


def _declared(scenario: Scenario, pointer: str) -> Input | None:
    try:
        declared = input_at(scenario, pointer)
    except ScenarioError:
        return None
    return None if declared.fixed else declared


def _legal(declared: Input, values: Values) -> Values:
    """Keep the values inside the legal range, and its end where the next one would lie outside."""
    low = -np.inf if declared.low is None else declared.low
    high = np.inf if declared.high is None else declared.high
    inside = values[(values > low) & (values < high)]
    if len(inside) == len(values):
        return values
    outside = values[len(inside)]
    end, is_open = (high, declared.high_open) if outside >= high else (low, declared.low_open)
    return inside if is_open or end == 0.0 else np.append(inside, end)
