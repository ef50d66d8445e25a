"""The whole assessment: draw, compute in blocks, summarise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.setting import Assumption, Caution
from estimator.break_even.months import difference, summarise
from estimator.computation import Computation, compute
from estimator.errors import ScenarioError
from estimator.price_book import PriceBook
from estimator.scenario import Scenario, Staged
from estimator.scenario.pointer import base_of, tokens_of, with_values
from estimator.uncertainty.bands import LEVELS, Band, Odds, band, censored_quantile
from estimator.uncertainty.draws import Draws, draw
from estimator.uncertainty.information import information_about_usd, perfect_information_usd, regrets_usd, waiting_usd
from estimator.uncertainty.inputs import FIT, Uncertain, uncertain_inputs

Values = npt.NDArray[np.float64]
BLOCK_CELLS = 2**16
"""Draws times months of one block: its arrays stay in the cache of a processor."""
MOST_CELLS = 2**26
"""Draws times months times approaches that one answer keeps: half a gibibyte."""
CHANGES, TARGET = "/requirement_changes_per_month", "/target_success_rate"
PREDICTED = {
    "gpu_hours_quantile": "training time",
    "memory_quantile": "training memory",
    "speed_quantile": "serving speed",
    "quantile": "what later bills will be",
}
"""What each measured error is of, by the name of its input."""
ALIKE = 1e-12
"""A success rate that misses the target by less reaches it."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a scenario comes to where its inputs are not known exactly.

    Parameters
    ----------
    inputs : what was drawn
    draws, seed : how often, from which seed
    totals : total cost of every draw by approach, shape (draws,)
    total, cumulative : bands of every approach, at the horizon and at t = 0..T
    odds : of every pair asked for
    best : share of the draws in which each approach is the cheapest; equals share a draw
    regret_usd : expected cost of choosing each approach against the best one of every draw
    perfect_information_usd : what the choice would gain if everything were known before it
    information_about_usd : the same for one input at a time, by pointer
    waiting_usd : what deciding at the switch of each staged plan is worth, against deciding now and the best plan
    success : bands of the success rate in the worst month, by approach; only where it is known
    on_target : share of the draws in which it reaches the target; empty without a target
    unable : share of the draws in which no hardware runs a set-up, by its pointer: these stand as at the base case
    assumptions, warnings : what was assumed; what the reader must know
    """

    inputs: tuple[Uncertain, ...]
    draws: int
    seed: int
    totals: dict[str, Values]
    total: dict[str, Band]
    cumulative: dict[str, Band]
    odds: dict[tuple[str, str], Odds]
    best: dict[str, float]
    regret_usd: dict[str, float]
    perfect_information_usd: float
    information_about_usd: dict[str, float]
    waiting_usd: dict[str, dict[str, float]]
    success: dict[str, Band]
    on_target: dict[str, float]
    unable: dict[str, float]
    assumptions: tuple[Assumption, ...] = ()
    warnings: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class Runs:
    """Every draw, computed.

    Parameters
    ----------
    after_usd : cumulative cost by approach, shape (months + 1, draws)
    first : first break-even month by pair, NaN beyond the horizon, shape (draws,)
    cheaper : share of the draws in which the candidate is cheaper, by pair, shape (months + 1,)
    success : success rate in the worst month by approach, where it is known, shape (draws,)
    unable : whether no hardware runs a set-up, by its pointer, shape (draws,)
    """

    after_usd: dict[str, Values]
    first: dict[tuple[str, str], Values]
    cheaper: dict[tuple[str, str], Values]
    success: dict[str, Values]
    unable: dict[str, npt.NDArray[np.bool_]]


def assess(
    scenario: Scenario, base: Computation, book: PriceBook, pairs: Sequence[tuple[str, str]]
) -> Assessment | None:
    """Compute bands, probabilities and the value of information; None where nothing is uncertain.

    What the calculation decides by itself at the base case (the month of a switch, where caching pays, who bridges a
    lead time) is kept in every draw: nobody decides with hindsight. How many GPUs a job needs is no decision.

    Parameters
    ----------
    scenario : the question, with its ranges
    base : the same computed at its most likely values
    book : the prices
    pairs : candidate and baseline of the comparisons

    Raises
    ------
    ScenarioError : correlations contradict themselves, or draws and months are too many
    """
    inputs = uncertain_inputs(scenario)
    if not inputs:
        return None
    drawn = draw(inputs, scenario.correlations, scenario.draws, scenario.seed)
    if drawn.count * (scenario.horizon_months + 1) * len(scenario.approaches) > MOST_CELLS:
        raise ScenarioError(
            f"{drawn.count} draws of {scenario.horizon_months} months and {len(scenario.approaches)} approaches are "
            "too many to keep: ask for fewer draws.",
            "/draws",
        )
    at_base = base.setting.scenario
    counts = changes(at_base, inputs, drawn, scenario.seed)
    found = run_draws(at_base, book, base, {**drawn.values, **counts}, drawn.count, pairs)
    return _summarise(scenario, base, inputs, drawn, found, pairs, drawn_changes=bool(counts))


def changes(at_base: Scenario, inputs: Sequence[Uncertain], drawn: Draws, seed: int) -> dict[str, Values]:
    """Draw how often the requirements change in each month: Poisson counts, drawn last."""
    rate: Any = drawn.values.get(CHANGES, at_base.requirement_changes_per_month)
    if not np.any(rate) or not any(each.spread for each in inputs):
        return {}
    generator = np.random.default_rng([seed, 1])
    return {CHANGES: generator.poisson(rate, (drawn.count, at_base.horizon_months)).astype(float)}


def run_draws(
    at_base: Scenario,
    book: PriceBook,
    base: Computation,
    values: Mapping[str, Values],
    count: int,
    pairs: Sequence[tuple[str, str]],
) -> Runs:
    """Compute every draw, a block at a time.

    Parameters
    ----------
    at_base : the scenario without ranges
    values : by pointer, (draws, 1) or (draws, months)
    """
    months = at_base.horizon_months
    block = max(BLOCK_CELLS // months, 64)
    after = {name: np.empty((months + 1, count)) for name in at_base.approaches}
    first = {pair: np.empty(count) for pair in pairs}
    cheaper = {pair: np.zeros(months + 1) for pair in pairs}
    success = {name: np.empty(count) for name, bill in base.bills.items() if bill.success_rate is not None}
    unable: dict[str, npt.NDArray[np.bool_]] = {}
    for start in range(0, count, block):
        cells = slice(start, min(start + block, count))
        drawn = with_values(at_base, {pointer: value[cells] for pointer, value in values.items()})
        computed = compute(drawn, book, base.setting.choices.taken, drawn=True)
        curves = computed.curves
        for name, curve in curves.items():
            after[name][:, cells] = curve.after_usd.T
        for name, rates in success.items():
            rates[cells] = computed.bills[name].lowest_success
        for pointer, here in computed.setting.choices.unable.items():
            unable.setdefault(pointer, np.zeros(count, dtype=bool))[cells] = here
        for pair in pairs:
            gap = difference(curves[pair[0]], curves[pair[1]])
            first[pair][cells] = summarise(gap).first
            below = (gap.sign[:, 0::2] < 0).sum(axis=0)
            cheaper[pair] += below * ((cells.stop - cells.start) / len(gap.sign))
    return Runs(after, first, {pair: times / count for pair, times in cheaper.items()}, success, unable)


def _summarise(
    scenario: Scenario,
    base: Computation,
    inputs: tuple[Uncertain, ...],
    drawn: Draws,
    found: Runs,
    pairs: Sequence[tuple[str, str]],
    *,
    drawn_changes: bool,
) -> Assessment:
    totals = {name: after[-1] for name, after in found.after_usd.items()}
    cumulative = {name: band(after) for name, after in found.after_usd.items()}
    return Assessment(
        inputs=inputs,
        draws=drawn.count,
        seed=scenario.seed,
        totals=totals,
        total={name: _last(each) for name, each in cumulative.items()},
        cumulative=cumulative,
        odds={pair: _odds(found, pair, drawn.count) for pair in pairs},
        best=best_shares(totals),
        regret_usd=regrets_usd(totals),
        perfect_information_usd=perfect_information_usd(totals),
        information_about_usd=information_about_usd(
            totals, {each.pointer: drawn.values[each.pointer][:, 0] for each in inputs}
        ),
        waiting_usd={
            name: waiting_usd(totals, plan.first, name, float(np.min(base.bills[name].switch_month or 0.0)))
            for name, plan in scenario.approaches.items()
            if isinstance(plan, Staged)
        },
        success={name: band(rates) for name, rates in found.success.items()},
        on_target=_on_target(scenario, drawn, found),
        unable={pointer: float(cells.mean()) for pointer, cells in found.unable.items()},
        assumptions=_assumptions(scenario, drawn, drawn_changes=drawn_changes),
        warnings=(*_unable(found), *_warnings(inputs, drawn)),
    )


def _on_target(scenario: Scenario, drawn: Draws, found: Runs) -> dict[str, float]:
    """Count in which share of the draws each approach reaches the target."""
    target: Any = drawn.values.get(TARGET, base_of(scenario.target_success_rate))
    if target is None:
        return {}
    asked = np.ravel(target)
    return {name: float((rates >= asked - ALIKE).mean()) for name, rates in found.success.items()}


def _odds(found: Runs, pair: tuple[str, str], draws: int) -> Odds:
    candidate, baseline = pair
    months = found.first[pair]
    p10, p50, p90 = (censored_quantile(months, level) for level in LEVELS)
    return Odds(
        candidate,
        baseline,
        difference=band(found.after_usd[candidate] - found.after_usd[baseline]),
        cheaper=found.cheaper[pair],
        never=float(np.isnan(months).mean()),
        month_p10=p10,
        month_p50=p50,
        month_p90=p90,
        draws=draws,
    )


def best_shares(totals: Mapping[str, Values]) -> dict[str, float]:
    """Count in which share of the draws each approach is the cheapest.

    Examples
    --------
    >>> best_shares({"A": np.array([1.0, 5.0]), "B": np.array([3.0, 5.0])})
    {'A': 0.75, 'B': 0.25}
    """
    costs = np.column_stack(list(totals.values()))
    lowest = costs.min(axis=1, keepdims=True)
    equal = costs <= lowest + 1e-9 * np.abs(lowest)
    shares = (equal / equal.sum(axis=1, keepdims=True)).mean(axis=0)
    return {name: float(each) for name, each in zip(totals, shares, strict=True)}


def _last(of: Band) -> Band:
    return Band(of.p10[-1], of.p50[-1], of.p90[-1], of.mean[-1], of.mean_error[-1], of.p50_error[-1])


def _assumptions(scenario: Scenario, drawn: Draws, *, drawn_changes: bool) -> tuple[Assumption, ...]:
    used: list[tuple[str, Any, str, str]] = [
        ("/draws", drawn.count, "draw", "scrambled Sobol points"),
        ("/seed", scenario.seed, "1", "the same seed gives the same draws"),
    ]
    if drawn_changes:
        used.append((CHANGES, "counts drawn (Poisson)", "", "with the stated mean in each month"))
    return tuple(Assumption(*each) for each in used)


def _unable(found: Runs) -> Iterator[Caution]:
    """Warn of each set-up that no hardware runs in some of the draws."""
    for pointer, cells in found.unable.items():
        count = int(cells.sum())
        yield Caution(
            "setup_cannot_run",
            pointer,
            f"In {count:,} of {len(cells):,} drawn cases ({count / len(cells):.2%}) no hardware runs this set-up as "
            "planned: its memory or its context does not hold what is drawn. These cases are computed as if it did; "
            "plan for them, or narrow the ranges.",
        )


def _warnings(inputs: Sequence[Uncertain], drawn: Draws) -> tuple[Caution, ...]:
    found = []
    if drawn.repaired_by:
        found.append(
            Caution(
                "correlations_repaired",
                "/correlations",
                "The stated rank correlations contradict each other. The nearest possible ones are used; the largest "
                f"change is {drawn.repaired_by:.3f}.",
            )
        )
    fitted = [each.pointer for each in inputs if each.calibrated and each.pointer.endswith(f"/{FIT}")]
    if fitted:
        found.append(
            Caution(
                "fit_spread",
                fitted[0],
                f"The error of the {_counted(len(fitted), 'curve')} fitted to pilots is counted too, though no range "
                "is stated for it.",
            )
        )
    modelled = [each.pointer for each in inputs if each.calibrated and each.pointer not in fitted]
    if modelled:
        what = ", ".join(dict.fromkeys(PREDICTED[tokens_of(pointer)[-1]] for pointer in modelled))
        found.append(
            Caution(
                "hardware_spread",
                modelled[0],
                f"Predicted, without a stated range: {what}. How far off such predictions were before is counted in.",
            )
        )
    return tuple(found)


def _counted(number: int, what: str) -> str:
    """Count things in words.

    Examples
    --------
    >>> _counted(1, "input"), _counted(3, "input")
    ('1 input', '3 inputs')
    """
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
