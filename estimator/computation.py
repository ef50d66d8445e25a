"""The whole calculation on one page: scenario and prices in, bills and curves out, for one cell or for many at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.bill import Bill, close
from estimator.approaches.fine_tuning import outline_fine_tuning
from estimator.approaches.hybrid import outline_hybrid
from estimator.approaches.lump_sum import outline_lump_sum
from estimator.approaches.outline import Outline
from estimator.approaches.prompt_engineering import outline_prompt_engineering
from estimator.approaches.setting import Choices, Setting, make_setting
from estimator.approaches.staged import bill_staged
from estimator.curves import Curve, cumulative, discount_factors
from estimator.errors import ScenarioError, UnknownNameError
from estimator.price_book import PriceBook
from estimator.quantities import any_of
from estimator.scenario import FineTuning, Hybrid, LumpSum, Plan, PromptEngineering, Scenario, Staged
from estimator.scenario.own_prices import factor_place
from estimator.scenario.pointer import escaped

WITH_A_FIELD = frozenset({"gpu_prices", "labour_rates", "exchange_rates"})
"""Tables whose prices are stated in a field of the scenario, and moved there."""
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


def compute(
    scenario: Scenario, book: PriceBook, held: Mapping[str, list[Any]] | None = None, *, bounded: bool = True
) -> Computation:
    """Compute every approach of a scenario.

    Numbers of the scenario may be columns (cells, 1): every curve then has that many rows.

    Parameters
    ----------
    held : what an earlier computation decided (`setting.choices.taken`), to be kept; None = decide here
    bounded : whether to refuse what exceeds a number; a search takes such cells as the end of what can be computed

    Raises
    ------
    EstimatorError : the scenario cannot be computed; its pointer says where
    """
    setting = make_setting(scenario, book)
    setting.choices = Choices(held or {})
    work = _Desk(setting)
    factors = discount_factors(scenario.annual_discount_rate, setting.month)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what exceeds a number is refused below
        bills = {name: work.bill(name) for name in scenario.approaches}
        curves = {name: cumulative(bill, factors) for name, bill in bills.items()}
    for name, curve in curves.items():
        if bounded and not np.abs(curve.after_usd).max() < LARGEST_USD:
            raise ScenarioError(
                "The cost of this approach exceeds what a number can hold. Check its prices and quantities.",
                f"/approaches/{escaped(name)}",
            )
    return Computation(setting, bills, curves, work.baseline)


def looked_up(computed: Computation) -> dict[str, float]:
    """Name what can be moved beside the stated numbers: the numbers that were read from the price book.

    Wages and GPU-hours stand in a field of their own, other prices as factors, 1 today. What was computed, such as a
    lead time, is moved by the inputs that it follows from: stating it would cut it off from them.
    """
    notes = computed.setting.notes
    found = dict(notes.looked_up)
    rules = computed.setting.scenario.price_overrides
    for price in notes.prices.values():
        row = price.row
        priced = row.table not in WITH_A_FIELD and row.unit.partition("/")[0] == row.currency
        if priced and row.origin != "request" and factor_place(rules, row.offer, row.price) is None:
            found[f"/price_overrides/{escaped(row.offer)}/{row.price}"] = 1.0
    return found


def totals(scenario: Scenario, book: PriceBook) -> Mapping[str, npt.NDArray[np.float64]]:
    """Compute the total discounted cost of every approach, by cell."""
    return {name: curve.total_usd for name, curve in compute(scenario, book).curves.items()}


class _Desk:
    """Work the approaches out in the order of their dependence, each once."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.plans = setting.scenario.approaches
        self.baseline = self._baseline()
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
        other = self.setting.choices.settle(f"{pointer}/bridge", self._nearest_bridge)
        if other is None:
            return None
        self.setting.notes.assume(
            f"{pointer}/bridge", other, "approach", "the baseline, or the first approach without a lead time"
        )
        return self.bill(other)

    def _nearest_bridge(self) -> str | None:
        for other in (self.baseline, *self.plans):
            if other not in self.open and not isinstance(self.plans[other], Staged) and self._serves_at_once(other):
                return other
        return None

    def _serves_at_once(self, name: str) -> bool:
        return not np.any(self.outline(name).lead_time_months)

    def _baseline(self) -> str:
        stated = self.setting.scenario.baseline
        if stated is not None:
            self._known(stated, "/baseline")
            return stated
        prompted = (name for name, plan in self.plans.items() if isinstance(plan, PromptEngineering))
        return next(prompted, next(iter(self.plans)))

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
