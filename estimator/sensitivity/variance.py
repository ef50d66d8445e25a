"""Which share of the variance each input explains: alone, and with all its interactions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import qmc

Values = npt.NDArray[np.float64]
Evaluate = Callable[[Values], Values]
"""Takes chances (points, inputs), each between 0 and 1, and returns one number a point."""

RESAMPLES = 200
LEVEL = 0.95
EDGE = 2.0**-33


@dataclass(frozen=True, slots=True)
class Shares:
    """Sobol indices of every input, with percentile intervals of the bootstrap at 95 %.

    Parameters
    ----------
    first, total : S1 and ST, shape (inputs,); NaN where nothing varies
    first_interval, total_interval : shape (inputs, 2)
    runs : evaluations that were made
    """

    first: Values
    total: Values
    first_interval: Values
    total_interval: Values
    runs: int


def variance_shares(evaluate: Evaluate, inputs: int, points: int, seed: int) -> Shares:
    """Estimate the Sobol indices of independent inputs.

    Equation
    --------
    S1_i = E[f_B (f_ABi - f_A)] / V,  ST_i = E[(f_A - f_ABi)^2] / (2 V)

    Parameters
    ----------
    evaluate : the model, over chances
    inputs : how many inputs there are
    points : a power of two; points (inputs + 2) runs are made
    seed : makes the points and the bootstrap repeatable

    Source
    ------
    Saltelli et al. 2010, Computer Physics Communications 181, 259: sampling and S1; Jansen 1999 for ST.
    """
    random = np.random.default_rng(seed)
    drawn = np.clip(qmc.Sobol(2 * inputs, rng=random).random(points), EDGE, 1.0 - EDGE)
    one, other = drawn[:, :inputs], drawn[:, inputs:]
    designs = np.concatenate([one, other, *(_exchanged(one, other, place) for place in range(inputs))])
    at_one, at_other, *mixed = evaluate(designs).reshape(inputs + 2, points)
    middle = np.concatenate([at_one, at_other]).mean()
    at_one, at_other = at_one - middle, at_other - middle
    moved = np.array(mixed) - middle
    terms = np.concatenate([at_other * (moved - at_one), (at_one - moved) ** 2])
    first, total = _indices(at_one, at_other, terms)
    again = [random.integers(0, points, points) for _ in range(RESAMPLES)]
    resampled = np.array([_indices(at_one[some], at_other[some], terms[:, some]) for some in again])
    ends = np.quantile(resampled, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0], axis=0)
    return Shares(first, total, ends[:, 0].T, ends[:, 1].T, points * (inputs + 2))


def _exchanged(one: Values, other: Values, place: int) -> Values:
    """Return the first points with one input of the second."""
    found = one.copy()
    found[:, place] = other[:, place]
    return found


def _indices(at_one: Values, at_other: Values, terms: Values) -> Values:
    """Return S1 and ST, shape (2, inputs), from what is averaged in them, first that of S1."""
    both = np.concatenate([at_one, at_other])
    variance = both.var()
    if not variance > 1e-24 * float(np.abs(both).max()) ** 2:
        return np.full((2, len(terms) // 2), np.nan)
    first, total = (terms.mean(axis=1) / variance).reshape(2, -1)
    return np.array([first, 0.5 * total])
