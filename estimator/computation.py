"""The whole calculation on one page: scenario and prices in, bills and curves out, for one cell or for many at once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.bill import Bill, close, join_bills
from estimator.approaches.faults import computable, refuse_cells
from estimator.approaches.fine_tuning import outline_fine_tuning
from estimator.approaches.hybrid import outline_hybrid
from estimator.approaches.lump_sum import outline_lump_sum
from estimator.approaches.names import refuse_unknown, unknown_names
from estimator.approaches.outline import Outline
from estimator.approaches.prompt_engineering import outline_prompt_engineering
from estimator.approaches.setting import Choices, Notes, Setting, make_setting
from estimator.approaches.staged import bill_staged
from estimator.curves import Curve, cumulative
from estimator.deadline import check_time
from estimator.errors import PriceNotFoundError, ScenarioError, UnknownNameError, UnknownNamesError
from estimator.price_book import PriceBook
from estimator.quantities import any_of
from estimator.scenario import FineTuning, Hybrid, LumpSum, Plan, PromptEngineering, Scenario, Staged
from estimator.scenario.own_prices import factor_place
from estimator.scenario.pointer import escaped, tokens_of, with_values

WITH_A_FIELD = frozenset({"gpu_prices", "labour_rates", "exchange_rates"})
"""Tables whose prices are stated in a field of the scenario, and moved there."""
LARGEST_USD = 1e250
"""Amounts beyond this cannot be compared any more in double precision."""
TRAFFIC = "/workload/requests_per_month"
CHANGES = "/requirement_changes_per_month"
FAILURE = "/cost_of_failure_usd"
AFTER_OUTLINES = frozenset({TRAFFIC, CHANGES, FAILURE})
"""Inputs that are met when a bill is closed, not when an approach is outlined."""


@dataclass(frozen=True, slots=True)
class Computation:
    """Every approach of a scenario, computed.

    Parameters
    ----------
    setting : the frame, with the notes taken
    bills, curves : by name, in the order of the request
    baseline : name of the approach the others are compared with
    outlines : what the bills were closed from, by name
    """

    setting: Setting
    bills: dict[str, Bill]
    curves: dict[str, Curve]
    baseline: str
    outlines: dict[str, Outline]


def compute(
    scenario: Scenario,
    book: PriceBook,
    held: Mapping[str, list[Any]] | None = None,
    outlines: Mapping[str, Outline] | None = None,
    *,
    drawn: bool = False,
    bounded: bool = True,
) -> Computation:
    """Compute every approach of a scenario.

    Numbers of the scenario may be columns (cells, 1): every curve then has that many rows.

    Parameters
    ----------
    held : what an earlier computation decided (`setting.choices.taken`), to be kept; None = decide here
    outlines : of an earlier computation, where nothing in them has changed
    drawn : whether the cells are draws: set-ups that no hardware runs are then counted, not refused
    bounded : whether to refuse what exceeds a number; a search takes such cells as the end of what can be computed

    Raises
    ------
    EstimatorError : the scenario cannot be computed; its pointer says where
    TimeBudgetError : the time of the question is over
    CellsError : some of many cells cannot
    """
    setting = make_setting(scenario, book)
    setting.choices = Choices(held, drawn)
    try:
        work = _Desk(setting, outlines or {})
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what exceeds a number is refused below
            bills = {name: work.bill(name) for name in scenario.approaches}
            curves = {name: cumulative(bill, setting.factors) for name, bill in bills.items()}
    except UnknownNameError as error:
        all_unknown = unknown_names(setting)
        raise (UnknownNamesError(all_unknown) if len(all_unknown) > 1 else error) from None
    for name, curve in curves.items():
        if bounded:
            _refuse_too_much(name, curve)
    _judge_prices_seen_later(setting, asked=bounded and held is None and outlines is None)
    return Computation(setting, bills, curves, work.baseline, work.outlines)


def _judge_prices_seen_later(setting: Setting, *, asked: bool) -> None:
    """Warn of the rows that were used for a day before anyone is known to have seen them; refuse if all are such.

    Parameters
    ----------
    setting : what was computed
    asked : whether it is a question of its own, not a variation of one: that may take fewer prices

    Raises
    ------
    PriceNotFoundError : none of the prices is known to hold on the day that was asked for
    """
    book = setting.book
    if book.on >= book.known_by:
        return
    rows = {price.row for price in setting.notes.prices.values() if price.row.origin != "request"}
    late = [day for row in rows if (day := book.known_since(row)) is not None and day > book.on]
    if asked and late and len(late) == len(rows):
        raise PriceNotFoundError(
            f"No price of {book.on} is known among the {len(rows)} that this scenario takes: the first of them is "
            f"known from {min(late)} on. Ask for that day or a later one, or state what they were.",
            "/price_book",
        )
    if late:
        setting.notes.warn(
            "prices_seen_later",
            "/price_book",
            f"Prices of {book.on} were asked, and {len(late)} of {len(rows)} are known only from a later day on, the "
            f"last of them from {max(late)}: these are counted as they were then. State what they were, or compare "
            "later days.",
        )


def compute_at(
    base: Computation, book: PriceBook, values: Mapping[str, Any], held: Mapping[str, list[Any]] | None = None
) -> Computation:
    """Compute again with other values at some pointers; what these do not enter is not worked out anew.

    Raises
    ------
    EstimatorError : the scenario cannot be computed so
    """
    scenario = with_values(base.setting.scenario, values)
    kept = {
        name: outline
        for name, outline in base.outlines.items()
        if not outline.curved and not any(_enters(scenario, pointer, name) for pointer in values)
    }
    noted, base.setting.notes = base.setting.notes, Notes()  # outlines note in the setting they were made in
    try:
        return compute(scenario, book, held, kept)
    finally:
        base.setting.notes = noted


def _enters(scenario: Scenario, pointer: str, name: str) -> bool:
    """Tell whether the value at a pointer may enter the outline of an approach."""
    if pointer in AFTER_OUTLINES:
        return False
    where = tokens_of(pointer)
    plan = scenario.approaches[name]
    parts = (plan.first, plan.fallback) if isinstance(plan, Hybrid) else ()
    return where[0] != "approaches" or where[1] == name or any(_enters(scenario, pointer, part) for part in parts)


def _refuse_too_much(name: str, curve: Curve) -> None:
    largest = np.maximum(curve.after_usd.max(axis=1), -curve.after_usd.min(axis=1))
    refuse_cells(
        largest < LARGEST_USD,
        lambda _: ScenarioError(
            "The cost of this approach exceeds what a number can hold. Check its prices and quantities.",
            f"/approaches/{escaped(name)}",
        ),
    )


def looked_up(computed: Computation) -> dict[str, float]:
    """Name what can be moved beside the stated numbers: the numbers that were read from the price book.

    Wages and GPU-hours stand in a field of their own, unless a rule of the request moves them; other prices as factors,
    1 today. What was computed, such as a lead time, is moved by the inputs that it follows from: stating it would cut
    it off from them.
    """
    setting = computed.setting
    found = dict(setting.notes.looked_up)
    rules = setting.scenario.price_overrides
    for price in setting.notes.prices.values():
        row = price.row
        as_factor = row.table not in WITH_A_FIELD or setting.follows_a_rule(row)
        priced = as_factor and row.unit.partition("/")[0] == row.currency
        if priced and row.origin != "request" and factor_place(rules, row.offer, row.price) is None:
            found[f"/price_overrides/{escaped(row.offer)}/{row.price}"] = 1.0
    return found


def totals(scenario: Scenario, book: PriceBook) -> Mapping[str, npt.NDArray[np.float64]]:
    """Compute the total discounted cost of every approach, by cell."""
    return {name: curve.total_usd for name, curve in compute(scenario, book).curves.items()}


def known_totals(
    names: Iterable[str], count: int, compute_some: Callable[[npt.NDArray[np.int64]], Computation]
) -> dict[str, npt.NDArray[np.float64]]:
    """Compute the totals of some approaches in many cells, NaN where a cell cannot be computed.

    Raises
    ------
    EstimatorError : what the cells share cannot be computed
    """
    found = {name: np.full(count, np.nan) for name in names}
    kept, computed = computable(count, compute_some)
    if computed is not None:
        for name, usd in found.items():
            usd[kept] = computed.curves[name].total_usd
    return found


def baseline_of(scenario: Scenario) -> str:
    """Name the approach that the others are compared with: the stated one, the first prompted one, or the first."""
    if scenario.baseline is not None:
        return scenario.baseline
    prompted = (name for name, plan in scenario.approaches.items() if isinstance(plan, PromptEngineering))
    return next(prompted, next(iter(scenario.approaches)))


class _Desk:
    """Work the approaches out in the order of their dependence, each once."""

    def __init__(self, setting: Setting, outlines: Mapping[str, Outline]) -> None:
        self.setting = setting
        self.plans = setting.scenario.approaches
        self.baseline = baseline_of(setting.scenario)
        self._known(self.baseline, "/baseline")
        self.outlines = dict(outlines)
        self.bills: dict[str, Bill] = {}
        self.open: list[str] = []

    def outline(self, name: str) -> Outline:
        """Outline one approach, after the parts it combines."""
        if name not in self.outlines:
            self._enter(name)
            notes = self.setting.notes
            before, notes.prices = notes.prices, {}
            found = self._outline(self.plans[name], name)
            self.outlines[name] = replace(found, prices=tuple(notes.prices.values()))
            notes.prices = before | notes.prices
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
        held = self.setting.choices.held is not None
        return self.bill(other) if held else self._bridging(other)

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
        refuse_unknown(name, self.plans, pointer)

    def _enter(self, name: str) -> None:
        if name in self.open:
            circle = " -> ".join([*self.open[self.open.index(name) :], name])
            raise ScenarioError(
                f"The approaches depend on each other in a circle: {circle}.", f"/approaches/{escaped(name)}"
            )
        self.open.append(name)
