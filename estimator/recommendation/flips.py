"""What would change the recommendation: the nearest crossing in each input, as a factor of today's value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.break_even.months import ZERO
from estimator.computation import LARGEST_USD, compute
from estimator.errors import EstimatorError, ScenarioError
from estimator.price_book import PriceBook
from estimator.scenario import Scenario
from estimator.scenario.inputs import Input
from estimator.scenario.pointer import input_at, numbers_in, with_values

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
STEPS_PER_DECADE = 16
"""Values looked at between today's and ten times it."""
PARTS, ROUNDS = 32, 6
"""A crossing is closed in by cutting its interval into 32 parts, six times: to a billionth of it."""
MOST_FLIPS = 12
BLOCK_CELLS = 2**16


@dataclass(frozen=True, slots=True)
class Flip:
    """One input whose change alone makes another approach cheaper.

    Parameters
    ----------
    pointer : the input
    today, at : its value, and where the order changes; of a count, the first whole number with the other order
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
    """One input and the values to look at, on one side of today, the nearest first."""

    pointer: str
    today: float
    values: Values
    stepped: bool = False


def flips_of(
    scenario: Scenario, book: PriceBook, best: str, rivals: Sequence[str], looked_up: Mapping[str, Any]
) -> tuple[Flip, ...]:
    """Find, for each input alone, the nearest value at which a rival becomes cheaper than the best approach.

    Every value of every input is a cell of one computation: first the ends, to see which inputs matter at all, then
    the values between, then the crossings, all at once.

    Parameters
    ----------
    scenario : the question at its base case
    best : the approach recommended
    rivals : the feasible others
    looked_up : numbers that were read from the price book because none was stated, by pointer
    """
    if not rivals:
        return ()
    order = _Order(scenario, book, best, tuple(rivals))
    dials = _that_matter(order, _computable(order, _dials(scenario, looked_up)))
    found: dict[str, Flip] = {}
    for flip in sorted(_crossings(order, dials), key=lambda each: abs(np.log(each.factor))):
        found.setdefault(flip.pointer, flip)
    return tuple(found.values())[:MOST_FLIPS]


@dataclass(frozen=True, slots=True)
class _Lead:
    """How far the best approach is ahead of its cheapest rival.

    Parameters
    ----------
    usd : what the rival costs more
    nothing : below which size that counts as none
    rival : its place
    known : whether the cell can be computed
    """

    usd: Values
    nothing: Values
    rival: Places
    known: npt.NDArray[np.bool_]

    @property
    def lost(self) -> npt.NDArray[np.bool_]:
        """Whether a rival is cheaper."""
        return self.known & (self.usd < -self.nothing)


@dataclass(frozen=True, slots=True)
class _Order:
    """What every cell is asked: who is cheaper."""

    scenario: Scenario
    book: PriceBook
    best: str
    rivals: tuple[str, ...]

    def at(self, dials: Sequence[_Dial], owner: Places, values: Values) -> _Lead:
        """Compute some cells, each with one input at another value, in blocks."""
        size = max(BLOCK_CELLS // self.scenario.horizon_months, 256)
        parts = [
            self._block(dials, owner[start : start + size], values[start : start + size])
            for start in range(0, len(owner), size)
        ]
        return _Lead(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Lead.__slots__))

    def _block(self, dials: Sequence[_Dial], owner: Places, values: Values) -> _Lead:
        columns: dict[str, Values] = {}
        for place in np.unique(owner).tolist():
            dial, mine = dials[place], owner == place
            column = columns.setdefault(dial.pointer, np.full((len(owner), 1), dial.today))
            column[mine, 0] = values[mine]
        curves = compute(with_values(self.scenario, columns), self.book, bounded=False).curves
        best = np.broadcast_to(curves[self.best].total_usd, len(owner))
        others = np.array([np.broadcast_to(curves[name].total_usd, len(owner)) for name in self.rivals])
        others = np.where(np.abs(others) < LARGEST_USD, others, LARGEST_USD)
        rival, known = others.min(axis=0), np.abs(best) < LARGEST_USD
        mine_usd = np.where(known, best, 0.0)
        nothing = ZERO * np.maximum(np.abs(rival), np.abs(mine_usd))
        return _Lead(rival - mine_usd, nothing, others.argmin(axis=0), known)


def _computable(order: _Order, dials: Sequence[_Dial]) -> list[_Dial]:
    """Leave out the inputs at whose farthest value the scenario is refused."""
    try:
        order.at(dials, np.arange(len(dials)), np.array([dial.values[-1] for dial in dials]))
    except EstimatorError:
        if len(dials) == 1:
            dial = dials[0]
            nearer = dial.values[: len(dial.values) // 2]
            return _computable(order, [_Dial(dial.pointer, dial.today, nearer, dial.stepped)]) if len(nearer) else []
        half = len(dials) // 2
        return _computable(order, dials[:half]) + _computable(order, dials[half:])
    return list(dials)


def _that_matter(order: _Order, dials: Sequence[_Dial]) -> list[_Dial]:
    """Keep the inputs whose farthest value changes by how much the best approach is ahead."""
    if not dials:
        return []
    today = _Dial(dials[0].pointer, dials[0].today, np.array([dials[0].today]))
    ends = np.array([*(dial.values[-1] for dial in dials), today.today])
    lead = order.at([*dials, today], np.arange(len(ends)), ends)
    moved = ~lead.known | (np.abs(lead.usd - lead.usd[-1]) > np.maximum(lead.nothing, lead.nothing[-1]))
    return [dial for dial, moves in zip(dials, moved[:-1].tolist(), strict=True) if moves]


def _crossings(order: _Order, dials: Sequence[_Dial]) -> list[Flip]:
    """Walk each dial outwards to the first value with the other order, and close in on where it changes."""
    if not dials:
        return []
    owner = np.repeat(np.arange(len(dials)), [len(dial.values) for dial in dials])
    lead = order.at(dials, owner, np.concatenate([dial.values for dial in dials]))
    turned: list[int] = []
    ends: list[tuple[float, float]] = []
    for place, dial in enumerate(dials):
        lost, known = lead.lost[owner == place], lead.known[owner == place]
        first = int(np.argmax(lost))
        if lost[first] and known[:first].all():
            turned.append(place)
            ends.append((float(dial.values[first - 1]) if first else dial.today, float(dial.values[first])))
    if not turned:
        return []
    inner, outer = np.array(ends).T
    stepped = np.array([dials[place].stepped for place in turned])
    parts = np.linspace(0.0, 1.0, PARTS + 1)[1:]
    row, places = np.arange(len(turned)), np.array(turned)
    for _ in range(ROUNDS):
        cuts = inner[:, None] + (outer - inner)[:, None] * parts
        cuts[:, -1] = outer
        whole = np.clip(np.rint(cuts), np.minimum(inner, outer)[:, None], np.maximum(inner, outer)[:, None])
        cuts = np.where(stepped[:, None], whole, cuts)
        lead = order.at(dials, np.repeat(places, PARTS), cuts.ravel())
        first = np.argmax(lead.lost.reshape(cuts.shape), axis=1)
        rivals = lead.rival.reshape(cuts.shape)[row, first]
        inner, outer = np.where(first > 0, cuts[row, first - 1], inner), cuts[row, first]
    return [
        Flip(dials[place].pointer, dials[place].today, float(at), order.rivals[rival])
        for place, at, rival in zip(turned, outer.tolist(), rivals.tolist(), strict=True)
    ]


def _dials(scenario: Scenario, looked_up: Mapping[str, Any]) -> list[_Dial]:
    numbers = numbers_in(scenario) | {key: each for key, each in looked_up.items() if type(each) is float}
    dials = []
    for pointer, today in numbers.items():
        declared = _declared(scenario, pointer)
        if declared is None or today <= 0:
            continue
        steps = int(np.ceil(STEPS_PER_DECADE * np.log10(declared.reach)))
        factors = np.geomspace(1.0, declared.reach, steps + 1)[1:]
        for side in (1.0 / factors, factors):
            values = _sensible(declared, today * side, float(scenario.horizon_months))
            if declared.stepped:
                values = np.array([each for each in dict.fromkeys(np.rint(values).tolist()) if each != today])
            if len(values):
                dials.append(_Dial(pointer, float(today), values, declared.stepped))
    return dials


def _declared(scenario: Scenario, pointer: str) -> Input | None:
    try:
        declared = input_at(scenario, pointer)
    except ScenarioError:
        return None
    return None if declared.fixed else declared


def _sensible(declared: Input, values: Values, horizon_months: float) -> Values:
    """Keep the values inside the legal range, and its end where the next one would lie outside.

    A count ends at one, and a number of months at the horizon: beyond it nothing changes any more.
    """
    low = -np.inf if declared.low is None else declared.low
    high = np.inf if declared.high is None else declared.high
    if declared.counted:
        low = max(low, 1.0)
    if declared.unit == "month":
        high = min(high, horizon_months)
    inside = values[(values > low) & (values < high)]
    if len(inside) == len(values):
        return values
    outside = values[len(inside)]
    end, is_open = (high, declared.high_open) if outside >= high else (low, declared.low_open)
    return inside if is_open or end == 0.0 else np.append(inside, end)
