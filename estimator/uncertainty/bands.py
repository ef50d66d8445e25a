"""Summaries of many draws: quantiles, a break-even month that may lie beyond the horizon, standard errors."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from estimator.quantities import Count, Share

Values = npt.NDArray[np.float64]
LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Band:
    """Quantiles and mean of draws; numbers, or one entry a month.

    Parameters
    ----------
    p10, p50, p90, mean : of the draws
    mean_error, p50_error : standard errors of mean and median
    """

    p10: Values
    p50: Values
    p90: Values
    mean: Values
    mean_error: Values
    p50_error: Values


@dataclass(frozen=True, slots=True)
class Odds:
    """One approach against another over all draws.

    Parameters
    ----------
    candidate, baseline : the pair
    difference : C_candidate(t) - C_baseline(t), a band with months + 1 entries
    cheaper : share of the draws in which the candidate is cheaper at t = 0..T
    never : share of the draws in which it does not become cheaper within the horizon
    month_p10, month_p50, month_p90 : quantiles of the first break-even month, None beyond the horizon
    draws : how many there were
    """

    candidate: str
    baseline: str
    difference: Band
    cheaper: Values
    never: float
    month_p10: float | None
    month_p50: float | None
    month_p90: float | None
    draws: int


def probability_error(probability: Share, draws: Count) -> Share:
    """Give the standard error of a share that was counted in random draws.

    Equation
    --------
    se = sqrt(p (1 - p) / n)

    Inputs
    ------
    probability : p [1]
    draws : n [1]

    Output
    ------
    se [1]

    Examples
    --------
    >>> round(float(probability_error(0.5, 10000)), 6)
    0.005
    """
    return np.sqrt(probability * (1.0 - probability) / draws)


def band(draws: Values) -> Band:
    """Summarise draws along the last axis.

    The standard errors are those of independent draws; Sobol points come closer, so that they are upper bounds. The
    median's is half the distance between the order statistics one standard error to either side of it.

    Examples
    --------
    >>> found = band(np.arange(101.0))
    >>> float(found.p10), float(found.p50), float(found.p90), float(found.mean)
    (10.0, 50.0, 90.0, 50.0)
    """
    ordered = np.sort(draws, axis=-1)
    count = ordered.shape[-1]
    p10, p50, p90 = (_between(ordered, (count - 1) * level) for level in LEVELS)
    reach = float(probability_error(0.5, count)) * count
    middle = (count - 1) / 2.0
    lower, upper = max(int(np.floor(middle - reach)), 0), min(int(np.ceil(middle + reach)), count - 1)
    return Band(
        p10,
        p50,
        p90,
        mean=np.clip(ordered.mean(axis=-1), ordered[..., 0], ordered[..., -1]),
        mean_error=ordered.std(axis=-1) / np.sqrt(count),
        p50_error=(ordered[..., upper] - ordered[..., lower]) / 2.0,
    )


def censored_quantile(months: Values, level: float) -> float | None:
    """Find a quantile of months of which some lie beyond the horizon (NaN); None where the quantile does.

    Examples
    --------
    >>> censored_quantile(np.array([3.0, np.nan, 1.0, 2.0, np.nan]), 0.5)
    3.0
    >>> censored_quantile(np.array([3.0, np.nan, 1.0, 2.0, np.nan]), 0.9) is None
    True
    """
    ordered = np.sort(months)
    place = (len(ordered) - 1) * level
    return None if np.isnan(ordered[int(np.ceil(place))]) else float(_between(ordered, place))


def _between(ordered: Values, place: float) -> Values:
    """Interpolate between two order statistics; equal ones stay what they are."""
    lower = int(place)
    start = ordered[..., lower]
    if place == lower:
        return start
    return np.asarray(start + (place - lower) * (ordered[..., lower + 1] - start))
