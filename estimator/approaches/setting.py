"""What every approach is computed in: the months, the requests, the wages, the price book, and the notes taken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.faults import refuse_cells
from estimator.approaches.varied_prices import VariedPrices, varied_prices
from estimator.components.traffic import monthly_requests
from estimator.curves import discount_factors
from estimator.errors import EstimatorError, ScenarioError
from estimator.price_book import Discount, Price, PriceBook, PriceRow
from estimator.quantities import Quantity, Requests, UsdPerHour
from estimator.scenario import Scenario

Column = npt.NDArray[np.float64]
MOST_REQUESTS = 1e200
"""Requests of a month beyond which sums of money leave double precision."""


@dataclass(frozen=True, slots=True)
class Caution:
    """Something the reader must know before trusting a figure."""

    code: str
    pointer: str
    message: str


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number the caller did not state."""

    pointer: str
    value: Any
    unit: str
    basis: str


@dataclass(slots=True)
class Notes:
    """What was noticed along the way: prices read, assumptions made, numbers looked up in tables, warnings."""

    prices: dict[int, Price] = field(default_factory=dict)
    assumptions: list[Assumption] = field(default_factory=list)
    looked_up: dict[str, float] = field(default_factory=dict)
    warnings: list[Caution] = field(default_factory=list)

    def use(self, price: Any) -> Any:
        """Note a price of the book, and return it."""
        if isinstance(price, Price):
            self.prices[id(price)] = price
        return price

    def assume(self, pointer: str, value: Any, unit: str, basis: str) -> None:
        """Note a number that was computed or looked up because the caller did not state it."""
        self.assumptions.append(Assumption(pointer, value, unit, basis))

    def warn(self, code: str, pointer: str, message: str) -> None:
        """Note a warning, once."""
        warning = Caution(code, pointer, message)
        if warning not in self.warnings:
            self.warnings.append(warning)


@dataclass(slots=True)
class Choices:
    """What the calculation decided by itself: the month of a switch, where caching pays, GPUs where none fit a draw.

    A plan is made once. What was decided at the base case is handed to the draws as `held`, so that no draw decides
    anew with hindsight.

    Parameters
    ----------
    held : what was decided before, by pointer, in the order in which it was decided; None = nothing was
    drawn : whether the cells are draws, in which a set-up stands as it was planned where no hardware runs it
    taken : what was decided here
    unable : draws in which no hardware runs a set-up, by the pointer of the set-up: computed as decided before
    """

    held: Mapping[str, list[Any]] | None = None
    drawn: bool = False
    taken: dict[str, list[Any]] = field(default_factory=dict)
    unable: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)

    def settle(self, pointer: str, find: Callable[[], Any]) -> Any:
        """Return what was decided before, or else decide now; note it."""
        noted = self.taken.setdefault(pointer, [])
        before = (self.held or {}).get(pointer, ())
        noted.append(before[len(noted)] if len(noted) < len(before) else find())
        return noted[-1]

    def note_unable(self, pointer: str, possible: Any) -> None:
        """Note the draws in which no hardware runs a set-up that was decided before."""
        if self.drawn and not np.all(possible):
            self.unable[pointer] = self.unable.get(pointer, np.zeros(1, dtype=bool)) | ~np.ravel(possible)


@dataclass(slots=True)
class Setting:
    """The frame of one calculation.

    Parameters
    ----------
    scenario : the question, with numbers or columns (cells, 1) in it, no ranges
    book : the prices as they stood on one day
    month : 1..T, shape (T,)
    requests : requests of each month, shape (T,) or (cells, T)
    factors : v^m, what money at the end of each month is worth today; the same shapes
    """

    scenario: Scenario
    book: PriceBook
    month: Column
    requests: Requests
    factors: Quantity
    notes: Notes = field(default_factory=Notes)
    choices: Choices = field(default_factory=Choices)
    wages: dict[str, UsdPerHour] = field(default_factory=dict)
    varied: VariedPrices | None = None

    def price(self, listed: Any) -> Any:
        """Return a price of the book as it is here: a number or a column where a rule of the request varies it."""
        if self.varied is None or not isinstance(listed, Price):
            return listed
        found = self.varied.price(listed)
        if found is not listed:
            self.notes.use(listed)  # a column does not remember its row, and who sells it counts in every cell
        return found

    def look_up(self, pointer: str, listed: Any, basis: str) -> UsdPerHour:
        """Read the price of a number that the caller did not state, and note it as an assumption.

        What follows from no rule of the request may be moved in its own field: stating it would cut it off from them.
        """
        price: UsdPerHour = self.notes.use(self.price(listed))
        value = single(price)
        self.notes.assume(pointer, value, "USD/h", basis)
        if value is not None and not (isinstance(listed, Price) and self.follows_a_rule(listed.row)):
            self.notes.looked_up[pointer] = value
        return price

    def follows_a_rule(self, row: PriceRow) -> bool:
        """Tell whether the request states a number that moves this price: its own price, a factor, an exchange rate."""
        rate = self.book.exchange
        if rate is not None and rate.row.pointer and row.currency == rate.row.offer:
            return True
        return any(not isinstance(rule, Discount) and rule.covers(row) for rule in self.book.rules.values())

    @property
    def horizon(self) -> int:
        """Months that are compared."""
        return self.scenario.horizon_months

    def wage(self, role: str) -> UsdPerHour:
        """Return the loaded wage of a role [USD/h]: the caller's, else the price book's for the region.

        Raises
        ------
        PriceNotFoundError : neither states one
        """
        if role not in self.wages:
            stated = getattr(self.scenario.rates, f"{role}_usd_per_hour")
            pointer = f"/rates/{role}_usd_per_hour"
            if stated is None:
                try:
                    listed = self.book.wage(role, self.scenario.rates.region)
                except EstimatorError as error:
                    raise error.below(pointer) from None
                stated = self.look_up(pointer, listed, "price book, by region")
            self.wages[role] = stated
        return self.wages[role]


def make_setting(scenario: Scenario, book: PriceBook) -> Setting:
    """Lay out the months and the requests of a scenario.

    Raises
    ------
    ScenarioError : the requests outgrow what a number holds
    """
    month = np.arange(1.0, scenario.horizon_months + 1.0)
    load = scenario.workload
    most = np.inf if load.max_requests_per_month is None else load.max_requests_per_month
    requests = _requests(scenario, month, load.requests_per_month, most)
    factors = discount_factors(scenario.annual_discount_rate, month)
    setting = Setting(scenario, book, month, requests, factors, varied=varied_prices(scenario.price_overrides, book))
    if book.exchange is not None:
        setting.notes.use(book.exchange)
        told = f"Every amount is in {scenario.currency}, also where a name ends in _usd."
        setting.notes.warn("other_currency", "/currency", told)
    if book.on > book.known_by:
        setting.notes.warn(
            "prices_beyond_the_book",
            "/price_book",
            f"The prices of {book.on} were asked, and nothing is recorded after {book.known_by}: what changes in "
            "between is known only as far as it was announced.",
        )
    if load.seasonality and abs(np.mean(load.seasonality) - 1.0) > 1e-6:
        setting.notes.warn(
            "seasonality_mean",
            "/workload/seasonality",
            f"The seasonal factors average {np.mean(load.seasonality):.6g}, not 1: they change the yearly volume.",
        )
    return setting


def requests_per_first_request(setting: Setting) -> Requests:
    """Return the requests of each month over those of the first, before the cap.

    Raises
    ------
    ScenarioError : they outgrow what a number holds
    """
    return _requests(setting.scenario, setting.month, 1.0, np.inf)


def _requests(scenario: Scenario, month: Column, first_month: Requests, most: Requests) -> Requests:
    with np.errstate(over="ignore"):
        requests = monthly_requests(
            first_month, scenario.workload.monthly_growth, month, _seasons(scenario, month), most
        )
    outgrown = ScenarioError(
        f"The requests outgrow every number within {scenario.horizon_months} months. "
        "State a lower growth, a shorter horizon, or max_requests_per_month.",
        "/workload/monthly_growth",
    )
    refuse_cells(np.less_equal(np.atleast_2d(requests).max(axis=1), MOST_REQUESTS), lambda _: outgrown)
    return requests


def _seasons(scenario: Scenario, month: Column) -> Quantity:
    factors = scenario.workload.seasonality
    if not factors:
        return 1.0
    if len(factors) != 12:
        raise ScenarioError(f"Seasonality takes 12 factors, not {len(factors)}.", "/workload/seasonality")
    place = (month.astype(int) - 1 + scenario.workload.seasonality_offset_months) % 12
    seasons: Column = np.asarray(factors, dtype=float)[place]
    return seasons


def single(value: Quantity) -> float | None:
    """Return one number where there is only one, None for many cells: what an assumption can show."""
    return float(np.ravel(value)[0]) if np.size(value) == 1 else None
