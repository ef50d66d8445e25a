"""The quality curves of a plan: stated, or fitted to its pilots."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from estimator.cost_line import Working
from estimator.errors import EstimatorError, ScenarioError
from estimator.quality import Fit, fit_curve, fitted_at_chance, prompting_quality, tuning_quality
from estimator.quantities import Quantity, Share
from estimator.scenario import FineTuning, PromptEngineering, PromptQuality, Shots, TuningQuality

USUAL_TAU_HOURS = 25.0
"""Hours after which 63 % of the way to the plateau is gone, where fewer than three pilots can say it (docs)."""
ENOUGH_PILOTS = 3


@dataclass(frozen=True, slots=True)
class PowerCurve:
    """plateau - gap x^-exponent, over examples or shots; `fit` where it was fitted."""

    plateau: Quantity
    gap: Quantity
    exponent: Quantity
    fit: Fit | None = None


@dataclass(frozen=True, slots=True)
class EffortCurve:
    """start + (plateau - start) (1 - exp(-hours / tau)); `fit` where fitted, `assumed_tau` where tau is usual."""

    start: Quantity
    plateau: Quantity
    tau_hours: Quantity
    fit: Fit | None = None
    assumed_tau: bool = False


def tuning_curve(quality: TuningQuality | Shots, pointer: str) -> PowerCurve:
    """Return the curve over examples, or over shots.

    Raises
    ------
    ScenarioError : neither enough pilots nor all parameters
    """
    if quality.plateau is not None and quality.gap is not None and quality.exponent is not None:
        return PowerCurve(quality.plateau, quality.gap, quality.exponent)
    if quality.gap is not None:
        raise ScenarioError("State plateau and exponent beside the gap, or leave the gap to the pilots.", pointer)
    if isinstance(quality, Shots):
        points = tuple((float(pilot.shots), float(pilot.success_rate)) for pilot in quality.pilots)
    else:
        points = tuple((float(pilot.examples), float(pilot.success_rate)) for pilot in quality.pilots)
    try:
        fit = fit_curve("power", points, _number(quality.plateau, pointer), _number(quality.exponent, pointer))
    except EstimatorError as error:
        raise error.below(pointer) from None
    return PowerCurve(fit.plateau, fit.gap, fit.rate, fit)


def effort_curve(quality: PromptQuality, pointer: str) -> EffortCurve:
    """Return the curve over hours of prompt engineering.

    A stated start counts as a pilot at 0 hours where the rest is fitted.

    Raises
    ------
    ScenarioError : neither enough pilots nor all parameters
    """
    tau = quality.tau_hours
    assumed = tau is None and len(quality.pilots) < ENOUGH_PILOTS
    if assumed:
        tau = USUAL_TAU_HOURS
    if quality.start is not None and quality.plateau is not None and tau is not None:
        return EffortCurve(quality.start, quality.plateau, tau, assumed_tau=assumed)
    points = tuple((float(pilot.hours), float(pilot.success_rate)) for pilot in quality.pilots)
    start = _number(quality.start, pointer)
    if start is not None:
        points = ((0.0, start), *points)
    known_tau = _number(tau, pointer)
    try:
        rate = None if known_tau is None else 1.0 / known_tau
        fit = fit_curve("exponential", points, _number(quality.plateau, pointer), rate)
    except EstimatorError as error:
        raise error.below(pointer) from None
    return EffortCurve(fit.plateau - fit.gap, fit.plateau, 1.0 / fit.rate, fit, assumed)


def fit_of(plan: PromptEngineering | FineTuning, pointer: str) -> Fit | None:
    """Return the fit that the success rate of a plan is read from; None where all is stated, or nothing enters.

    Raises
    ------
    ScenarioError : a curve that cannot be fitted
    """
    if plan.success_rate is not None or plan.quality is None:
        return None
    where = f"{pointer}/quality"
    if isinstance(plan.quality, TuningQuality):
        return tuning_curve(plan.quality, where).fit
    return effort_curve(plan.quality, where).fit


def expected_success(plan: PromptEngineering | FineTuning, pointer: str, work: Working | None = None) -> Share:
    """Read the success rate of a plan from its curve, at its examples or hours.

    Parameters
    ----------
    work : notes how it is worked out

    Raises
    ------
    ScenarioError : the plan has no curve, or one that cannot be fitted
    """
    where, work = f"{pointer}/quality", Working() if work is None else work
    if isinstance(plan, FineTuning) and plan.quality is not None:
        power = tuning_curve(plan.quality, where)
        if power.fit is not None and plan.quality.fit_quantile is not None:
            return fitted_at_chance("power", power.fit, plan.train_examples, plan.quality.fit_quantile)
        return work(
            tuning_quality,
            examples=plan.train_examples,
            plateau=power.plateau,
            gap=power.gap,
            exponent=power.exponent,
        )
    if isinstance(plan, PromptEngineering) and plan.quality is not None:
        effort = effort_curve(plan.quality, where)
        if effort.fit is not None and plan.quality.fit_quantile is not None:
            return fitted_at_chance("exponential", effort.fit, plan.effort_hours, plan.quality.fit_quantile)
        return work(
            prompting_quality,
            hours=plan.effort_hours,
            start=effort.start,
            plateau=effort.plateau,
            tau_hours=effort.tau_hours,
        )
    raise ScenarioError("No quality curve is stated.", where)


def plain_or_none(value: Quantity) -> float | None:
    """Return a single number as a float, None where there are many."""
    return float(np.ravel(value)[0]) if np.size(value) == 1 else None


def _number(value: Any, pointer: str) -> float | None:
    if value is None:
        return None
    if np.size(value) != 1:
        raise ScenarioError("A parameter that varies needs all others stated: a fit takes one number.", pointer)
    return float(np.ravel(value)[0])
