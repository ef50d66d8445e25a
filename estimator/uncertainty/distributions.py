"""Turn chances into values: the inverse of each distribution that may stand in the place of a number."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, ndtr, ndtri

from estimator.hardware.spread import Z90
from estimator.scenario import Range
from estimator.scenario.inputs import Input

Values = npt.NDArray[np.float64]
PERT_LAMBDA = 4.0
"""Weight of the mode in a PERT distribution."""
NODES = 2049
"""Points of the tabulated inverse of a PERT distribution: error below 1e-5 of its width."""


def value_at_chance(what: Range, chance: Values, declared: Input | None = None) -> Values:
    """Find the value below which a distribution lies with a given chance.

    Normal and log-normal distributions are cut at the legal range of the input; whole numbers are rounded last.

    Parameters
    ----------
    what : the distribution
    chance : 0..1, any shape
    declared : the input in whose place it stands, None without a legal range

    Examples
    --------
    >>> value_at_chance(Range(dist="uniform", low=2.0, high=6.0), np.array([0.0, 0.25, 1.0])).tolist()
    [2.0, 3.0, 6.0]
    >>> value_at_chance(Range(dist="triangular", low=0.0, mode=1.0, high=2.0), np.array([0.125, 0.5])).tolist()
    [0.5, 1.0]
    """
    found = _INVERSES[what.dist](what, chance, declared)
    return np.rint(found) if declared is not None and declared.kind == "whole" else found


def _uniform(what: Range, chance: Values, _: Input | None) -> Values:
    low, high = _known(what.low), _known(what.high)
    return low + (high - low) * chance


def _triangular(what: Range, chance: Values, _: Input | None) -> Values:
    """Invert F(x) = (x - a)^2 / ((b - a)(m - a)) below the mode, 1 - (b - x)^2 / ((b - a)(b - m)) above it."""
    low, mode, high = _known(what.low), _known(what.mode), _known(what.high)
    width = high - low
    left = low + np.sqrt(chance * width * (mode - low))
    right = high - np.sqrt((1.0 - chance) * width * (high - mode))
    return np.where(chance * width < mode - low, left, right)


def _pert(what: Range, chance: Values, _: Input | None) -> Values:
    """Look the inverse up in a table of the beta distribution with a = 1 + 4 (m - low)/width, b = 6 - a."""
    low, mode, high = _known(what.low), _known(what.mode), _known(what.high)
    if low == high:
        return np.full(chance.shape, low)
    first = 1.0 + PERT_LAMBDA * (mode - low) / (high - low)
    place, share_below = pert_table(first, 2.0 + PERT_LAMBDA - first)
    return low + (high - low) * np.interp(chance, share_below, place)


@lru_cache(maxsize=256)
def pert_table(first: float, second: float) -> tuple[Values, Values]:
    """Tabulate a beta distribution on 0..1, denser towards both ends: places, and the share below each."""
    place = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0.0, 1.0, NODES))
    return place, np.asarray(betainc(first, second, place), dtype=float)


def _normal(what: Range, chance: Values, declared: Input | None) -> Values:
    mean, deviation = _known(what.mean), _known(what.sd)
    low, high = _legal(declared)
    if deviation == 0.0:
        return np.full(chance.shape, mean)
    return mean + deviation * _cut_normal(chance, (low - mean) / deviation, (high - mean) / deviation)


def _lognormal(what: Range, chance: Values, declared: Input | None) -> Values:
    """Draw ln x normally; low and high are P10 and P90, or mean and cv = sd / mean."""
    if what.mean is not None:
        deviation = float(np.sqrt(np.log1p(_known(what.cv) ** 2)))
        middle = float(np.log(what.mean)) - deviation**2 / 2.0
    else:
        middle = float(np.log(_known(what.low)) + np.log(_known(what.high))) / 2.0
        deviation = float(np.log(_known(what.high)) - np.log(_known(what.low))) / (2.0 * Z90)
    if deviation == 0.0:
        return np.full(chance.shape, np.exp(middle))
    low, high = _legal(declared)
    with np.errstate(divide="ignore"):
        ends = (np.log(max(low, 0.0)) - middle) / deviation, (np.log(high) - middle) / deviation
    return np.exp(middle + deviation * _cut_normal(chance, *ends))


def _discrete(what: Range, chance: Values, _: Input | None) -> Values:
    steps = np.cumsum(what.probabilities)[:-1]
    return np.asarray(what.values, dtype=float)[np.searchsorted(steps, chance, side="right")]


def _cut_normal(chance: Values, low: float, high: float) -> Values:
    """Invert a standard normal distribution cut at both ends."""
    below, above = ndtr(low), ndtr(high)
    return np.clip(ndtri(below + chance * (above - below)), low, high)


def _legal(declared: Input | None) -> tuple[float, float]:
    low = -np.inf if declared is None or declared.low is None else declared.low
    high = np.inf if declared is None or declared.high is None else declared.high
    return low, high


def _known(value: float | None) -> float:
    """Return a number that Range has checked to be stated."""
    return float("nan") if value is None else float(value)


_INVERSES = {
    "uniform": _uniform,
    "triangular": _triangular,
    "pert": _pert,
    "normal": _normal,
    "lognormal": _lognormal,
    "discrete": _discrete,
}
