"""What would change the recommendation: the nearest turn in each input, as a factor of today's value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, log
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from estimator.approaches.faults import computable
from estimator.break_even.months import ZERO
from estimator.computation import LARGEST_USD, Computation, compute, looked_up
from estimator.errors import EstimatorError, ScenarioError
from estimator.price_book import PriceBook
from estimator.recommendation.feasibility import feasible_cells, obstacles_of
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
    """One input whose change alone changes what is recommended.

    Parameters
    ----------
    pointer : the input
    today, at : its value, and where the choice turns; of a count, the first whole number with the other choice
    to : the approach that is recommended beyond, None where none can do what is asked any more
    kind : "cost" where another feasible one becomes cheaper, "infeasible" where the recommended one can no longer do
        what is asked, "feasible" where a cheaper one begins to
    obstacle : what then stands against the recommended one, or stands against the other today; None for "cost"
    """

    pointer: str
    today: float
    at: float
    to: str | None
    kind: Literal["cost", "infeasible", "feasible"] = "cost"
    obstacle: str | None = None

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


def flips_of(computed: Computation, best: str, rivals: Sequence[str]) -> tuple[Flip, ...]:
    """Find, for each input alone, the nearest value at which another approach would be recommended, or none.

    Every value of every input is a cell of one computation: first the ends, to see which inputs matter at all, then
    the values between, then the turns, all at once.

    Parameters
    ----------
    computed : the question at its base case
    best : the approach recommended
    rivals : the others, feasible or not
    """
    if not rivals:
        return ()
    scenario = computed.setting.scenario
    order = _Order(scenario, computed.setting.book, best, tuple(rivals))
    dials = _that_matter(order, _dials(scenario, looked_up(computed)))
    found: dict[str, Flip] = {}
    for flip in sorted(_turns(order, dials), key=lambda each: abs(log(each.factor)) if each.factor > 0.0 else inf):
        found.setdefault(flip.pointer, flip)
    return tuple(_told(computed, best, flip) for flip in list(found.values())[:MOST_FLIPS])


def _told(computed: Computation, best: str, flip: Flip) -> Flip:
    """Say what makes the choice turn: the cost, or something that stands or stood against an approach."""
    if flip.kind == "infeasible":
        moved = with_values(computed.setting.scenario, {flip.pointer: np.array([[flip.at]])})
        return replace(flip, obstacle=obstacles_of(compute(moved, computed.setting.book, bounded=False), best)[0].code)
    before = () if flip.to is None else obstacles_of(computed, flip.to)
    return replace(flip, kind="feasible", obstacle=before[0].code) if before else flip


@dataclass(frozen=True, slots=True)
class _Lead:
    """How far the best approach is ahead of its cheapest feasible rival.

    Parameters
    ----------
    usd : what the rival costs more
    nothing : below which size that counts as none
    rival : its place, -1 where none is feasible
    able : whether the best approach can do what is asked
    known : whether the cell can be computed
    """

    usd: Values
    nothing: Values
    rival: Places
    able: npt.NDArray[np.bool_]
    known: npt.NDArray[np.bool_]

    @classmethod
    def unknown(cls, count: int) -> "_Lead":
        """Return as many cells of which nothing is known."""
        nothing, no = np.zeros(count), np.zeros(count, dtype=bool)
        return cls(nothing.copy(), nothing, np.full(count, -1), no.copy(), no)

    @property
    def lost(self) -> npt.NDArray[np.bool_]:
        """Whether another would be recommended, or none."""
        return self.known & (~self.able | (self.usd < -self.nothing))


@dataclass(frozen=True, slots=True)
class _Order:
    """What every cell is asked: who is the cheapest that can do what is asked."""

    scenario: Scenario
    book: PriceBook
    best: str
    rivals: tuple[str, ...]

    def at(self, dials: Sequence[_Dial], owner: Places, values: Values) -> _Lead:
        """Compute some cells, each with one input at another value, in blocks."""
        size = max(BLOCK_CELLS // self.scenario.horizon_months, 256)
        lead = _Lead.unknown(len(owner))
        for start in range(0, len(owner), size):
            self._enter(lead, dials, np.arange(start, min(start + size, len(owner))), owner, values)
        return lead

    def _enter(self, lead: _Lead, dials: Sequence[_Dial], cells: Places, owner: Places, values: Values) -> None:
        """Enter what can be computed of some cells; an input that takes no column at all is left unknown."""
        try:
            kept, part = computable(len(cells), lambda kept: self._lead(dials, owner[cells[kept]], values[cells[kept]]))
        except EstimatorError:
            inputs = np.unique(owner[cells])
            for half in np.array_split(inputs, 2) if len(inputs) > 1 else ():
                self._enter(lead, dials, cells[np.isin(owner[cells], half)], owner, values)
            return
        if part is not None:
            for name in _Lead.__slots__:
                getattr(lead, name)[cells[kept]] = getattr(part, name)

    def _lead(self, dials: Sequence[_Dial], owner: Places, values: Values) -> _Lead:
        columns: dict[str, Values] = {}
        for place in np.unique(owner).tolist():
            dial, mine = dials[place], owner == place
            column = columns.setdefault(dial.pointer, np.full((len(owner), 1), dial.today))
            column[mine, 0] = values[mine]
        computed = compute(with_values(self.scenario, columns), self.book, bounded=False)
        best, able = self._cost(computed, self.best, len(owner))
        known = np.abs(best) < LARGEST_USD
        mine = np.where(known & able, best, LARGEST_USD)
        each = [self._cost(computed, name, len(owner)) for name in self.rivals]
        others = np.array([np.where(fit & (np.abs(usd) < LARGEST_USD), usd, LARGEST_USD) for usd, fit in each])
        rival, place = others.min(axis=0), others.argmin(axis=0)
        nothing = ZERO * np.maximum(np.abs(rival), np.abs(mine))
        return _Lead(rival - mine, nothing, np.where(rival < LARGEST_USD, place, -1), able, known)

    @staticmethod
    def _cost(computed: Computation, name: str, count: int) -> tuple[Values, npt.NDArray[np.bool_]]:
        usd = np.broadcast_to(computed.curves[name].total_usd, count)
        return usd, feasible_cells(computed, name, count)


def _that_matter(order: _Order, dials: Sequence[_Dial]) -> list[_Dial]:
    """Keep the inputs whose farthest value changes by how much the best approach is ahead."""
    if not dials:
        return []
    today = _Dial(dials[0].pointer, dials[0].today, np.array([dials[0].today]))
    ends = np.array([*(dial.values[-1] for dial in dials), today.today])
    lead = order.at([*dials, today], np.arange(len(ends)), ends)
    moved = ~lead.known | ~lead.able | (np.abs(lead.usd - lead.usd[-1]) > np.maximum(lead.nothing, lead.nothing[-1]))
    return [dial for dial, moves in zip(dials, moved[:-1].tolist(), strict=True) if moves]


def _turns(order: _Order, dials: Sequence[_Dial]) -> list[Flip]:
    """Walk each dial outwards to the first value with another choice, and close in on where it turns.

    Whole numbers that cannot be computed are stepped over; beyond a gap in anything else no turn is claimed.
    """
    if not dials:
        return []
    owner = np.repeat(np.arange(len(dials)), [len(dial.values) for dial in dials])
    lead = order.at(dials, owner, np.concatenate([dial.values for dial in dials]))
    turned: list[int] = []
    ends: list[tuple[float, float]] = []
    for place, dial in enumerate(dials):
        lost, known = lead.lost[owner == place], lead.known[owner == place]
        first = int(np.argmax(lost))
        before = np.flatnonzero(known[:first])
        if lost[first]:
            turned.append(place)
            ends.append((float(dial.values[before[-1]]) if len(before) else dial.today, float(dial.values[first])))
    if not turned:
        return []
    inner, outer = np.array(ends).T
    stepped = np.array([dials[place].stepped for place in turned])
    parts = np.linspace(0.0, 1.0, PARTS + 1)[1:]
    row, places, sound = np.arange(len(turned)), np.array(turned), np.ones(len(turned), dtype=bool)
    for _ in range(ROUNDS):
        cuts = inner[:, None] + (outer - inner)[:, None] * parts
        cuts[:, -1] = outer
        whole = np.clip(np.rint(cuts), np.minimum(inner, outer)[:, None], np.maximum(inner, outer)[:, None])
        cuts = np.where(stepped[:, None], whole, cuts)
        lead = order.at(dials, np.repeat(places, PARTS), cuts.ravel())
        first = np.argmax(lead.lost.reshape(cuts.shape), axis=1)
        rivals, able = (each.reshape(cuts.shape)[row, first] for each in (lead.rival, lead.able))
        sound &= (first == 0) | lead.known.reshape(cuts.shape)[row, first - 1]
        inner, outer = np.where(first > 0, cuts[row, first - 1], inner), cuts[row, first]
    names = [*order.rivals, None]
    return [
        Flip(dials[place].pointer, dials[place].today, at, names[rival], "cost" if still else "infeasible")
        for place, at, rival, still, there in zip(
            turned, outer.tolist(), rivals.tolist(), able.tolist(), (sound | stepped).tolist(), strict=True
        )
        if there
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
