"""The estimate of one scenario: bills, curves, every break-even in time and in traffic."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.oversights import warn_idle_rules
from estimator.approaches.setting import requests_per_first_request
from estimator.attainment import write_quality
from estimator.break_even.months import STATUSES, Crossing, Summary, crossings, difference, summarise
from estimator.break_even.reasons import NO_REASON, RETIRED, Reason, Reasons, why_never
from estimator.break_even.roots import Roots
from estimator.break_even.traffic import search_traffic
from estimator.computation import TRAFFIC, Computation, compute, compute_at
from estimator.errors import EstimatorError, PriceNotFoundError
from estimator.price_book import Library, PriceBook
from estimator.price_book.own_prices import Override, rule_of
from estimator.recommendation import Recommendation, recommend
from estimator.scenario import Scenario, Staged
from estimator.scenario.pointer import at_base, base_of, ranges_in
from estimator.uncertainty import Assessment, assess

SECTIONS = frozenset({"trace", "volume", "flips", "bands", "assumptions", "prices", "monthly_components"})
USUAL_SECTIONS = frozenset({"volume", "assumptions", "prices"})
NEVER = STATUSES.index("never")


@dataclass(frozen=True, slots=True)
class MonthsBreakEven:
    """Where one curve crosses another in time.

    Parameters
    ----------
    status : one of STATUSES
    first, sustained : break-even months, None where there is none
    crossings : every crossing
    reason : why there is none, or that the candidate's model is shut down before its first one
    """

    status: str
    first: float | None
    sustained: float | None
    crossings: tuple[Crossing, ...]
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class PairBreakEven:
    """One approach against another.

    Parameters
    ----------
    months : crossings in time
    traffic : crossings in first-month requests, None if not asked
    saving_at_horizon_usd : C_baseline(T) - C_candidate(T), discounted
    """

    candidate: str
    baseline: str
    months: MonthsBreakEven
    traffic: Roots | None
    saving_at_horizon_usd: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """The whole answer, as objects."""

    scenario: Scenario
    book: PriceBook
    computed: Computation
    pairs: tuple[PairBreakEven, ...]
    recommendation: Recommendation
    include: frozenset[str]
    assessment: Assessment | None = None
    quality: dict[str, Any] | None = None


def estimate(scenario: Scenario, library: Library, include: frozenset[str] | None = None) -> Estimate:
    """Estimate every approach of one scenario.

    Parameters
    ----------
    scenario : the question; ranges stand at their most likely value, except in bands and probabilities
    library : the price tables
    include : sections of the answer, of SECTIONS; None = the usual ones, with bands where a range is stated

    Raises
    ------
    EstimatorError : the scenario cannot be computed; its pointer says where
    """
    ranges = ranges_in(scenario)
    if include is None:
        include = USUAL_SECTIONS | {"bands"} if ranges else USUAL_SECTIONS
    book = open_book(scenario, library)
    complete = completed(scenario, book)
    base = at_base(complete, ranges)
    computed = compute(base, book)
    warn_idle_rules(computed.setting)
    if complete.baseline is None:
        complete = replace(complete, baseline=computed.baseline)
    pairs = pairs_of(list(base.approaches), computed.baseline)
    traffic = traffic_break_evens(base, book, computed, pairs) if "volume" in include else {}
    compared = tuple(_compare(computed, pair, traffic.get(pair)) for pair in pairs)
    assessment = assess(complete, computed, book, pairs) if "bands" in include else None
    quality = write_quality(computed, book)
    recommendation = recommend(
        computed, book, compared, assessment=assessment, quality=quality, flips="flips" in include
    )
    if assessment is not None:
        computed.setting.notes.assumptions.extend(assessment.assumptions)
        computed.setting.notes.warnings.extend(assessment.warnings)
    return Estimate(complete, book, computed, compared, recommendation, include, assessment, quality)


def open_book(scenario: Scenario, library: Library) -> PriceBook:
    """Open the price book that a scenario asks for, with its own prices on top.

    Raises
    ------
    UnknownNameError, PriceNotFoundError : no such version, or nothing was recorded by that day
    """
    asked = scenario.price_book
    try:
        library.refuse_before_all(
            asked["on"] if isinstance(asked, Mapping) else asked if isinstance(asked, date) else None
        )
        if asked is None:
            book = library.book()
        elif isinstance(asked, date):
            book = library.book(on=asked)
        elif isinstance(asked, Mapping):
            book = library.book(on=asked["on"], known_by=asked.get("known_by"), version=asked.get("version"))
        else:
            book = library.book(version=asked)
    except EstimatorError as error:
        raise error.below("/price_book") from None
    rules = [
        rule_of({name: base_of(value) for name, value in each.items()}, f"/price_overrides/{place}")
        for place, each in enumerate(scenario.price_overrides)
    ]
    book = book.with_overrides(
        [each for each in rules if isinstance(each, Override)],
        [each for each in rules if not isinstance(each, Override)],
    )
    try:
        return book.in_currency(scenario.currency)
    except PriceNotFoundError as error:
        raise error.below("/currency") from None


def completed(scenario: Scenario, book: PriceBook) -> Scenario:
    """Fill in what follows from the price book: its version, and the day of the decision."""
    asked = scenario.price_book
    pinned: Any = book.version
    if isinstance(asked, date | Mapping):
        pinned = {"on": book.on, "version": book.version}
    return replace(scenario, price_book=pinned, start_date=scenario.start_date or book.on)


def pairs_of(names: list[str], baseline: str) -> list[tuple[str, str]]:
    """List every pair once, candidate first: those with the baseline, then the others in the order of the request.

    Examples
    --------
    >>> pairs_of(["PE", "FT", "HY"], "PE")
    [('FT', 'PE'), ('HY', 'PE'), ('FT', 'HY')]
    """
    others = [name for name in names if name != baseline]
    first = [(name, baseline) for name in others]
    return first + [(a, b) for place, a in enumerate(others) for b in others[place + 1 :]]


def _compare(computed: Computation, pair: tuple[str, str], traffic: Roots | None) -> PairBreakEven:
    candidate, baseline = pair
    found = difference(computed.curves[candidate], computed.curves[baseline])
    summary = summarise(found)
    months = MonthsBreakEven(
        STATUSES[summary.status[0]],
        _or_none(summary.first[0]),
        _or_none(summary.sustained[0]),
        crossings(found),
        reasons_of_months(computed, pair, summary).at(),
    )
    return PairBreakEven(candidate, baseline, months, traffic, -float(found.usd[0, -1]))


def reasons_of_months(computed: Computation, pair: tuple[str, str], summary: Summary) -> Reasons:
    """Say why the candidate of a pair never becomes cheaper, or too late for its model, in every cell.

    Parameters
    ----------
    summary : the break-even months of the pair
    """
    never = summary.status == NEVER
    place = np.full(len(never), NO_REASON, dtype=np.int8)
    month = np.full(len(never), np.nan)
    if never.any():
        found = _why_never(computed, pair, np.flatnonzero(never))
        place[never], month[never] = found.place, found.extrapolated_month
    retires = computed.bills[pair[0]].retires_month
    if retires is not None:
        place[~never & (summary.first > retires)] = RETIRED
    return Reasons(place, month)


def _why_never(computed: Computation, pair: tuple[str, str], cells: npt.NDArray[np.int64]) -> Reasons:
    candidate, baseline = (computed.bills[name] for name in pair)
    months, load = computed.setting.month.shape, computed.setting.scenario.workload

    def of_cells(value: Any, columns: tuple[int, ...]) -> npt.NDArray[np.float64]:
        rows = np.atleast_2d(np.asarray(value, dtype=float))
        return np.broadcast_to(rows if len(rows) == 1 else rows[cells], (len(cells), *columns))

    return why_never(
        start_usd=of_cells(candidate.upfront_usd, (1,)) - of_cells(baseline.upfront_usd, (1,)),
        saving_usd=of_cells(baseline.flow_usd, months) - of_cells(candidate.flow_usd, months),
        event_usd=of_cells(candidate.event_usd, months) - of_cells(baseline.event_usd, months),
        requests=of_cells(computed.setting.requests, months),
        discount_rate=of_cells(computed.setting.scenario.annual_discount_rate, (1,)),
        seasonal_growth=of_cells(load.monthly_growth, (1,)) if load.seasonality else None,
    )


def traffic_break_evens(
    scenario: Scenario, book: PriceBook, computed: Computation, pairs: list[tuple[str, str]]
) -> dict[tuple[str, str], Roots]:
    """Find the first-month requests at which each pair's cheaper side changes.

    Raises
    ------
    EstimatorError : the scenario cannot be computed at other traffic
    """
    load = scenario.workload
    today = float(load.requests_per_month)
    pattern = np.asarray(requests_per_first_request(computed.setting))
    capacities = [
        (float(np.ravel(each.requests)[0]), each.stepped) for bill in computed.bills.values() for each in bill.breaks
    ]
    cap = None if load.max_requests_per_month is None else float(load.max_requests_per_month)
    searched = any(isinstance(plan, Staged) and plan.switch_month is None for plan in scenario.approaches.values())
    curved = searched or any(bill.curved for bill in computed.bills.values())

    def at(points: npt.NDArray[np.float64]) -> Mapping[str, npt.NDArray[np.float64]]:
        found = compute_at(computed, book, {TRAFFIC: points[:, None]})
        return {name: curve.total_usd for name, curve in found.curves.items()}

    return search_traffic(at, pairs, today, pattern, capacities, cap, curved=curved)


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
