"""The whole analysis of one pair: tornado, shares of the variance, value of information."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.setting import Caution
from estimator.computation import CHANGES, Computation, compute, looked_up
from estimator.errors import UnknownNameError
from estimator.estimate import completed, open_book, pairs_of
from estimator.price_book import Library, PriceBook
from estimator.recommendation import rank
from estimator.scenario import Scenario
from estimator.scenario.pointer import at_base, with_values
from estimator.sensitivity.screening import Screened, screen
from estimator.sensitivity.tornado import Bar, levers_of, tornado
from estimator.sensitivity.variance import Shares, variance_shares
from estimator.uncertainty import Assessment, Uncertain, assess, uncertain_inputs
from estimator.uncertainty.distributions import value_at_chance

Values = npt.NDArray[np.float64]
POINTS = 1024
"""Points of the Sobol design, a power of two."""
MOST_INPUTS = 20
"""More uncertain inputs than these are screened first."""
BLOCK_CELLS = 2**16


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What moves the difference of one pair.

    Parameters
    ----------
    candidate, baseline : the pair
    bars : the tornado
    screened : elementary effects by pointer, where inputs are many
    shares : Sobol indices, None where nothing is uncertain or inputs are correlated
    inputs : the pointers of the shares, in their order
    assessment : bands and value of information, None where nothing is uncertain
    warnings : what the reader must know
    """

    candidate: str
    baseline: str
    bars: tuple[Bar, ...]
    screened: dict[str, tuple[float, float]]
    shares: Shares | None
    inputs: tuple[str, ...]
    assessment: Assessment | None
    warnings: tuple[Caution, ...]


def analyse(scenario: Scenario, library: Library, pair: tuple[str, str] | None = None) -> Sensitivity:
    """Find what moves the difference of a pair at the horizon.

    Parameters
    ----------
    scenario : the question; its ranges say how far inputs move
    library : the price tables
    pair : candidate and baseline; None = the approach recommended and what it is measured against, or the rival of the
        baseline against it where that is recommended; where nothing is feasible, the cheapest against the baseline

    Raises
    ------
    EstimatorError : the scenario cannot be computed; its pointer says where
    """
    book = open_book(scenario, library)
    scenario = completed(scenario, book)
    base = compute(at_base(scenario), book)
    pair = _pair(base, pair)
    bars = tornado(scenario, book, base, pair, levers_of(scenario, looked_up(base)))
    return replace(explain_ranges(scenario, book, base, pair), bars=bars)


def explain_ranges(
    scenario: Scenario,
    book: PriceBook,
    base: Computation,
    pair: tuple[str, str],
    assessment: Assessment | None = None,
) -> Sensitivity:
    """Find which ranges move the difference of a pair at the horizon, and what knowing one would be worth; no bars.

    Parameters
    ----------
    scenario : the question, completed
    book : the prices
    base : the scenario computed at its most likely values
    pair : candidate and baseline
    assessment : its bands, where they are known already

    Raises
    ------
    EstimatorError : the scenario cannot be computed at one of the draws
    """
    inputs = [each for each in uncertain_inputs(scenario) if each.spread]
    warnings: list[Caution] = []
    screened: dict[str, tuple[float, float]] = {}
    shares = None
    if inputs and scenario.correlations:
        warnings.append(
            Caution(
                "correlated_inputs",
                "/correlations",
                "Shares of the variance have no meaning for correlated inputs and are left out. Bands, probabilities "
                "and the value of information keep the correlations.",
            )
        )
    elif inputs:
        warnings += _expected_changes(scenario, base, inputs)
        if len(inputs) > MOST_INPUTS:
            inputs, screened = _screened(scenario, book, base, pair, inputs)
            warnings.append(
                Caution(
                    "inputs_screened",
                    "",
                    f"{len(screened)} inputs are uncertain: shares of the variance are given for the {MOST_INPUTS} "
                    "strongest by elementary effects, the others stay at their base value.",
                )
            )
        shares = variance_shares(
            difference_at_chances(scenario, book, base, pair, inputs), len(inputs), POINTS, scenario.seed
        )
    if assessment is None:
        assessment = assess(scenario, base, book, pairs_of(list(scenario.approaches), base.baseline))
    if assessment is not None:
        warnings += [each for each in assessment.warnings if each.pointer in assessment.unable]
    return Sensitivity(
        *pair,
        bars=(),
        screened=screened,
        shares=shares,
        inputs=tuple(each.pointer for each in inputs),
        assessment=assessment,
        warnings=tuple(warnings),
    )


def _expected_changes(scenario: Scenario, base: Computation, inputs: Sequence[Uncertain]) -> list[Caution]:
    """Say that shares and screening take the rate of changes where draws count them."""
    drawn = any(each.pointer == CHANGES for each in inputs)
    if not drawn and not base.setting.scenario.requirement_changes_per_month:
        return []
    return [
        Caution(
            "expected_changes",
            CHANGES,
            "How often the requirements change is a matter of chance too. Bands, probabilities and the value of "
            "information count that chance; the shares here do not: they take the expected number of changes.",
        )
    ]


def _pair(base: Computation, asked: tuple[str, str] | None) -> tuple[str, str]:
    names = list(base.curves)
    if asked is not None:
        for place, name in enumerate(asked):
            if name not in names:
                raise UnknownNameError("approach", name, names, ("/candidate", "/baseline")[place])
        return asked
    ranking = rank(base)
    best, rival = ranking.pair or (next(name for name in ranking.names if name != base.baseline), base.baseline)
    return (rival, best) if best == base.baseline else (best, rival)


def _screened(
    scenario: Scenario, book: PriceBook, base: Computation, pair: tuple[str, str], inputs: Sequence[Uncertain]
) -> tuple[list[Uncertain], dict[str, tuple[float, float]]]:
    found: Screened = screen(difference_at_chances(scenario, book, base, pair, inputs), len(inputs), scenario.seed)
    strongest = np.sort(np.argsort(-found.strength, kind="stable")[:MOST_INPUTS])
    effects = zip(found.strength.tolist(), found.spread.tolist(), strict=True)
    return [inputs[place] for place in strongest], {
        each.pointer: effect for each, effect in zip(inputs, effects, strict=True)
    }


def difference_at_chances(
    scenario: Scenario, book: PriceBook, base: Computation, pair: tuple[str, str], inputs: Sequence[Uncertain]
) -> Any:
    """Return a function from chances (points, inputs) to the difference at the horizon, computed in blocks."""
    fixed = at_base(scenario)
    size = max(BLOCK_CELLS // scenario.horizon_months, 64)

    def evaluate(chances: Values) -> Values:
        found = np.empty(len(chances))
        for start in range(0, len(chances), size):
            cells = slice(start, start + size)
            drawn = {
                each.pointer: value_at_chance(each.distribution, chances[cells, place], each.declared)[:, None]
                for place, each in enumerate(inputs)
            }
            curves = compute(with_values(fixed, drawn), book, base.setting.choices.taken, drawn=True).curves
            found[cells] = curves[pair[0]].total_usd - curves[pair[1]].total_usd
        return found

    return evaluate


def write_sensitivity(found: Sensitivity) -> dict[str, Any]:
    """Write the analysis as plain values, in the shape of the HTTP contract."""
    return {
        "candidate": found.candidate,
        "baseline": found.baseline,
        "tornado": [_write_bar(bar) for bar in found.bars],
        "morris": {
            pointer: {"mu_star": strength, "sigma": spread} for pointer, (strength, spread) in found.screened.items()
        },
        "sobol": _write_shares(found),
        "value_of_information": None
        if found.assessment is None
        else {
            "perfect_usd": found.assessment.perfect_information_usd,
            "by_input_usd": found.assessment.information_about_usd,
        },
        "warnings": [{"code": each.code, "pointer": each.pointer, "message": each.message} for each in found.warnings],
    }


def _write_bar(bar: Bar) -> dict[str, Any]:
    lever = bar.lever
    return {
        "pointer": lever.pointer,
        "base": lever.base,
        "low": lever.low,
        "high": lever.high,
        "basis": lever.basis,
        "at_low": bar.usd[0],
        "at_high": bar.usd[1],
        "swing": bar.swing_usd,
        "month": _write_ends(bar.month, bar.why_no_month),
        "requests_per_month": _write_ends(bar.requests_per_month, bar.why_no_traffic),
    }


def _write_ends(found: tuple[float | None, float | None], why: tuple[str | None, str | None]) -> dict[str, Any]:
    return {"at_low": found[0], "at_high": found[1], "reason_at_low": why[0], "reason_at_high": why[1]}


def _write_shares(found: Sensitivity) -> dict[str, Any]:
    if found.shares is None:
        return {}
    shares = found.shares
    return {
        pointer: {
            "s1": _number(shares.first[place]),
            "st": _number(shares.total[place]),
            "intervals": {
                "s1": [_number(each) for each in shares.first_interval[place]],
                "st": [_number(each) for each in shares.total_interval[place]],
            },
        }
        for place, pointer in enumerate(found.inputs)
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
