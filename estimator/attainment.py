"""What a success rate takes: examples, hours or shots, the money they cost, and where two approaches meet."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.approaches.expected_quality import EffortCurve, PowerCurve, effort_curve, tuning_curve
from estimator.break_even.months import ZERO
from estimator.break_even.scan import UNCOMPUTABLE, gap_between, roots_along
from estimator.computation import Computation, compute_at, known_totals
from estimator.escalation import write_escalation
from estimator.price_book import PriceBook
from estimator.quality import Fit, best_hours, examples_for, fitted_at_chance, hours_for, tuning_quality
from estimator.scenario import FineTuning, PromptEngineering, Scenario, Shots
from estimator.scenario.pointer import escaped

Values = npt.NDArray[np.float64]
Section = dict[str, Any]
MOST_EXAMPLES, MOST_HOURS = 1e12, 1e9
BELOW_PLATEAU = 1e-6
"""Targets are looked at up to this far below the lower plateau."""
HOURS_APART = 1000.0
UNKNOWN = "success_rate_unknown"


def write_quality(computed: Computation, book: PriceBook) -> Section | None:
    """Write what is known about quality: curves, targets, shots, and where approaches meet; None without a curve.

    Parameters
    ----------
    computed : the scenario at its base case
    book : the prices
    """
    scenario = computed.setting.scenario
    tuned: dict[str, PowerCurve] = {}
    prompted: dict[str, EffortCurve] = {}
    for name, plan in scenario.approaches.items():
        where = f"/approaches/{escaped(name)}/quality"
        if isinstance(plan, FineTuning) and plan.quality is not None:
            tuned[name] = tuning_curve(plan.quality, where)
        elif isinstance(plan, PromptEngineering) and plan.quality is not None:
            prompted[name] = effort_curve(plan.quality, where)
    hybrids, failures = write_escalation(computed, book), _failure_costs(computed, book)
    if not tuned and not prompted and not hybrids and not any(each["reason"] != UNKNOWN for each in failures):
        return None
    target = scenario.target_success_rate
    written: dict[str, Section] = {}
    for name, power in tuned.items():
        written[name] = _write_power(power, stated=_states(scenario, name, "exponent")) | {
            "target": _target(computed, book, name, target, power),
            "target_reason": None if target is not None else "no_target",
        }
    for name, effort in prompted.items():
        stated = effort.assumed_tau or _states(scenario, name, "tau_hours")
        written[name] = _write_effort(effort, stated=stated) | {
            "target": _target(computed, book, name, target, effort),
            "target_reason": None if target is not None else "no_target",
            "best_hours": _best_hours(computed, book, name, effort),
            "shots": (shots := _shots(computed, book, name)),
            "shots_reason": None if shots is not None else "no_curve_over_shots",
        }
    return {
        "approaches": written,
        "hybrids": hybrids,
        "failure_costs": failures,
        "pairs": [
            _meet(computed, book, one, other, tuned[one], prompted[other]) for one in tuned for other in prompted
        ],
        "pairs_reason": None if tuned and prompted else "needs_a_tuned_and_a_prompted_curve",
    }


def _states(scenario: Scenario, name: str, parameter: str) -> bool:
    """Tell whether a parameter of the curve of an approach is stated."""
    plan = scenario.approaches[name]
    return isinstance(plan, FineTuning | PromptEngineering) and getattr(plan.quality, parameter) is not None


def _failure_costs(computed: Computation, book: PriceBook) -> list[Section]:
    """Find, for each approach against the baseline, the cost of a failure at which both cost the same.

    Equation
    --------
    c* = D(T; c = 0) / sum of v^m V (q_A - q_B), as D is straight in c
    """
    rates = {name: bill.success_rate for name, bill in computed.bills.items()}
    baseline = computed.baseline
    others = [name for name in rates if name != baseline]
    if rates[baseline] is None or all(rates[name] is None for name in others):
        nothing = {"baseline": baseline, "cost_of_failure_usd": None, "reason": UNKNOWN}
        return [{"candidate": name, **nothing} for name in others]
    two = _costs(computed, book, {"/cost_of_failure_usd": np.array([0.0, 1.0])})
    written = []
    for name in others:
        gap = two[name] - two[baseline]
        rise, scale = float(gap[1] - gap[0]), float(np.abs(np.concatenate([two[name], two[baseline]])).max())
        at, reason = None, None
        if rates[name] is None:
            reason = UNKNOWN
        elif abs(rise) <= ZERO * scale:
            reason = _why_no_rise(computed, name)
        elif -gap[0] / rise < 0:
            reason = "order_never_changes"
        else:
            at = float(-gap[0] / rise)
        written.append({"candidate": name, "baseline": baseline, "cost_of_failure_usd": at, "reason": reason})
    return written


def _why_no_rise(computed: Computation, name: str) -> str:
    """Say why the cost of a failure moves two approaches alike."""
    pair = [computed.bills[each] for each in (name, computed.baseline)]
    if not np.any(computed.setting.requests):
        return "volume_zero"
    unserved = any(np.all(bill.lead_time_months >= computed.setting.horizon) for bill in pair)
    return "never_serves" if unserved else "success_rates_equal"


def _write_power(curve: PowerCurve, *, stated: bool) -> Section:
    """Write a curve; an exponent that is not `stated` says nothing where the pilots do not rise."""
    fit = curve.fit
    return {
        "curve": "plateau - gap examples^-exponent",
        "plateau": float(curve.plateau),
        "gap": float(curve.gap),
        "exponent": float(curve.exponent) if stated or fit is None or fit.gap > 0 else None,
        "intervals": None if fit is None else _intervals(fit, "exponent"),
        "intervals_reason": _why_no_interval(fit),
        "residual": None if fit is None else fit.residual,
        "basis": "stated" if fit is None else "fitted to the pilots",
    }


def _write_effort(curve: EffortCurve, *, stated: bool) -> Section:
    """Write a curve; a tau that is neither `stated` nor assumed says nothing where the pilots do not rise."""
    fit = curve.fit
    found = None if fit is None else _intervals(fit, "tau_hours")
    if found is not None and found["tau_hours"] is not None:
        found["tau_hours"] = [1.0 / each for each in reversed(found["tau_hours"])]
    if fit is not None and found is not None and fit.covariance is not None:
        found["start"] = [float(fitted_at_chance("exponential", fit, 0.0, chance)) for chance in (0.05, 0.95)]
    basis = "stated" if fit is None else "fitted to the pilots"
    return {
        "curve": "start + (plateau - start) (1 - exp(-hours / tau))",
        "start": float(curve.start),
        "plateau": float(curve.plateau),
        "tau_hours": float(curve.tau_hours) if stated or fit is None or fit.gap > 0 else None,
        "intervals": found,
        "intervals_reason": _why_no_interval(fit),
        "residual": None if fit is None else fit.residual,
        "basis": f"{basis}; tau is an assumption" if curve.assumed_tau else basis,
    }


def _why_no_interval(fit: Fit | None) -> str | None:
    if fit is None:
        return "parameters_stated"
    if fit.gap <= 0:
        return "pilots_do_not_rise"
    return "as_many_pilots_as_parameters" if fit.covariance is None else None


def _intervals(fit: Fit, rate: str) -> Section:
    pairs = {"plateau": fit.plateau_interval, "gap": fit.gap_interval, rate: fit.rate_interval}
    return {name: None if ends is None else list(ends) for name, ends in pairs.items()}


def _needed(curve: PowerCurve | EffortCurve, target: Any) -> tuple[str, Values]:
    """Return the field that a target moves, and its value; infinite where the target cannot be reached."""
    if isinstance(curve, PowerCurve):
        return "train_examples", np.asarray(examples_for(target, curve.plateau, curve.gap, curve.exponent))
    return "effort_hours", np.asarray(hours_for(target, curve.start, curve.plateau, curve.tau_hours))


def _target(
    computed: Computation, book: PriceBook, name: str, target: float | None, curve: PowerCurve | EffortCurve
) -> Section | None:
    """Say what reaching the target takes, and what the approach then costs."""
    if target is None:
        return None
    unit, needed = _needed(curve, target)
    reachable = bool(needed <= (MOST_EXAMPLES if unit == "train_examples" else MOST_HOURS))
    total = None
    if reachable:
        amount = float(np.ceil(needed - 1e-9)) if unit == "train_examples" else float(needed)
        found = _costs(computed, book, {f"/approaches/{escaped(name)}/{unit}": np.array([amount])})
        total = None if np.isnan(found[name][0]) else float(found[name][0])
    return {
        "success_rate": float(target),
        "attainable": reachable,
        unit: float(needed) if reachable else None,
        "total_usd": total,
        "reason": "plateau_below_target" if not reachable else UNCOMPUTABLE if total is None else None,
    }


def _best_hours(computed: Computation, book: PriceBook, name: str, curve: EffortCurve) -> Section:
    """Find the hours after which one more costs more than the failures it avoids."""
    setting = computed.setting
    worth = float((setting.factors * setting.requests * setting.scenario.cost_of_failure_usd).sum())
    pointer = f"/approaches/{escaped(name)}/effort_hours"
    hours = {pointer: np.array([[0.0], [HOURS_APART]])}
    upfront = np.ravel(compute_at(computed, book, hours, setting.choices.taken).bills[name].upfront_usd)
    per_hour = float(upfront[-1] - upfront[0]) / HOURS_APART
    if per_hour <= 0 or worth == 0:
        return {"hours": None, "usd_per_hour": per_hour, "reason": "no_cost_of_failure" if worth == 0 else "hours_free"}
    best = float(best_hours(curve.start, curve.plateau, curve.tau_hours, worth, per_hour))
    return {"hours": best, "usd_per_hour": per_hour, "reason": None}


def _shots(computed: Computation, book: PriceBook, name: str) -> Section | None:
    """Find the number of shots with the lowest total cost, failures included, and the fewest that reach the target."""
    scenario = computed.setting.scenario
    plan = scenario.approaches[name]
    shots: Shots | None = plan.quality.shots if isinstance(plan, PromptEngineering) and plan.quality else None
    if shots is None:
        return None
    pointer = f"/approaches/{escaped(name)}"
    curve = tuning_curve(shots, f"{pointer}/quality/shots")
    count = np.arange(1.0, shots.most + 1.0)
    quality = np.asarray(tuning_quality(count, curve.plateau, curve.gap, curve.exponent))
    basis = "stated" if curve.fit is None else "fitted to the pilots"
    totals = _costs(
        computed,
        book,
        {
            f"{pointer}/prompt_tokens": shots.tokens_without_shots + count * shots.tokens_per_shot,
            f"{pointer}/success_rate": quality,
        },
    )[name]
    known = ~np.isnan(totals)
    if not known.any():
        nothing = dict.fromkeys(("best", "success_rate", "total_usd", "fewest_for_target"))
        return nothing | {"reason": UNCOMPUTABLE, "basis": basis}
    best = int(np.nanargmin(totals))
    target = scenario.target_success_rate
    enough = np.flatnonzero(known & (quality >= target)) if target is not None else np.array([], dtype=int)
    return {
        "best": int(count[best]),
        "success_rate": float(quality[best]),
        "total_usd": float(totals[best]),
        "fewest_for_target": int(count[enough[0]]) if len(enough) else None,
        "reason": None if np.any(scenario.cost_of_failure_usd) else "no_cost_of_failure",
        "basis": basis,
    }


def _meet(
    computed: Computation, book: PriceBook, tuned: str, prompted: str, power: PowerCurve, effort: EffortCurve
) -> Section:
    """Find the examples that equal the plateau of the prompt, and the success rates at which both cost the same."""
    equal = float(examples_for(effort.plateau, power.plateau, power.gap, power.exponent))
    low = max(float(effort.start), float(tuning_quality(1.0, power.plateau, power.gap, power.exponent)), BELOW_PLATEAU)
    high = min(float(effort.plateau), float(power.plateau)) - BELOW_PLATEAU
    roots: tuple[float, ...] = ()
    reason: str | None = "no_common_quality"
    if low < high:

        def gap(_: npt.NDArray[np.int64], target: Values) -> tuple[Values, Values]:
            amounts = {}
            for name, curve, most in ((tuned, power, MOST_EXAMPLES), (prompted, effort, MOST_HOURS)):
                unit, needed = _needed(curve, target)
                amounts[f"/approaches/{escaped(name)}/{unit}"] = np.minimum(needed, most)
            cost = _costs(computed, book, amounts)
            return gap_between(cost[tuned], cost[prompted])

        roots, reason = roots_along(gap, 1, (low, high))[0]
    return {
        "tuned": tuned,
        "prompted": prompted,
        "examples_equal_to_prompt_plateau": equal if np.isfinite(equal) else None,
        "examples_equal_reason": None if np.isfinite(equal) else "plateau_below_that_of_the_prompt",
        "break_even_success_rates": list(roots),
        "searched": {"from": low, "to": high} if low < high else None,
        "reason": reason,
    }


def _costs(computed: Computation, book: PriceBook, values: Mapping[str, Values]) -> dict[str, Values]:
    """Compute totals at other values, what was decided at the base case kept; NaN where a value rules that out."""

    def some(cells: npt.NDArray[np.int64]) -> Computation:
        columns = {pointer: each[cells, None] for pointer, each in values.items()}
        return compute_at(computed, book, columns, computed.setting.choices.taken)

    return known_totals(computed.curves, len(next(iter(values.values()))), some)
