"""How good an approach becomes with examples, hours or shots: curves, their fits, and what they imply."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.stats import t as student

from estimator.errors import ScenarioError
from estimator.quantities import Examples, Hours, Quantity, Share, Usd, UsdPerHour

Shape = Literal["power", "exponential"]
Points = tuple[tuple[float, float], ...]
Values = npt.NDArray[np.float64]
LEAST = 1e-12
RATES = {"power": (1e-3, 5.0), "exponential": (1e-6, 1e3)}
"""Between which ends a rate is looked for: an exponent, or 1 / hours."""
LEVEL = 0.9


def tuning_quality(examples: Examples, plateau: Share, gap: Quantity, exponent: Quantity) -> Share:
    """Predict the success rate of a model tuned on some examples, or of a prompt with some shots.

    Equation
    --------
    q(D) = q_max - a D^-beta, within 0..1

    Inputs
    ------
    examples : D [example]
    plateau : q_max [1]
    gap : a [1]
    exponent : beta [1]

    Output
    ------
    q [1]

    Examples
    --------
    >>> round(float(tuning_quality(400.0, 0.95, 2.0, 0.5)), 9)
    0.85

    Source
    ------
    The shape L = E + A D^-beta of Hestness et al. 2017 (arXiv 1712.00409) and Zhang et al. 2024 (arXiv 2402.17193).
    """
    rate: Share = np.clip(plateau - gap * np.maximum(examples, LEAST) ** -np.asarray(exponent), 0.0, 1.0)
    return rate


def examples_for(target: Share, plateau: Share, gap: Quantity, exponent: Quantity) -> Examples:
    """Count the examples that reach a success rate; infinite where the plateau lies below it.

    Equation
    --------
    D(q) = (a / (q_max - q))^(1 / beta)

    Inputs
    ------
    target : q [1]
    plateau : q_max [1]
    gap : a [1]
    exponent : beta [1]

    Output
    ------
    D [example]

    Examples
    --------
    >>> round(float(examples_for(0.85, 0.95, 2.0, 0.5)), 6)
    400.0
    >>> float(examples_for(0.95, 0.95, 2.0, 0.5))
    inf
    """
    missing = np.asarray(plateau - target, dtype=float)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return np.where(missing > 0, (gap / np.maximum(missing, 0.0)) ** (1.0 / np.asarray(exponent)), np.inf)


def prompting_quality(hours: Hours, start: Share, plateau: Share, tau_hours: Hours) -> Share:
    """Predict the success rate after some hours of prompt engineering.

    Equation
    --------
    q(H) = Q0 + (Qinf - Q0) (1 - exp(-H / tau))

    Inputs
    ------
    hours : H [h]
    start : Q0 [1]
    plateau : Qinf [1]
    tau_hours : tau [h]

    Output
    ------
    q [1]

    Examples
    --------
    >>> round(float(prompting_quality(25.0, 0.6, 0.8, 25.0)), 6)
    0.726424
    """
    return start + (plateau - start) * -np.expm1(-np.asarray(hours) / tau_hours)


def hours_for(target: Share, start: Share, plateau: Share, tau_hours: Hours) -> Hours:
    """Count the hours of prompt engineering that reach a success rate; infinite at or above the plateau.

    Equation
    --------
    H(q) = -tau ln(1 - (q - Q0) / (Qinf - Q0)); 0 if q <= Q0

    Inputs
    ------
    target : q [1]
    start : Q0 [1]
    plateau : Qinf [1]
    tau_hours : tau [h]

    Output
    ------
    H [h]

    Examples
    --------
    >>> round(float(hours_for(0.726424, 0.6, 0.8, 25.0)), 3)
    25.0
    >>> float(hours_for(0.5, 0.6, 0.8, 25.0)), float(hours_for(0.8, 0.6, 0.8, 25.0))
    (0.0, inf)
    """
    left = np.asarray(plateau - np.asarray(target), dtype=float)
    whole = np.maximum(plateau - np.asarray(start), LEAST)
    with np.errstate(divide="ignore"):
        hours = -tau_hours * np.log(np.maximum(left, 0.0) / whole)
    return np.where(np.less_equal(target, start), 0.0, np.where(left > 0, np.maximum(hours, 0.0), np.inf))


def best_hours(start: Share, plateau: Share, tau_hours: Hours, usd_per_quality: Usd, usd_per_hour: UsdPerHour) -> Hours:
    """Find the hours of prompt engineering after which another hour costs more than it brings.

    Equation
    --------
    H_opt = max(0, tau ln((Qinf - Q0) W / (w tau)))

    Inputs
    ------
    start : Q0 [1]
    plateau : Qinf [1]
    tau_hours : tau [h]
    usd_per_quality : W, worth of a success rate of 1 over the horizon [USD]
    usd_per_hour : w [USD/h]

    Output
    ------
    H [h]

    Examples
    --------
    >>> round(float(best_hours(0.6, 0.8, 25.0, 100000.0, 80.0)), 4)
    57.5646
    >>> float(best_hours(0.6, 0.8, 25.0, 0.0, 80.0))
    0.0
    """
    gain = (plateau - start) * usd_per_quality / (usd_per_hour * np.asarray(tau_hours))
    return tau_hours * np.log(np.maximum(gain, 1.0))


def usd_per_success(usd_per_request: Usd, success_rate: Share) -> Usd:
    """Divide the price of a request by its success rate: retries are independent, and checking them is free.

    Equation
    --------
    v = c / q

    Inputs
    ------
    usd_per_request : c [USD/request]
    success_rate : q [1]

    Output
    ------
    v [USD]

    Examples
    --------
    >>> usd_per_success(0.0084, 0.84)
    0.01

    Source
    ------
    Erol et al. 2025 (arXiv 2504.13359), cost of pass.
    """
    return usd_per_request / success_rate


@dataclass(frozen=True, slots=True)
class Fit:
    """A curve plateau - gap x^-rate, or plateau - gap exp(-rate x), through measured points.

    Parameters
    ----------
    plateau, gap, rate : its parameters
    plateau_interval, gap_interval, rate_interval : intervals at 90 %, None where a parameter was stated or the points
        are as many as the parameters, so that nothing is left to judge them by; of points that do not rise (gap 0)
        the plateau, their mean, has one alone
    residual : standard deviation of the points about the curve, None likewise
    fitted : which of plateau, gap and rate were fitted, in the order of `covariance`
    covariance : of these, gap and rate as logarithms, None likewise
    freedom : points beyond the parameters
    """

    plateau: float
    gap: float
    rate: float
    plateau_interval: tuple[float, float] | None = None
    gap_interval: tuple[float, float] | None = None
    rate_interval: tuple[float, float] | None = None
    residual: float | None = None
    fitted: tuple[str, ...] = ()
    covariance: tuple[tuple[float, ...], ...] | None = None
    freedom: int = 0


@lru_cache(maxsize=512)
def fit_curve(shape: Shape, points: Points, plateau: float | None = None, rate: float | None = None) -> Fit:
    """Fit the parameters that are not stated to measured points by least squares.

    For a given rate the curve is straight in plateau and gap, so that only the rate is searched. Intervals follow
    from the derivatives of the curve at the fit, for the logarithms of gap and rate, with Student's t.

    Parameters
    ----------
    shape : "power" or "exponential"
    points : pairs of x and success rate
    plateau, rate : stated parameters, None = to be fitted

    Raises
    ------
    ScenarioError : fewer points than parameters, or points at fewer places
    """
    free = 1 + (plateau is None) + (rate is None)
    if len({x for x, _ in points}) < free:
        raise ScenarioError(
            f"{free} parameters cannot be fitted to pilots at {len({x for x, _ in points})} different places: "
            "measure more, or state parameters.",
            "/pilots",
        )
    x, q = np.array(points).T

    def misfit(log_rate: float) -> float:
        return float(((_best(shape, x, q, float(np.exp(log_rate)), plateau)[2]) ** 2).sum())

    if rate is None:
        low, high = np.log(RATES[shape][0]), np.log(RATES[shape][1])
        grid = np.linspace(low, high, 200)
        at = int(np.argmin([misfit(each) for each in grid]))
        ends = grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)]
        found = minimize_scalar(misfit, bounds=ends, method="bounded", options={"xatol": 1e-10})
        rate_found = float(np.exp(found.x))
    else:
        rate_found = rate
    top, gap, left = _best(shape, x, q, rate_found, plateau)
    fit = Fit(top, gap, rate_found)
    freedom = len(points) - free
    if gap <= 0:
        return _level(fit, q, stated=plateau is not None)
    if freedom < 1:
        return fit
    residual = float(np.sqrt((left**2).sum() / freedom))
    fitted = ("gap", *(("plateau",) if plateau is None else ()), *(("rate",) if rate is None else ()))
    turned = _derivatives(shape, x, fit, fitted)
    covariance = residual**2 * np.linalg.pinv(turned.T @ turned)
    spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    reach = dict(zip(fitted, (spread * float(student.ppf((1 + LEVEL) / 2, freedom))).tolist(), strict=True))

    def around(name: str, value: float) -> tuple[float, float] | None:
        if name not in reach:
            return None
        if name == "plateau":
            return max(0.0, value - reach[name]), min(1.0, value + reach[name])
        return value * float(np.exp(-min(reach[name], 50.0))), value * float(np.exp(min(reach[name], 50.0)))

    return Fit(
        top,
        gap,
        rate_found,
        around("plateau", top),
        around("gap", gap),
        around("rate", rate_found),
        residual,
        fitted,
        tuple(tuple(row) for row in covariance.tolist()),
        freedom,
    )


def _level(fit: Fit, q: Values, *, stated: bool) -> Fit:
    """Judge a fit through points that do not rise: their mean, which is the only parameter that they tell of."""
    freedom = len(q) - 1
    if stated or freedom < 1:
        return fit
    residual = float(np.std(q, ddof=1))
    variance = residual**2 / len(q)
    reach = float(student.ppf((1 + LEVEL) / 2, freedom)) * variance**0.5
    return replace(
        fit,
        plateau_interval=(max(0.0, fit.plateau - reach), min(1.0, fit.plateau + reach)),
        residual=residual,
        fitted=("plateau",),
        covariance=((variance,),),
        freedom=freedom,
    )


def fitted_at_chance(shape: Shape, fit: Fit, x: Quantity, chance: Share) -> Share:
    """Read a fitted curve where it may truly run: below this value with a given chance.

    The parameters are off by what the covariance of the fit says, and the curve with them, to first order.

    Equation
    --------
    q(x) + t(chance, freedom) sqrt(g' S g), within 0..1; g the derivatives of q by the fitted parameters, S their
    covariance, t the quantile of Student's distribution

    Examples
    --------
    >>> line = fit_curve("power", ((1.0, 0.5), (2.0, 0.74), (4.0, 0.87), (8.0, 0.95)), rate=1.0)
    >>> [round(float(fitted_at_chance("power", line, 4.0, chance)), 3) for chance in (0.05, 0.5, 0.95)]
    [0.854, 0.874, 0.894]
    """
    middle = fit.plateau - fit.gap * _falling(shape, np.asarray(x, dtype=float), fit.rate)
    if fit.covariance is None:
        return np.clip(middle, 0.0, 1.0)
    slopes = _derivatives(shape, np.asarray(x, dtype=float), fit, fit.fitted)
    square = np.einsum("...i,ij,...j->...", slopes, np.array(fit.covariance), slopes)
    error = student.ppf(chance, fit.freedom) * np.sqrt(np.maximum(square, 0.0))
    rate: Share = np.clip(middle + error, 0.0, 1.0)
    return rate


def _derivatives(shape: Shape, x: Values, fit: Fit, names: Sequence[str]) -> Values:
    """Return how the curve moves with some parameters, gap and rate as logarithms, along a new last axis."""
    falling = _falling(shape, x, fit.rate)
    slope = -np.log(np.maximum(x, LEAST)) if shape == "power" else -x
    by_name = {
        "gap": -fit.gap * falling,
        "plateau": np.ones_like(falling),
        "rate": -fit.gap * falling * slope * fit.rate,
    }
    return np.stack([by_name[name] for name in names], axis=-1)


def _falling(shape: Shape, x: Values, rate: float) -> Values:
    return np.asarray(np.maximum(x, LEAST) ** -rate if shape == "power" else np.exp(-rate * x))


def _best(shape: Shape, x: Values, q: Values, rate: float, plateau: float | None) -> tuple[float, float, Values]:
    """Solve for plateau and gap at one rate, within their legal ranges; return what is left over too."""
    falling = _falling(shape, x, rate)
    top = plateau
    if top is None:
        centred = falling - falling.mean()
        square = float((centred**2).sum())
        steepness = -float((centred * q).sum()) / square if square > 0 else 0.0
        top = float(np.clip(q.mean() + max(steepness, 0.0) * falling.mean(), 0.0, 1.0))
    gap = max(0.0, float((falling * (top - q)).sum() / max(float((falling**2).sum()), LEAST**2)))
    return top, gap, top - gap * falling - q
