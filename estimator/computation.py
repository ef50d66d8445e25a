"""The whole calculation on one page: scenario and prices in, bills and curves out, for one cell or for many at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.bill import Bill, close, join_bills
from estimator.approaches.faults import refuse_cells
from estimator.approaches.fine_tuning import outline_fine_tuning
from estimator.approaches.hybrid import outline_hybrid
from estimator.approaches.lump_sum import outline_lump_sum
from estimator.approaches.outline import Outline
from estimator.approaches.prompt_engineering import outline_prompt_engineering
from estimator.approaches.setting import Choices, Setting, make_setting
from estimator.approaches.staged import bill_staged
from estimator.curves import Curve, cumulative, discount_factors
from estimator.deadline import check_time
from estimator.errors import ScenarioError, UnknownNameError
from estimator.price_book import PriceBook
from estimator.quantities import any_of
from estimator.scenario import FineTuning, Hybrid, LumpSum, Plan, PromptEngineering, Scenario, Staged
from estimator.scenario.pointer import escaped

LARGEST_USD = 1e250
"""Amounts beyond this cannot be compared any more in double precision."""


@dataclass(frozen=True, slots=True)
class Computation:
    """Every approach of a scenario, computed.

    Parameters
    ----------
    setting : the frame, with the notes taken
    bills, curves : by name, in the order of the request
    baseline : name of the approach the others are compared with
    """

    setting: Setting
    bills: dict[str, Bill]
    curves: dict[str, Curve]
    baseline: str


def compute(scenario: Scenario, book: PriceBook, held: Mapping[str, list[Any]] | None = None) -> Computation:
    """Compute every approach of a scenario.

    Numbers of the scenario may be columns (cells, 1): every curve then has that many rows.

    Parameters
    ----------
    held : what an earlier computation decided (`setting.choices.taken`), to be kept; None = decide here

    Raises
    ------
    EstimatorError : the scenario cannot be computed; its pointer says where
    TimeBudgetError : the time of the question is over
    CellsError : some of many cells cannot; where decisions are held, set-ups that no hardware runs are not looked for
    """
    setting = make_setting(scenario, book)
    setting.choices = Choices(held)
    work = _Desk(setting)
    factors = discount_factors(scenario.annual_discount_rate, setting.month)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what exceeds a number is refused below
        bills = {name: work.bill(name) for name in scenario.approaches}
        curves = {name: cumulative(bill, factors) for name, bill in bills.items()}
    for name, curve in curves.items():
        _refuse_too_much(name, curve)
    return Computation(setting, bills, curves, work.baseline)


def _refuse_too_much(name: str, curve: Curve) -> None:
    too_much = ScenarioError(
        "The cost of this approach exceeds what a number can hold. Check its prices and quantities.",
        f"/approaches/{escaped(name)}",
    )
    largest = np.maximum(curve.after_usd.max(axis=1), -curve.after_usd.min(axis=1))
    refuse_cells(largest < LARGEST_USD, lambda _: too_much)


def totals(scenario: Scenario, book: PriceBook) -> Mapping[str, npt.NDArray[np.float64]]:
    """Compute the total discounted cost of every approach, by cell."""
    return {name: curve.total_usd for name, curve in compute(scenario, book).curves.items()}


def baseline_of(scenario: Scenario) -> str:
    """Name the approach that the others are compared with: the stated one, the first prompted one, or the first."""
    if scenario.baseline is not None:
        return scenario.baseline
    prompted = (name for name, plan in scenario.approaches.items() if isinstance(plan, PromptEngineering))
    return next(prompted, next(iter(scenario.approaches)))


class _Desk:
    """Work the approaches out in the order of their dependence, each once."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.plans = setting.scenario.approaches
        self.baseline = baseline_of(setting.scenario)
        self._known(self.baseline, "/baseline")
        self.outlines: dict[str, Outline] = {}
        self.bills: dict[str, Bill] = {}
        self.open: list[str] = []

    def outline(self, name: str) -> Outline:
        """Outline one approach, after the parts it combines."""
        if name not in self.outlines:
            self._enter(name)
            self.outlines[name] = self._outline(self.plans[name], name)
            self.open.pop()
        return self.outlines[name]

    def bill(self, name: str) -> Bill:
        """Close the bill of one approach, after the bills it needs."""
        if name not in self.bills:
            check_time()
            pointer = f"/approaches/{escaped(name)}"
            plan = self.plans[name]
            if isinstance(plan, Staged):
                self._known(plan.first, f"{pointer}/first")
                self._known(plan.then, f"{pointer}/then")
                self._enter(name)
                found = bill_staged(self.setting, plan, self.bill(plan.first), self.bill(plan.then), pointer)
            else:
                outline = self.outline(name)
                self._enter(name)
                found = close(self.setting, outline, self._bridge(outline, pointer), pointer)
            self.open.pop()
            self.bills[name] = found
        return self.bills[name]

    def _outline(self, plan: Plan, name: str) -> Outline:
        pointer = f"/approaches/{escaped(name)}"
        if isinstance(plan, LumpSum):
            return outline_lump_sum(self.setting, plan, pointer)
        if isinstance(plan, PromptEngineering):
            return outline_prompt_engineering(self.setting, plan, pointer)
        if isinstance(plan, FineTuning):
            return outline_fine_tuning(self.setting, plan, pointer)
        if isinstance(plan, Hybrid):
            parts = {}
            for role in ("first", "fallback"):
                part = getattr(plan, role)
                self._known(part, f"{pointer}/{role}")
                if isinstance(self.plans[part], Staged):
                    raise ScenarioError("A hybrid cannot combine a staged approach.", f"{pointer}/{role}")
                parts[part] = self.outline(part)
            return outline_hybrid(
                self.setting, plan, parts, lambda part, changed: self._outline(changed, part), pointer
            )
        raise ScenarioError(f"{name!r} is staged: it has a bill, but no outline of its own.", pointer)

    def _bridge(self, outline: Outline, pointer: str) -> Bill | None:
        """Return the bill of the approach that serves during the lead time."""
        if self.setting.scenario.delay_policy != "bridge" or not any_of(outline.lead_time_months):
            return None
        if outline.bridge is not None:
            self._known(outline.bridge, f"{pointer}/bridge")
            return self.bill(outline.bridge)
        other = self.setting.choices.settle(f"{pointer}/bridge", lambda: self._nearest_bridge(outline))
        if other is None:
            return None
        if not isinstance(other, str):
            own = replace(self._at_once(outline, pointer), upfront_usd=0.0)
            order, taken = self._order(), np.unique(other[other >= 0]).tolist()
            return join_bills(other, {place: self._bridging(order[place]) for place in taken}, own)
        self.setting.notes.assume(
            f"{pointer}/bridge", other, "approach", "the baseline, or the first approach without a lead time"
        )
        return self._bridging(other)

    def _order(self) -> list[str]:
        """Name the approaches that may bridge a lead time, the first choice first."""
        names = dict.fromkeys((self.baseline, *self.plans))
        return [name for name in names if not isinstance(self.plans[name], Staged)]

    def _nearest_bridge(self, outline: Outline) -> Any:
        """Choose who bridges: the first that serves at once; a column of places in the order where cells differ."""
        waits = np.ravel(np.greater(outline.lead_time_months, 0.0))
        place = np.full(1, -1)
        order = self._order()
        for at, other in enumerate(order):
            serves = np.ravel(np.equal(self.outline(other).lead_time_months, 0.0))
            place = np.where((place < 0) & waits & serves, at, place)
            if ((place >= 0) | ~waits).all():
                break
        place, waits = np.broadcast_arrays(place, waits)
        chosen = np.unique(place[waits])
        if len(chosen) == 1:
            return order[chosen[0]] if chosen[0] >= 0 else None
        return place[:, None]

    def _bridging(self, name: str) -> Bill:
        """Return the bill of an approach that bridges a lead time: it serves at once in every cell that takes it."""
        if not np.any(self.outline(name).lead_time_months):
            return self.bill(name)
        return self._at_once(self.outline(name), f"/approaches/{escaped(name)}")

    def _at_once(self, outline: Outline, pointer: str) -> Bill:
        return close(self.setting, replace(outline, lead_time_months=0.0), None, pointer)

    def _known(self, name: str, pointer: str) -> None:
        if name not in self.plans:
            raise UnknownNameError("approach", name, self.plans, pointer)

    def _enter(self, name: str) -> None:
        if name in self.open:
            circle = " -> ".join([*self.open[self.open.index(name) :], name])
            raise ScenarioError(
                f"The approaches depend on each other in a circle: {circle}.", f"/approaches/{escaped(name)}"
            )
        self.open.append(name)
